"""What an import did: how many records came in, were there already or were refused, and why. Bounded in size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from business.paging.queries import Book
from business.transfer.errors import Refusal

MOST_REFUSALS = 1000


class Outcome(StrEnum):
    """What became of a record."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class Report:
    """The report of one import. Records are contacts, jobs or invoices; an invoice may take several rows.

    Attributes:
        book: What was imported.
        dry_run: Whether nothing was written.
        import_id: Under which an import that was cut off can be taken up again.
        rows: Rows read, without the header.
        created: Records that are new.
        unchanged: Records that were there already, just so.
        refused: Records that were left out.
        refusals: The first reasons, at most ``MOST_REFUSALS``; a record can have several.
        refusals_left_off: How many more reasons there were.
        ignored_columns: Titles of the file that mean nothing here.
    """

    book: Book
    dry_run: bool
    import_id: str
    rows: int = 0
    created: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    refusals_left_off: int = 0
    ignored_columns: tuple[str, ...] = ()

    def count(self, outcome: Outcome, rows: int, refusals: Iterable[Refusal] = ()) -> None:
        """Note what became of a record that took ``rows`` rows."""
        self.rows += rows
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)
        for refusal in refusals:
            if len(self.refusals) < MOST_REFUSALS:
                self.refusals.append(refusal)
            else:
                self.refusals_left_off += 1

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        content = asdict(self)
        content["kind"] = content.pop("book").value
        content["ignored_columns"] = list(self.ignored_columns)
        return content
