"""The desk on the tool pool: pages, exports and imports asked for by the HTTP replicas, done in a tool actor.

A replica's loop carries audio, so no database statement of these and no JSON of theirs runs on it; bytes pass through.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any

import ray
from ray.exceptions import RayActorError

from actors.names import NAMESPACE, POOLS
from actors.pool import PoolClient, PoolMember
from business.actor import Actor
from business.errors import BusinessError, Unavailable
from business.paging.queries import Book, PageQuery
from conversation.providers import EngineUnavailable

if TYPE_CHECKING:  # sessions load this module, and not the database with it
    from business.transfer.desk import Answer, Desk

READ_TIMEOUT_S = 10.0
#: A file of the largest size that is taken, at the pace of its slowest kind. What is cut off can be taken up again.
IMPORT_TIMEOUT_S = 600.0
_BUSY = "The office is busy right now. Please try again in a moment."


class DeskMember(PoolMember):
    """The part of a tool actor that works for a desk.

    Args:
        slots: As of a pool member.
        desk: Does the work.
    """

    def __init__(self, slots: int, desk: Desk) -> None:
        super().__init__(slots)
        self._desk = desk

    async def page(self, actor: Actor, book: Book, query: PageQuery) -> Answer:
        """One page. Raises PoolBusy."""
        async with self.slot():
            return await self._desk.page(actor, book, query)

    async def one(self, actor: Actor, book: Book, entity_id: str) -> Answer:
        """One entity. Raises PoolBusy."""
        async with self.slot():
            return await self._desk.one(actor, book, entity_id)

    async def usage(self, actor: Actor, first: date | None, last: date | None) -> Answer:
        """The usage of paid models. Raises PoolBusy."""
        async with self.slot():
            return await self._desk.usage(actor, first, last)

    async def spent_today(self, business_id: str) -> int:
        """What a business has spent today. Raises PoolBusy, EngineUnavailable."""
        async with self.slot():
            try:
                return await self._desk.spent_today(business_id)
            except BusinessError as error:
                raise EngineUnavailable(error.message) from None

    async def export(self, actor: Actor, book: Book, after: str | None) -> Answer:
        """Part of an export. Raises PoolBusy."""
        async with self.slot():
            return await self._desk.export(actor, book, after)

    async def bring_in(
        self, actor: Actor, book: Book, content: bytes, import_id: str, is_dry_run: bool
    ) -> Answer:
        """Import a file. Raises PoolBusy."""
        async with self.slot():
            return await self._desk.bring_in(actor, book, content, import_id, is_dry_run)


class PooledDesk:
    """A desk as one process sees it: the least loaded tool actor. Every method raises Unavailable."""

    def __init__(self) -> None:
        self._client: PoolClient | None = None

    async def page(self, actor: Actor, book: Book, query: PageQuery) -> Answer:
        """One page as JSON."""
        return await self._call("page", actor, book, query, timeout_s=READ_TIMEOUT_S)

    async def one(self, actor: Actor, book: Book, entity_id: str) -> Answer:
        """One entity as JSON."""
        return await self._call("one", actor, book, entity_id, timeout_s=READ_TIMEOUT_S)

    async def usage(self, actor: Actor, first: date | None, last: date | None) -> Answer:
        """The usage of paid models as JSON."""
        return await self._call("usage", actor, first, last, timeout_s=READ_TIMEOUT_S)

    async def spent_today(self, business_id: str) -> int:
        """What a business has spent today, millionths of a US dollar."""
        return await self._call("spent_today", business_id, timeout_s=READ_TIMEOUT_S)

    async def export(self, actor: Actor, book: Book, after: str | None) -> Answer:
        """Part of an export as CSV."""
        return await self._call("export", actor, book, after, timeout_s=READ_TIMEOUT_S)

    async def bring_in(
        self, actor: Actor, book: Book, content: bytes, import_id: str, is_dry_run: bool
    ) -> Answer:
        """Import a CSV file; the report as JSON. A repeated call goes on where the first was cut off."""
        # Megabytes are copied into the object store by a thread, which needs no GIL for it.
        stored = await asyncio.to_thread(ray.put, content)
        return await self._call(
            "bring_in", actor, book, stored, import_id, is_dry_run, timeout_s=IMPORT_TIMEOUT_S
        )

    async def _call(self, method: str, *arguments: Any, timeout_s: float) -> Any:
        try:
            if self._client is None:
                manager = await asyncio.to_thread(ray.get_actor, POOLS, NAMESPACE)
                self._client = PoolClient(manager, "tools")
            return await self._client.call(method, *arguments, timeout_s=timeout_s)
        except (EngineUnavailable, RayActorError, ValueError) as error:
            self._client = None  # a pool that was started again has another manager
            raise Unavailable(_BUSY) from error
