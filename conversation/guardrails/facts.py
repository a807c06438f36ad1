"""What has been learned in a conversation, so that a sentence can be checked against it: numbers, words, days.

Sources are tool results, the user's own words, the greeting and options, and the clock; never the model. Bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from tools.envelope import ToolResult
from tools.spoken.dates import find_when
from tools.spoken.numbers import SCALES, TENS, UNITS, find_numbers

MOST_WORDS: Final = 20_000
WORD: Final = re.compile(r"[^\W\d_]+(?:['’&-][^\W\d_]+)*|\w+")
FIGURE: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")
_ID: Final = re.compile(r"\b(?=[0-9a-f-]*\d)(?=[0-9a-f-]*[a-f])[0-9a-f]{8,}(?:-[0-9a-f]+)*\b")
_ISO: Final = re.compile(r"\b(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?\b")
NUMBER_WORDS: Final = frozenset({*UNITS, *TENS, *SCALES}) - {"one", "k", "grand", "zero"}
_HAS_NUMBER_WORD: Final = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_SINGLE: Final = {word: Decimal(value) for word, value in (UNITS | TENS).items()}


class Facts:
    """The facts of one conversation. ``zone`` is the business time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._words: dict[str, None] = {}
        self._numbers: dict[Decimal, None] = {}
        self._said: dict[str, None] = {}

    def has_word(self, word: str) -> bool:
        """Whether the word is known, however it is written."""
        return word.lower() in self._words

    def has_number(self, value: Decimal) -> bool:
        """Whether the number is known."""
        return value in self._numbers

    def was_said(self, word: str) -> bool:
        """Whether the word stands in what the user said or in the summary of a result: it is no code of ours."""
        return word.lower() in self._said

    def learn_text(self, text: str) -> None:
        """Something that may be repeated: the user's words, a greeting, a summary."""
        self._learn(text)
        _keep(self._said, (word.lower() for word in text.split()))

    def learn_request(self, text: str, now: datetime) -> Facts:
        """The user's words, with the days and times that they mean at ``now``. Returns what was new in them."""
        heard, new = Facts(self._zone), Facts(self._zone)
        heard._hear(text, now)
        for known, said, unknown in zip(self._all, heard._all, new._all, strict=True):
            _keep(unknown, [each for each in said if each not in known])
            _keep(known, said)
        return new

    def forget(self, learned: Facts) -> None:
        """What a request had taught was never said."""
        for known, gone in zip(self._all, learned._all, strict=True):
            for each in gone:
                known.pop(each, None)

    @property
    def _all(self) -> tuple[dict[Any, None], ...]:
        return self._words, self._numbers, self._said

    def _hear(self, text: str, now: datetime) -> None:
        self.learn_text(text)
        self.learn_now(now)
        for span in find_when(text, now, self._zone):
            value = span.when.value
            self._learn_day(value if not isinstance(value, datetime) else value.date())
            if isinstance(value, datetime):
                self._learn_time(value)

    def learn_result(self, result: ToolResult) -> None:
        """What a tool returned."""
        self.learn_text(result.summary)
        if result.error is not None:
            self.learn_text(" ".join(filter(None, (result.error.message, result.error.read_back))))
        self._learn_value(json.loads(result.to_json()))

    def learn_now(self, now: datetime) -> None:
        """The clock may be read aloud."""
        self._learn_day(now.astimezone(self._zone).date())
        self._learn_time(now.astimezone(self._zone))

    def _learn(self, text: str) -> None:
        text = _ID.sub(" ", text)
        _keep(self._words, (part for word in WORD.findall(text) for part in _forms(word)))
        _keep(self._numbers, numbers_of(text))
        # "Two thirty" is read as 230 and may be said as 2:30.
        lower = text.lower()
        _keep(self._numbers, (value for word, value in _SINGLE.items() if word in lower))
        for match in _ISO.finditer(text):
            self._learn_moment(match)

    def _learn_value(self, value: Any) -> None:
        if isinstance(value, str):
            self._learn(value)
        elif isinstance(value, bool) or value is None:
            return
        elif isinstance(value, int | float):
            self._learn(str(value))
        elif isinstance(value, dict):
            for each in value.values():
                self._learn_value(each)
        elif isinstance(value, list):
            _keep(self._numbers, (Decimal(len(value)), Decimal(max(len(value) - 3, 0))))
            for each in value:
                self._learn_value(each)

    def _learn_moment(self, match: re.Match[str]) -> None:
        try:
            if match[2] is None:
                self._learn_day(date.fromisoformat(match[1]))
                return
            moment = datetime.fromisoformat(match[0])
        except ValueError:
            return
        there = moment.astimezone(self._zone) if moment.tzinfo else moment
        self._learn_day(there.date())
        self._learn_time(there)

    def _learn_day(self, day: date) -> None:
        _keep(self._words, (f"{day:%A}".lower(), f"{day:%B}".lower()))
        _keep(self._numbers, (Decimal(day.day), Decimal(day.month), Decimal(day.year)))

    def _learn_time(self, moment: datetime) -> None:
        _keep(self._numbers, (Decimal(moment.hour % 12 or 12), Decimal(moment.hour), Decimal(moment.minute)))
        _keep(self._words, ("noon",) if moment.hour == 12 else ("midnight",) if moment.hour == 0 else ())


def numbers_of(text: str) -> Iterable[Decimal]:
    """All numbers in a text, written or spoken; an amount also as its whole and its hundredths."""
    for figure in FIGURE.findall(text):
        try:
            value = Decimal(figure.replace(",", ""))
        except InvalidOperation:
            continue
        yield value
        if "." in figure:
            yield Decimal(int(value))
            yield Decimal(int(value * 100) % 100)
    if _HAS_NUMBER_WORD.search(text):
        for span in find_numbers(text):
            yield span.value


def spoken_numbers(text: str) -> list[Decimal]:
    """The numbers in a text that are said in words."""
    if not _HAS_NUMBER_WORD.search(text):
        return []
    return [
        span.value for span in find_numbers(text) if not text[span.start : span.end].strip()[:1].isdigit()
    ]


def _forms(word: str) -> Iterable[str]:
    lower = word.lower().replace("’", "'")
    yield lower
    if lower.endswith("'s"):
        yield lower[:-2]
    if "-" in lower or "&" in lower:
        yield from re.split(r"[-&]", lower)


def _keep(known: dict[Any, None], new: Iterable[Any]) -> None:
    known.update(dict.fromkeys(new))
    while len(known) > MOST_WORDS:
        del known[next(iter(known))]
