"""Helpers of the transfer tests: import text, export text."""

from __future__ import annotations

import csv
import io

from business.entities.memberships import Role
from business.paging.queries import Book
from business.transfer.exporting import export
from business.transfer.importing import Importer, OnRefused
from business.transfer.report import Report
from business.transfer.sheets import sheet_of
from tests.business.world import World


async def bring_in(
    world: World,
    book: Book,
    content: str | bytes,
    *,
    role: Role = Role.OWNER,
    business_id: str | None = None,
    import_id: str = "test",
    is_dry_run: bool = False,
    on_refused: OnRefused | None = None,
) -> Report:
    actor = world.actor(role) if business_id is None else world.other
    importer = Importer(
        world.database,
        actor,
        sheet_of(book),
        import_id=import_id,
        is_dry_run=is_dry_run,
        on_refused=on_refused,
    )
    raw = content if isinstance(content, bytes) else content.encode()
    return await importer.run(io.BytesIO(raw))


async def exported(world: World, book: Book, *, role: Role = Role.OWNER, other: bool = False) -> str:
    actor = world.other if other else world.actor(role)
    return "".join([part async for part in export(world.database, actor, sheet_of(book))])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def reasons(report: Report) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.code) for one in report.refusals]
