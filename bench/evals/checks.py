"""Compares what happened with what the scenario expects. Pure: it plays nothing.

A wrong write is every difference of the books that the scenario does not list, and every listed one with other values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from bench.evals.books import Change
from bench.evals.schema import ExpectedCall, ExpectedChange, Matcher, Scenario, Step
from bench.evals.world import Made


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, in words, by where it was looked for."""

    calls: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    wrong_writes: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.calls or self.missing or self.wrong_writes or self.replies)

    def all(self) -> list[str]:
        """Everything that is wrong."""
        return [
            *self.calls,
            *self.missing,
            *(f"wrong write: {each}" for each in self.wrong_writes),
            *self.replies,
        ]


def matches(expected: Matcher, actual: object) -> bool:
    """Whether a value is as expected: see ``schema.Matcher``."""
    if isinstance(expected, list):
        return any(matches(each, actual) for each in cast("list[Any]", expected))
    if expected is None or isinstance(expected, bool):
        return actual in (expected, int(bool(expected))) if expected is not None else actual in (None, "")
    if isinstance(expected, int | float | Decimal):
        try:
            return Decimal(str(expected)) == Decimal(re.sub(r"[^\d.\-]", "", str(actual)))
        except InvalidOperation:
            return False
    wanted, got = str(expected), _plain(actual)
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        return re.search(wanted[1:-1], str(actual), re.IGNORECASE) is not None
    if wanted.startswith("~"):
        return _plain(wanted[1:]) in got
    return _plain(wanted) == got


def call_faults(expected: Sequence[ExpectedCall], never: Sequence[str], made: Sequence[Made]) -> list[str]:
    """Expected calls that were not made, in their order, and calls that may never be."""
    faults: list[str] = []
    at = 0
    for call in expected:
        found = next((index for index in range(at, len(made)) if _is(call, made[index])), None)
        if found is None:
            faults.append(f"no call {call.tool} with {call.arguments}")
        else:
            at = found + 1
    faults += [f"{each.tool} was called" for each in made if each.tool in never]
    return faults


def change_faults(
    expected: Sequence[ExpectedChange], happened: Sequence[Change]
) -> tuple[list[str], list[str]]:
    """(expected changes that did not happen, changes that nobody expects)."""
    left = list(happened)
    missing: list[str] = []
    for want in expected:
        found = next((each for each in left if _fits(want, each)), None)
        if found is None:
            kind = "create" if want.create else "update"
            missing.append(f"missing: {kind} {want.create or want.update} with {want.where}")
        else:
            left.remove(found)
    return missing, [each.told() for each in left]


def reply_faults(
    step: Step, reply: str, read_backs: str, *, limit: int | None, parts: Sequence[str] = ()
) -> list[str]:
    """What is wrong with what was said after a step.

    ``limit`` is the mode's largest number of words of one answer; ``parts`` are the answers when there were several.
    """
    said = f"{reply} {read_backs}".strip()
    faults = [f"the answer has no {each!r}: {said!r}" for each in step.reply if not _in(each, said)]
    faults += [f"the answer has {each!r}: {said!r}" for each in step.not_reply if _in(each, said)]
    if step.silent and said:
        faults.append(f"something was said: {said!r}")
    most = min((each for each in (step.max_words, limit) if each is not None), default=None)
    if most is not None and not read_backs:
        faults += [
            f"{len(each.split())} words where {most} are allowed: {each!r}"
            for each in parts or (reply,)
            if len(each.split()) > most
        ]
    return faults


def limit_of(scenario: Scenario) -> int | None:
    """Words that the scenario's mode allows."""
    if scenario.options.get("is_driving"):
        return 20
    return 50 if scenario.options.get("safety_mode") else None


def _is(expected: ExpectedCall, made: Made) -> bool:
    if expected.tool != made.tool or (expected.ok is not None and expected.ok != made.ok):
        return False
    arguments = json.loads(made.arguments or "{}")
    return all(matches(value, arguments.get(name)) for name, value in expected.arguments.items())


def _fits(expected: ExpectedChange, change: Change) -> bool:
    kind = "create" if expected.create else "update"
    if change.kind != kind or change.entity != (expected.create or expected.update):
        return False
    return all(matches(value, change.row.get(name)) for name, value in expected.where.items())


def _in(expected: str, said: str) -> bool:
    if len(expected) > 2 and expected.startswith("/") and expected.endswith("/"):
        return re.search(expected[1:-1], said, re.IGNORECASE) is not None
    return _plain(expected) in _plain(said)


def _plain(value: object) -> str:
    text = " ".join(str(value).casefold().replace(",", "").split()).strip(" .!?")
    return text.removeprefix("the ").removeprefix("a ")
