"""Two load tests side by side. Pure but for reading their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.load.plan import BadPlan


def read_report(path: Path) -> dict[str, Any]:
    """A report's figures. Raises BadPlan when the file is none."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadPlan(f"{path}: {type(error).__name__}: not the JSON of a load test") from None
    if not isinstance(found, dict) or "added_p50_ms" not in found:
        raise BadPlan(f"{path}: not the JSON of a load test")
    return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[list[object]]:
    """Figure, its two values, and how much larger the second is, in per cent; figures of one file only are left out."""
    rows: list[list[object]] = []
    for name in [key for key in one if key in other]:
        before, after = one[name], other[name]
        if isinstance(before, bool | str):
            if before != after:
                rows.append([name, before, after, ""])
        elif isinstance(before, int | float) and isinstance(after, int | float):
            change = f"{100 * (after - before) / before:+.0f} %" if before else ""
            rows.append([name, before, after, change])
    return rows
