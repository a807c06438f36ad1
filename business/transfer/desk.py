"""The desk at which edges read, export and import: one call each, the answer as bytes that can be sent as they are.

Refusals come back as values, because the caller may sit in another process. Whoever calls needs no CPU of its own for
the content: that is why the HTTP replicas, whose loops carry audio, ask a desk in a tool actor.
"""

from __future__ import annotations

import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from business.actor import Actor
from business.entities.usage import DayUsage
from business.errors import BusinessError, Conflict, ValidationFailed
from business.paging.pages import Pages
from business.paging.queries import Book, PageQuery
from business.sql.database import Database
from business.transfer.errors import FileRefused
from business.transfer.exporting import export_part
from business.transfer.importing import Importer
from business.transfer.sheets import sheet_of
from business.use_cases.usage import Usage


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a desk did not do it; ``code`` is the business's own."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a desk gives.

    Attributes:
        body: JSON, or for an export CSV, both UTF-8.
        after: Where an export goes on; None at its end.
        refused: Set when there is no body.
    """

    body: bytes = b""
    after: str | None = None
    refused: Refused | None = None


class Desk(Protocol):
    """Reads, exports and imports for one member of one business at a time. Every method raises Unavailable."""

    async def page(self, actor: Actor, book: Book, query: PageQuery) -> Answer:
        """One page as JSON: ``items`` and ``next_cursor``."""
        ...

    async def one(self, actor: Actor, book: Book, entity_id: str) -> Answer:
        """One entity as JSON."""
        ...

    async def usage(self, actor: Actor, first: date | None, last: date | None) -> Answer:
        """What paid models have cost from ``first`` to ``last``, by day and model, as JSON."""
        ...

    async def spent_today(self, business_id: str) -> int:
        """List price of what the business has used today, millionths of a US dollar."""
        ...

    async def export(self, actor: Actor, book: Book, after: str | None) -> Answer:
        """Part of an export as CSV."""
        ...

    async def bring_in(
        self, actor: Actor, book: Book, content: bytes, import_id: str, is_dry_run: bool
    ) -> Answer:
        """Import a CSV file; the report as JSON."""
        ...


class LocalDesk:
    """A desk in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, actor: Actor, book: Book, query: PageQuery) -> Answer:
        """One page as JSON."""

        async def read() -> Answer:
            async with self._database.reading(actor) as uow:
                found = await Pages(uow).page(book, query)
            return _json({"items": found.items, "next_cursor": found.next_cursor})

        return await _answered(read)

    async def one(self, actor: Actor, book: Book, entity_id: str) -> Answer:
        """One entity as JSON."""

        async def read() -> Answer:
            async with self._database.reading(actor) as uow:
                return _json(await Pages(uow).one(book, entity_id))

        return await _answered(read)

    async def usage(self, actor: Actor, first: date | None, last: date | None) -> Answer:
        """The usage as JSON."""

        async def read() -> Answer:
            async with self._database.reading(actor) as uow:
                days = await Usage(uow).report(first, last)
            return _json({"days": [_day(each) for each in days]})

        return await _answered(read)

    async def spent_today(self, business_id: str) -> int:
        """List price of the day, millionths of a US dollar."""
        async with self._database.reading(Actor.system(business_id)) as uow:
            return await Usage(uow).spent_today()

    async def export(self, actor: Actor, book: Book, after: str | None) -> Answer:
        """Part of an export as CSV."""

        async def read() -> Answer:
            async with self._database.reading(actor) as uow:
                part = await export_part(uow, sheet_of(book), after)
            return Answer(part.text.encode(), part.after)

        return await _answered(read)

    async def bring_in(
        self, actor: Actor, book: Book, content: bytes, import_id: str, is_dry_run: bool
    ) -> Answer:
        """Import a CSV file; the report as JSON."""

        async def write() -> Answer:
            importer = Importer(
                self._database, actor, sheet_of(book), import_id=import_id, is_dry_run=is_dry_run
            )
            return _json((await importer.run(io.BytesIO(content))).as_dict())

        return await _answered(write)


async def _answered(work: Callable[[], Awaitable[Answer]]) -> Answer:
    try:
        return await work()
    except FileRefused as error:
        return Answer(refused=Refused(error.reason, error.message, error.details))
    except ValidationFailed as error:
        return Answer(refused=Refused(error.code, error.message, {"field": error.field}))
    except Conflict as error:
        return Answer(refused=Refused(error.code, error.message, error.details))
    except BusinessError as error:
        return Answer(refused=Refused(error.code, error.message))


def _day(usage: DayUsage) -> dict[str, Any]:
    """Audio in seconds, money in dollars."""
    counts = {name: count for name, count in usage.amounts.items() if not name.endswith("_ms")}
    audio = {f"{name[:-3]}_s": count / 1000 for name, count in usage.amounts.items() if name.endswith("_ms")}
    price = None if usage.micro_usd is None else usage.micro_usd / 1_000_000
    return {
        "day": usage.day.isoformat(),
        "model": usage.model,
        "conversations": usage.conversations,
        **counts,
        **audio,
        "estimated_cost_usd": price,
    }


def _json(content: dict[str, Any]) -> Answer:
    return Answer(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
