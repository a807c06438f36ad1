"""Document numbers: the series, how a number is written, and what digits people mean by it. Pure."""

from __future__ import annotations

import re
from enum import Enum

from business.errors import ValidationFailed

_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,31}")
_TRAILING_DIGITS = re.compile(r"(\d{1,9})\D*$")


class Series(Enum):
    """A series of numbers: prefix and digits. Each business counts each of them for itself."""

    JOB = ("JOB-", 6)
    INVOICE = ("INV-", 6)
    ESTIMATE = ("EST-", 6)
    QUOTE = ("QUO-", 6)
    PROJECT = ("PROJ-", 3)

    @property
    def prefix(self) -> str:
        """What its numbers begin with."""
        return self.value[0]

    def format(self, sequence: int) -> str:
        """The number of ``sequence``, as in ``JOB-000042``."""
        return f"{self.prefix}{sequence:0{self.value[1]}d}"


def normalise_number(number: str) -> str:
    """A number that a caller gave, in capitals. Raises ValidationFailed for what cannot be one."""
    written = number.strip().upper()
    if not _NUMBER.fullmatch(written):
        raise ValidationFailed("number", f"{number} can't be used as a number.")
    return written


def sequence_of(number: str) -> int | None:
    """The digits that a number ends with, as an integer: 42 for ``JOB-000042`` and for ``42``; None without any."""
    match = _TRAILING_DIGITS.search(number)
    return int(match.group(1)) if match else None
