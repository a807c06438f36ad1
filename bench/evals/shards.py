"""A run in parts: which scenarios belong to a part, and its results as JSON, from which one report is made.

It plays nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from bench.evals.runner import Outcome

_T = TypeVar("_T")
_OUTCOMES = TypeAdapter(list[Outcome])


@dataclass(frozen=True, slots=True)
class Shard:
    """The ``number``-th of ``count`` parts, counted from 1."""

    number: int = 1
    count: int = 1

    @classmethod
    def read(cls, text: str) -> Shard:
        """``1/2``. Raises argparse.ArgumentTypeError."""
        number, _, count = text.partition("/")
        if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
            raise argparse.ArgumentTypeError(f"{text!r} is no part like 1/2")
        return cls(int(number), int(count))

    def of(self, things: Sequence[_T]) -> list[_T]:
        """Its share; every thing is in exactly one part."""
        return list(things[self.number - 1 :: self.count])

    def named(self, page: Path) -> Path:
        """Where its own report goes."""
        return page if self.count == 1 else page.with_stem(f"{page.stem}_{self.number}_of_{self.count}")


def write_results(path: Path, outcomes: list[Outcome], about: dict[str, Any]) -> None:
    """Everything that a report needs; ``about`` are figures that do not follow from the outcomes."""
    body = {"about": about, "outcomes": _OUTCOMES.dump_python(outcomes, mode="json")}
    path.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")


def read_results(paths: Iterable[Path]) -> tuple[list[Outcome], dict[str, Any]]:
    """All outcomes, each once, and the figures of the first part that has them. Raises ValueError, OSError."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    about: dict[str, Any] = {}
    for path in paths:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for each in _OUTCOMES.validate_python(body["outcomes"]):
            outcomes[each.scenario.name, each.condition] = each
        about |= {name: value for name, value in body["about"].items() if about.get(name) in (None, "absent")}
    return list(outcomes.values()), about
