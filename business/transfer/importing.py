"""Imports a CSV file record by record through the use cases, each in a savepoint, some in a transaction.

The file's form is judged as a whole before anything is written. After that a refused record leaves nothing, and the
others come in. Transactions are short, since nobody else of the business can write meanwhile. Each of them notes its
outcome under the import's id, so that an import that is repeated goes on where it was cut off and doubles nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import BinaryIO

from business.actor import Actor
from business.entities.effects import CallRecord
from business.errors import BusinessError, Unavailable, ValidationFailed
from business.paging.repository import PagedUnitOfWork
from business.sql.database import Database
from business.transfer.cells import plain
from business.transfer.columns import Header, understood
from business.transfer.errors import RecordRefused, Refusal
from business.transfer.reader import Row, check_form, read_rows
from business.transfer.report import Outcome, Report
from business.transfer.sheet import Record, Sheet, Values, locale_of
from business.transfer.values import Locale

#: Rows in one transaction: about a tenth of a second in which nobody else of the business writes.
BATCH = 50
MOST_ROWS_OF_A_RECORD = 1000

#: Told of every refused record: the file's header, its rows, and why.
OnRefused = Callable[[tuple[str, ...], tuple[Row, ...], tuple[Refusal, ...]], None]


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one record."""

    outcome: Outcome
    refusals: tuple[Refusal, ...] = ()


class _Undo(Exception):  # noqa: N818  (leaves a transaction of a dry run)
    """Undoes a transaction that was only tried."""


class Importer:
    """One import of one file.

    Args:
        database: Where to.
        actor: Who imports, in which business; the use cases check what they may.
        sheet: What the file holds.
        import_id: The same for each repetition of one import, 1 to 40 characters; different for different imports.
        is_dry_run: Write nothing; report what would become of each record.
        on_refused: Told of every refused record.
    """

    def __init__(
        self,
        database: Database,
        actor: Actor,
        sheet: Sheet,
        *,
        import_id: str,
        is_dry_run: bool = False,
        on_refused: OnRefused | None = None,
    ) -> None:
        if not 1 <= len(import_id) <= 40 or not import_id.isprintable():
            raise ValidationFailed("import_id", "An import's id has 1 to 40 printable characters.")
        self._database = database
        self._actor = actor
        self._sheet = sheet
        self._on_refused = on_refused
        self._is_dry_run = is_dry_run
        self._report = Report(sheet.book, is_dry_run, import_id)
        # Where each identity was met first, what the record said, and whether it came in: a dry run's database
        # forgets it, and rows of one invoice that stand apart must not become two halves.
        self._met: dict[str, tuple[int, int, bool]] = {}
        self._digest = ""

    async def run(self, stream: BinaryIO) -> Report:
        """Import ``stream`` (seekable) from its beginning.

        Raises:
            FileRefused: Its form is wrong; nothing was imported.
            Forbidden: The member may not add such records at all.
            Unavailable: The database gave up; what was reported by then is in, and repeating goes on behind it.
        """
        async with self._database.reading(self._actor) as uow:
            uow.require(self._sheet.book.creating)
        for look in (check_form, self._identify):
            stream.seek(0)
            look(stream)
        stream.seek(0)
        rows = read_rows(stream)
        title = next(rows)
        header = understood(
            [plain(cell) for cell in title.cells], self._sheet.columns, self._sheet.needed, title.line
        )
        self._report.ignored_columns = header.ignored
        for number, batch in enumerate(_batched(_grouped(rows, header, self._sheet))):
            await self._import(number, header, batch)
        return self._report

    def _identify(self, stream: BinaryIO) -> None:
        """Bind the import's id to this content: another file under the same id is another import."""
        digest = hashlib.sha256()
        while part := stream.read(1 << 16):
            digest.update(part)
        self._digest = digest.hexdigest()[:16]

    async def _import(self, number: int, header: Header, batch: list[tuple[tuple[Row, ...], bool]]) -> None:
        """Take in one transaction's worth of records, unless an earlier try of this import has done so."""
        results: list[_Result] = []
        key = f"import:{self._report.import_id}:{self._sheet.book}:{self._digest}:{number}"
        async with self._transaction() as uow:
            stored = None if self._is_dry_run else await uow.calls.find(key)
            locale = locale_of(uow)
            if stored is not None and stored.result is not None:
                results = _loaded(stored.result)
                for (rows, _), result in zip(batch, results, strict=True):
                    self._remember(_read(header, rows, locale)[0], result)
            else:
                results = [await self._take(uow, header, rows, is_cut, locale) for rows, is_cut in batch]
                if not self._is_dry_run:
                    await self._note(uow, key, number, results)
        for (rows, _), result in zip(batch, results, strict=True):
            self._report.count(result.outcome, len(rows), result.refusals)
            if result.outcome is Outcome.REFUSED and self._on_refused is not None:
                self._on_refused(header.titles, rows, result.refusals)

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[PagedUnitOfWork]:
        try:
            async with self._database.tenant(self._actor) as uow:
                yield uow
                if self._is_dry_run:
                    raise _Undo
        except _Undo:
            return

    async def _note(self, uow: PagedUnitOfWork, key: str, number: int, results: Iterable[_Result]) -> None:
        book = self._sheet.book.value
        session = f"import:{self._report.import_id}"
        await uow.calls.log(
            CallRecord(
                key=key, session_id=session, turn=0, ordinal=number, epoch=0, tool=f"import_{book}", arguments="{}",
                logged_at=uow.now,
            )
        )  # fmt: skip
        await uow.calls.finish(key, json.dumps([asdict(result) for result in results]))

    async def _take(
        self, uow: PagedUnitOfWork, header: Header, rows: tuple[Row, ...], is_cut: bool, locale: Locale
    ) -> _Result:
        """Bring in one record, or say why not."""
        record, refusals = _read(header, rows, locale)
        if is_cut:
            reason = f"A record has at most {MOST_ROWS_OF_A_RECORD} rows."
            refusals = [Refusal(rows[0].line, "", "too_many_rows", reason)]
        result = _Result(Outcome.REFUSED, tuple(refusals)) if refusals else await self._judge(uow, record)
        self._remember(record, result)
        return result

    async def _judge(self, uow: PagedUnitOfWork, record: Record) -> _Result:
        """What becomes of a record whose cells can be read."""
        try:
            if self._is_known(record):
                return _Result(Outcome.UNCHANGED)
            async with uow.savepoint():
                return _Result(await self._sheet.take(uow, record))
        except RecordRefused as refused:
            return _Result(Outcome.REFUSED, (Refusal.of(record.line, refused),))
        except Unavailable:
            raise
        except BusinessError as error:
            return _Result(Outcome.REFUSED, (self._sheet.refusal(record, error),))

    def _is_known(self, record: Record) -> bool:
        """Whether the file has said just this before. Raises RecordRefused where it has said something else."""
        for identity in self._sheet.identities(record.values[0]):
            line, said, came_in = self._met.get(identity, (0, 0, False))
            if came_in and said == _fingerprint(record):
                return True
            if line and self._sheet.key is not None:
                reason = f"Its other rows begin at line {line}; the rows of one invoice stand together."
                raise RecordRefused("rows_apart", self._sheet.key, reason, identity)
            if came_in and self._is_dry_run:
                raise RecordRefused("repeated", "", f"Line {line} has {identity} already.", identity)
        return False

    def _remember(self, record: Record, result: _Result) -> None:
        came_in = result.outcome is not Outcome.REFUSED
        if not came_in and self._sheet.key is None:
            return
        said = _fingerprint(record)
        for identity in self._sheet.identities(record.values[0]):
            self._met.setdefault(identity, (record.line, said, came_in))


def _fingerprint(record: Record) -> int:
    """Equal for records that say the same."""
    return hash(
        tuple(tuple(sorted((name, str(value)) for name, value in row.items())) for row in record.values)
    )


def _grouped(rows: Iterator[Row], header: Header, sheet: Sheet) -> Iterator[tuple[tuple[Row, ...], bool]]:
    """The rows of one record after the other, and whether there are more of them than are read."""
    place = next(
        (index for index, column in enumerate(header.columns) if column and column.name == sheet.key), None
    )
    group: list[Row] = []
    name, is_cut = "", False
    for row in rows:
        own = plain(row.cells[place]).strip().upper() if place is not None and place < len(row.cells) else ""
        if group and (not own or own != name):
            yield tuple(group), is_cut
            group, is_cut = [], False
        if len(group) < MOST_ROWS_OF_A_RECORD:
            group.append(row)
        else:
            is_cut = True
        name = own
    if group:
        yield tuple(group), is_cut


def _batched(
    groups: Iterator[tuple[tuple[Row, ...], bool]],
) -> Iterator[list[tuple[tuple[Row, ...], bool]]]:
    """Records for one transaction each: as many as have about ``BATCH`` rows."""
    batch: list[tuple[tuple[Row, ...], bool]] = []
    rows = 0
    for group in groups:
        batch.append(group)
        rows += len(group[0])
        if rows >= BATCH:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _read(header: Header, rows: tuple[Row, ...], locale: Locale) -> tuple[Record, list[Refusal]]:
    """The values of a record's cells, and every cell that cannot be read."""
    found: list[Values] = []
    refusals: list[Refusal] = []
    for row in rows:
        values: Values = {}
        if any(cell.strip() for cell in row.cells[len(header.columns) :]):
            reason = f"The row has {len(row.cells)} cells, the header {len(header.columns)}."
            refusals.append(Refusal(row.line, "", "too_many_cells", reason))
        for column, cell in zip(header.columns, row.cells, strict=False):
            text = plain(cell)
            if column is None or not text.strip():
                continue
            try:
                values[column.name] = column.kind.read(text, locale)
            except ValidationFailed as error:
                refused = RecordRefused("bad_value", column.name, error.message, text)
                refusals.append(Refusal.of(row.line, refused))
        found.append(values)
    return Record(rows, tuple(found)), refusals


def _loaded(stored: str) -> list[_Result]:
    """What ``_note`` wrote."""
    return [
        _Result(Outcome(one["outcome"]), tuple(Refusal(**refusal) for refusal in one["refusals"]))
        for one in json.loads(stored)
    ]
