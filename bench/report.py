"""How every bench ends: a table for people and, as the last line, one JSON object for machines.

Computes percentiles and prints; measures nothing itself.
"""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Nearest-rank percentile (the smallest value that ``percent`` of all do not exceed); None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def rounded(value: float | None, digits: int = 1) -> float | None:
    """``value`` for a report."""
    return None if value is None else round(value, digits)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on standard output."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)


def print_result(result: Mapping[str, Any]) -> None:
    """The last line: one JSON object."""
    print(json.dumps(dict(result), separators=(", ", ": ")), flush=True)
