"""Writes the refused rows of an import as CSV: as they were, with two columns that say why, to be mended."""

from __future__ import annotations

import csv
from typing import TextIO

from business.transfer.cells import plain, safe
from business.transfer.columns import REFUSED_COLUMNS
from business.transfer.errors import Refusal
from business.transfer.reader import Row


class RefusedRows:
    """A sink for ``Importer``: the header comes with the first refused row; without one nothing is written.

    Args:
        stream: Text, opened with ``newline=""``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rows = csv.writer(stream)
        self._has_header = False
        self.count = 0

    def __call__(self, titles: tuple[str, ...], rows: tuple[Row, ...], refusals: tuple[Refusal, ...]) -> None:
        """Write the rows of one record; every row of it carries all codes and reasons."""
        # Rows that were refused before have the two columns already: these are replaced.
        kept = [index for index, title in enumerate(titles) if title not in REFUSED_COLUMNS]
        if not self._has_header:
            self._stream.write("\ufeff")
            self._rows.writerow([*(safe(titles[index]) for index in kept), *REFUSED_COLUMNS])
            self._has_header = True
        codes = "; ".join(dict.fromkeys(refusal.code for refusal in refusals))
        reasons = " ".join(dict.fromkeys(_reason(refusal) for refusal in refusals))
        for row in rows:
            cells = [row.cells[index] if index < len(row.cells) else "" for index in kept]
            self._rows.writerow([*(safe(plain(cell)) for cell in cells), codes, safe(reasons)])
            self.count += 1


def _reason(refusal: Refusal) -> str:
    return f"{refusal.column}: {refusal.reason}" if refusal.column else refusal.reason
