"""Columns of a sheet: names, the other names that people's exports use, and how a header is matched with them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from business.transfer.errors import FileRefused
from business.transfer.values import Kind

#: Columns that a file of refused rows has in addition; they are not read again.
REFUSED_COLUMNS = ("refused_code", "refused_reason")


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Ours; what an export writes.
        kind: How its cells are read and written.
        get: The value of an exported record; None for columns that are only read.
        aliases: Other names for it, in any spelling.
        is_compared: Whether it decides if a record that exists already is the same; those that are not are compared
            by what they lead to (a contact's id), or only checked.
    """

    name: str
    kind: Kind
    get: Callable[[Any], Any] | None = None
    aliases: tuple[str, ...] = ()
    is_compared: bool = True


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file, understood.

    Attributes:
        titles: As the file has them.
        columns: For each title the column it means; None for those that are not read.
    """

    titles: tuple[str, ...]
    columns: tuple[Column | None, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Titles that mean nothing here."""
        own = {_squeezed(name) for name in REFUSED_COLUMNS}
        pairs = zip(self.titles, self.columns, strict=True)
        return tuple(title for title, column in pairs if column is None and _squeezed(title) not in own)


def understood(
    titles: Sequence[str], columns: Sequence[Column], needed: Sequence[tuple[str, ...]], line: int
) -> Header:
    """The header of a file.

    Args:
        titles: The cells of its first line.
        columns: Those that there are.
        needed: Of each group at least one column must be there.
        line: Where the header is.

    Raises:
        FileRefused: missing_columns, duplicate_column.
    """
    by_title = {_squeezed(title): column for column in columns for title in (column.name, *column.aliases)}
    found = [by_title.get(_squeezed(title)) for title in titles]
    named = [column.name for column in found if column is not None]
    for name in named:
        if named.count(name) > 1:
            same = [
                title for title, column in zip(titles, found, strict=True) if column and column.name == name
            ]
            message = f"The columns {' and '.join(same)} both mean {name}. Keep one of them."
            raise FileRefused("duplicate_column", message, line)
    lacking = [group for group in needed if not set(group) & set(named)]
    if lacking:
        wanted = "; ".join(" or ".join(group) for group in lacking)
        raise FileRefused("missing_columns", f"These columns are missing: {wanted}.", line)
    return Header(tuple(titles), tuple(found))


def _squeezed(title: str) -> str:
    """A title as it is compared: only its letters and digits, small."""
    return re.sub(r"[\W_]+", "", title.casefold())
