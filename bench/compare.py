"""Whether a tool call is what was asked for: the right tool and every expected argument, as a person would judge.

Pure. Names may be spelt as they sound, amounts and dates may be worded differently; nothing else may differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import jellyfish
from rapidfuzz import fuzz

from tools.spoken.amounts import NotAnAmount, parse_amount
from tools.spoken.dates import parse_when

_ALIKE = 80.0
_DATE_WORDS = ("date", "time", "until")
_AMOUNT_WORDS = ("amount", "percentage", "days")


@dataclass(frozen=True, slots=True)
class Expected:
    """What an utterance asks for. ``tools`` are the acceptable ones, empty when it asks for none of them."""

    tools: tuple[str, ...]
    arguments: Mapping[str, Any]

    @classmethod
    def from_json(cls, row: Any) -> Expected:
        """``{"tool": name | [names] | null, "arguments": {…}}``; ``args`` is read too."""
        tool = row.get("tool")
        tools = tuple(tool) if isinstance(tool, list) else ((tool,) if tool else ())
        return cls(tools, row.get("arguments") or row.get("args") or {})


@dataclass(frozen=True, slots=True)
class Called:
    """A tool call as it was made, with the words that came back (they name what a reference resolved to)."""

    name: str
    arguments: Mapping[str, Any]
    said: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``understood`` is true when nothing is wrong; ``why`` says what is."""

    understood: bool
    why: str = ""


def judge(expected: Expected, calls: Sequence[Called], now: datetime, zone: ZoneInfo) -> Verdict:
    """Compare the first call with what was expected; ``now`` and ``zone`` give dates in words their meaning."""
    if not expected.tools:
        return Verdict(not calls, f"called {calls[0].name}" if calls else "")
    if not calls:
        return Verdict(False, "no tool was called")
    call = calls[0]
    if call.name not in expected.tools:
        return Verdict(False, f"called {call.name}")
    for name, value in expected.arguments.items():
        if not _argument(name, value, call, now, zone):
            return Verdict(False, f"{name} is {call.arguments.get(name)!r}, not {value!r}")
    return Verdict(True)


def judge_facts(
    tool: str, facts: Mapping[str, str], calls: Sequence[Called], now: datetime, zone: ZoneInfo
) -> Verdict:
    """Compare the first call with a sample's facts, whichever argument carries each of them."""
    if not calls:
        return Verdict(False, "no tool was called")
    call = calls[0]
    if call.name != tool:
        return Verdict(False, f"called {call.name}")
    for name, value in facts.items():
        if not _fact(name, value, call, now, zone):
            return Verdict(False, f"{name} is not {value!r} in {dict(call.arguments)}")
    return Verdict(True)


def _fact(name: str, value: str, call: Called, now: datetime, zone: ZoneInfo) -> bool:
    given = list(call.arguments.values())
    if name == "amount":
        return any(_amount(each) == Decimal(value) for each in given)
    if name in {"day", "time"}:
        times = [
            parse_when(str(each), now, zone) for field, each in call.arguments.items() if _is_date(field)
        ]
        if name == "time":
            return any(when is not None and when.clock == time.fromisoformat(value) for when in times)
        wanted = now.astimezone(zone).date() + timedelta(days={"today": 0, "tomorrow": 1}[value])
        return any(when is not None and when.day == wanted for when in times)
    if name == "job" and value == "it":
        return "job" in call.arguments  # whose job it became is told by the words that came back
    return any(alike(str(each), value) for each in given) or _words(value) <= _words(call.said)


def _is_date(name: str) -> bool:
    return any(word in name for word in _DATE_WORDS)


def _argument(name: str, expected: Any, call: Called, now: datetime, zone: ZoneInfo) -> bool:
    if isinstance(expected, list):
        return any(_argument(name, each, call, now, zone) for each in expected)
    got = call.arguments.get(name)
    if got is None:
        return expected is None
    if expected is None:
        return False
    if any(word in name for word in _AMOUNT_WORDS):
        return _amount(got) is not None and _amount(got) == _amount(expected)
    if (
        any(word in name for word in _DATE_WORDS)
        and (same := _same_time(str(got), str(expected), now, zone)) is not None
    ):
        return same
    return alike(str(got), str(expected)) or _words(str(expected)) <= _words(call.said)


def alike(got: str, expected: str) -> bool:
    """Whether two names or phrases are the same to the ear."""
    got, expected = " ".join(sorted(_words(got))), " ".join(sorted(_words(expected)))
    if _numbers(expected) - _numbers(got):
        return False
    if fuzz.token_set_ratio(got, expected) >= _ALIKE:
        return True
    sounds = {jellyfish.metaphone(word) for word in got.split()}
    return bool(expected) and all(jellyfish.metaphone(word) in sounds for word in expected.split())


def _words(text: str) -> set[str]:
    kept = "".join(letter if letter.isalnum() else " " for letter in text.lower().replace("'s", ""))
    return set(kept.replace("_", " ").split())


def _numbers(text: str) -> set[str]:
    return {word for word in text.split() if word.isdigit()}


def _amount(value: Any) -> Decimal | None:
    try:
        return parse_amount(value if isinstance(value, int | float | Decimal) else str(value))
    except NotAnAmount:
        return None


def _same_time(got: str, expected: str, now: datetime, zone: ZoneInfo) -> bool | None:
    """Whether two wordings mean the same time; None when one of them is no time."""
    first, second = parse_when(got, now, zone), parse_when(expected, now, zone)
    if first is None or second is None:
        return None
    return (first.value, first.part_of_day) == (second.value, second.part_of_day)


def as_object(arguments: Any) -> Mapping[str, Any]:
    """Arguments of a recorded call as a mapping, whatever form they came in."""
    if isinstance(arguments, str):
        arguments = json.loads(arguments or "{}")
    return arguments if isinstance(arguments, dict) else {}
