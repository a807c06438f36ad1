"""Slots of the weather tool: where, when, and what about it. Pure; places stay as said, as the brain knows no map."""

from __future__ import annotations

import re
from typing import Final

from conversation.brain.contacts import without
from conversation.brain.reading import Reading
from conversation.brain.references import focus_id
from tools.spoken.words import vocabulary
from tools.weather.regions import region_named
from tools.weather.topic import topic_in

_PLACE: Final = re.compile(
    r"\b(?:at|in|for|near|around|over (?:at|in|by)|out (?:at|in|by)|by)\s+"
    r"((?:the\s+|my\s+|our\s+)?[A-Za-z0-9'][\w'. -]*?)"
    r"(?=$|\s(?:today|tomorrow|tonight|on|this|next|later|or|now|right now|going|gonna|to be|get|before|after|so|with|"
    r"when|if|and)\b|[,?])",
    re.IGNORECASE,
)
# "will the Miller job get rained out", "is the Lee job going to get wet"
_SUBJECT: Final = re.compile(
    r"\b(?:will|is|does)\s+((?:the|my|our)\s+(?:[\w']+\s+){1,4}?(?:job|house|site|project|remodel))\b",
    re.IGNORECASE,
)
_REGION: Final = re.compile(r",\s*([A-Za-z]+(?: [A-Za-z]+)?)")
_THERE: Final = re.compile(
    r"\b(?:at|over|out) (?:it|there|that(?: one)?)\b|\b(?:that|this) job\b|\bthere\s*$", re.IGNORECASE
)
_IS_THERE: Final = re.compile(r"\b(?:is|are|will) there\b", re.IGNORECASE)
_DAYS: Final = re.compile(
    r"\b(?:right now|(?:the )?(?:rest of )?(?:this|the) week|(?:the )?next (?:few|couple of|several) days|"
    r"(?:the )?next (?:few|couple of) hours|all week|overnight)\b",
    re.IGNORECASE,
)
_NO_PLACE: Final = vocabulary(
    "today tomorrow tonight forecast weather week weekend morning afternoon evening rain day days me us "
    "monday tuesday wednesday thursday friday saturday sunday roofing painting outside now bit storm noon hour hours "
    "report work concrete it there that all least"
)


def get_weather_info(reading: Reading) -> dict[str, str]:
    """Where (nothing for where the user is), when, and what about."""
    slots: dict[str, str] = {}
    cut = [(span.start, span.end) for span in reading.whens]
    if when := reading.when_text(reading.sure_whens):
        slots["when"] = when
    elif days := _DAYS.search(reading.text):
        slots["when"] = days.group()
        cut.append(days.span())
    if place := _place(reading, without(reading.text, cut)):
        slots["location"] = place
    if topic := topic_in(reading.text):
        slots["about"] = topic.value
    return slots


def _place(reading: Reading, text: str) -> str | None:
    for match in _PLACE.finditer(text):
        place = match.group(1).strip(" .")
        words = set(re.findall(r"[a-z]+", place.lower()))
        if place and not words & _NO_PLACE and words != {"the"}:
            return place + _region(text[match.end() :])
    if subject := _SUBJECT.search(text):
        return subject.group(1)
    if _THERE.search(text) and not _IS_THERE.search(text):
        return focus_id(reading.context, "job") or focus_id(reading.context, "contact") or "there"
    return None


def _region(rest: str) -> str:
    """The state that follows a town after a comma: "Springfield, Illinois"."""
    match = _REGION.match(rest)
    if match is None:
        return ""
    both = match.group(1)
    return next((f", {said}" for said in (both, both.split()[0]) if region_named(said)), "")
