"""Times that hang on another time: "an hour before", "the day before", "the same day at four".

Pure. The other time is the start of the job that was spoken of last; without one nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from conversation.brain.reading import Reading
from tools.spoken.durations import find_durations
from tools.spoken.when import local

_AROUND: Final = (
    r"(?:\s+(?:of\s+)?(?:it|that|the (?:job|appointment|visit|start)|then|we start|i start|hand|time))?\b"
)
_BEFORE: Final = re.compile(
    rf"\s*(?:before(?:hand)?|earlier|ahead(?: of time)?|prior|in advance)\b{_AROUND}", re.IGNORECASE
)
_AFTER: Final = re.compile(rf"\s*(?:after(?:wards?)?|later)\b{_AROUND}", re.IGNORECASE)
_HALF_HOUR: Final = re.compile(r"\bhalf an hour|\ba half hour\b", re.IGNORECASE)
_DAY: Final = re.compile(
    r"\b(?:the|that)\s+(day|night|evening|morning)\s+(before(?:hand)?|after|of)\b(?:\s+(?:it|that|the job))?|"
    r"\b(?:the\s+)?same\s+(day|morning|time)\b|\bthat\s+(day|morning)\b",
    re.IGNORECASE,
)
_EVENING: Final = time(18)
_MORNING: Final = time(8)


@dataclass(frozen=True, slots=True)
class Anchored:
    """A time as ISO 8601 at ``text[start:end]``; "" when there is nothing that it could hang on."""

    start: int
    end: int
    iso: str


def anchored(reading: Reading) -> Anchored | None:
    """The relative time in the utterance, None when there is none."""
    anchor = reading.context.anchor
    for span in find_durations(reading.text):
        for pattern, sign in ((_BEFORE, -1), (_AFTER, 1)):
            tail = pattern.match(reading.text, span.end)
            if tail is None or (sign > 0 and not reading.text[tail.start() : tail.end()].strip()):
                continue
            if sign > 0 and "later" in tail.group().lower():
                continue  # "an hour later" moves the thing itself
            moved = anchor + sign * span.value.delta if anchor and span.value.delta else None
            return Anchored(span.start, tail.end(), moved.isoformat() if moved else "")
    match = _DAY.search(reading.text)
    if match is None:
        return None
    return Anchored(match.start(), match.end(), _day(match, anchor, reading) if anchor else "")


def _day(match: re.Match[str], anchor: datetime, reading: Reading) -> str:
    part, way = (match.group(1) or "").lower(), (match.group(2) or "").lower()
    same = (match.group(3) or match.group(4) or "").lower()
    zone = reading.context.zone
    there = anchor.astimezone(zone)
    if same == "time":
        return there.isoformat()
    if same == "day":
        return there.date().isoformat()
    shift = 1 if way == "after" else -1 if way.startswith("before") else 0
    if part == "morning" and way == "of":
        shift = 0
    day = there.date() + timedelta(days=shift)
    if part in {"night", "evening"}:
        return local(day, _EVENING, zone).isoformat()
    if part == "morning" or same == "morning":
        return local(day, _MORNING, zone).isoformat()
    return local(day, there.time().replace(tzinfo=None), zone).isoformat()
