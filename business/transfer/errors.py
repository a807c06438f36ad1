"""What a transfer refuses: a file, a record, a cell. Each refusal has a stable code and a reason for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from business.errors import BusinessError

_SHOWN = 200


class FileRefused(BusinessError):  # noqa: N818  (named as the code reads)
    """The file as a whole cannot be read; nothing of it was imported.

    Attributes:
        reason: Stable code: empty_file, not_utf8, nul_byte, cell_too_large, bad_csv, missing_columns,
            duplicate_column.
        line: Where, counted from 1; None when it is the whole file.
    """

    code = "file_refused"

    def __init__(self, reason: str, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"Line {line}: {message}")
        self.reason = reason
        self.line = line

    @property
    def details(self) -> dict[str, Any]:
        """For the report of an edge."""
        return {"reason": self.reason, "line": self.line}


class RecordRefused(Exception):  # noqa: N818  (caught by the import, never crosses a boundary)
    """One record cannot be taken because of one of its columns."""

    def __init__(self, code: str, column: str, message: str, value: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.column = column
        self.message = message
        self.value = value


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was not imported.

    Attributes:
        line: Line of the file, counted from 1, on which the row begins.
        column: Our name of the column; empty when it is about the whole row.
        code: Stable: one of the business's codes (validation, conflict, not_found, forbidden, …), or bad_value,
            unknown_contact, ambiguous_contact, unknown_member, unknown_job, unknown_project, repeated, rows_apart,
            rows_disagree, too_many_rows, too_many_cells, total_differs.
        reason: For people.
        value: What the file says there, shortened.
    """

    line: int
    column: str
    code: str
    reason: str
    value: str = ""

    @classmethod
    def of(cls, line: int, refused: RecordRefused) -> Refusal:
        """The refusal of the row that begins at ``line``."""
        value = refused.value if len(refused.value) <= _SHOWN else f"{refused.value[:_SHOWN]}…"
        return cls(line, refused.column, refused.code, refused.message, value)
