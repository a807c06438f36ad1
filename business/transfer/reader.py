"""Reads CSV files row by row, in bounded memory: UTF-8 with or without a mark, commas, semicolons or tabs.

Knows nothing of what the columns mean. Judges a file's form as a whole; whoever imports looks at all of it first, so
that a file with a broken end leaves nothing behind.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from business.transfer.errors import FileRefused

LONGEST_LINE = 1024 * 1024
LONGEST_CELL = 128 * 1024
_MARK = "\ufeff"
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: the line it begins at, counted from 1, and its cells as they stand there."""

    line: int
    cells: tuple[str, ...]


def read_rows(stream: BinaryIO) -> Iterator[Row]:
    """The rows of ``stream`` from where it stands, the header first; empty lines are left out.

    Raises:
        FileRefused: empty_file, not_utf8, nul_byte, cell_too_large, bad_csv.
    """
    lines = _lines(stream)
    first = next(lines, "")
    first = first.removeprefix(_MARK)
    begins = 1
    if first.casefold().startswith("sep="):  # Excel's hint for itself
        first, begins = next(lines, ""), 2
    if not first.strip():
        raise FileRefused("empty_file", "The file is empty.")
    separator = max(_SEPARATORS, key=first.count)
    yield from _parsed(_chained(first, lines), separator, begins)


def check_form(stream: BinaryIO) -> int:
    """How many rows ``stream`` has after its header; reads it to the end. Raises as ``read_rows``."""
    return sum(1 for _ in read_rows(stream)) - 1


def _parsed(lines: Iterator[str], separator: str, begins: int) -> Iterator[Row]:
    rows = csv.reader(lines, delimiter=separator, strict=True)
    last = begins - 1
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            line = begins + max(rows.line_num, 1) - 1
            if "field limit" in str(error):
                raise _too_large(line) from error
            message = "The quotes of a cell do not match. A quote inside a cell is written twice."
            raise FileRefused("bad_csv", message, line) from error
        if cells is None:
            return
        line, last = last + 1, begins + rows.line_num - 1
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise _too_large(line)
        if any(cell.strip() for cell in cells):
            yield Row(line, tuple(cells))


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of ``stream`` as text, with their ends."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise _too_large(number)
        if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise _not_utf8(number)
        if b"\x00" in line:
            raise FileRefused("nul_byte", "There is a NUL byte; this is no text file.", number)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _not_utf8(number) from error
        yield text


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _not_utf8(line: int) -> FileRefused:
    message = 'The file is not UTF-8. In Excel, save it as "CSV UTF-8".'
    return FileRefused("not_utf8", message, line)


def _too_large(line: int) -> FileRefused:
    return FileRefused("cell_too_large", f"A cell has more than {LONGEST_CELL} characters.", line)
