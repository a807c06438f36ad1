"""Reads the answer to a question that the brain asked: a date for "when?", a name for "who?", one of the candidates.

Pure. None means that the utterance does not answer the question; the dialogue then looks whether it is something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz

from conversation.brain import values
from conversation.brain.contacts import without
from conversation.brain.frames import FRAMES, Kind, Slot
from conversation.brain.jobs import tidy
from conversation.brain.people import strip_possessive
from conversation.brain.reading import PRONOUNS, Reading
from conversation.brain.references import focus_contact, focus_id, pick_listed
from conversation.brain.state import Frame
from tools.spoken.dates import parse_when
from tools.spoken.numbers import SCALES, TENS, UNITS
from tools.spoken.ordinals import parse_percent, parse_position

_LEAD_IN: Final = re.compile(
    r"^(?:(?:it's|it is|that's|that is|that would be|it should be|it will be|make it|make that|call it|"
    r"let's say|let's do|say|for|with|to|at|"
    r"it was|he's|she's|i think|i guess|i'd say|maybe|probably|the one (?:for|with|from)|bill|put|is|just|"
    r"about|around)\b[\s,]*)+",
    re.IGNORECASE,
)
# Nothing but whom it is for; a recogniser writes names with capitals.
_FOR_NAME: Final = re.compile(
    r"^(?:(?:[Ii]t's|[Tt]hat's|[Uu]m+|[Uu]h+),? )?(?:[Ff]or|[Ww]ith) ((?:[A-Z][\w'’-]+ ?){2,3})$"
)
# "Make the date", "hundred": a change that was misheard, nobody's name.
_NO_NAME: Final = re.compile(
    rf"make (?:it|that|this|the) \w+$|(?:(?:{'|'.join([*UNITS, *TENS, *SCALES])})\b[\s-]*)+$",
    re.IGNORECASE,
)
_MAX_NAME_WORDS: Final = 6
_SAME_NAME: Final = 80.0


def answer(slot: Slot, reading: Reading) -> str | None:
    """The value for ``slot`` that the utterance gives, None when it does not fit."""
    kind = slot.kind
    if kind == Kind.WHEN:
        return _when(reading)
    if kind == Kind.AMOUNT:
        return _number(reading)
    if kind == Kind.PERCENT:
        percent = parse_percent(reading.text)
        found = reading.percent or values.fraction(reading)
        return found[2] if found else _plain(percent) if percent is not None else _number(reading)
    if kind in {Kind.JOB_STATUS, Kind.ESTIMATE_STATUS}:
        status = (
            values.job_status(reading.text)
            if kind == Kind.JOB_STATUS
            else values.estimate_status(reading.text)
        )
        return status[2] if status else None
    if kind == Kind.CHOICE:
        found_kind = values.interaction_type(reading.text)
        return found_kind[2] if found_kind else None
    if kind == Kind.CONTACT:
        return _contact(reading)
    if kind in {Kind.JOB, Kind.PROJECT, Kind.INVOICE, Kind.ESTIMATE}:
        return _entity(reading, kind)
    if kind == Kind.PLACE:
        return _place(reading)
    text = _LEAD_IN.sub("", reading.text).strip(" ,.")
    return tidy(text) if re.search(r"[A-Za-z]{2}", text) else None


def names_nobody(text: str) -> bool:
    """Whether it cannot be a name: "make the date", "hundred"."""
    return bool(_NO_NAME.match(_LEAD_IN.sub("", text).strip(" ,.")) or _NO_NAME.match(text.strip(" ,.")))


def extras(frame: Frame, asked: Slot, reading: Reading) -> dict[str, str]:
    """What the same answer says beside the asked value: "Maria, tomorrow at nine"."""
    found: dict[str, str] = {}
    tool = FRAMES[frame.tool]
    when = tool.of_kind(Kind.WHEN)
    if (
        when
        and when.name != asked.name
        and when.name not in frame.slots
        and asked.kind != Kind.AMOUNT
        and reading.sure_whens
    ):
        found[when.name] = reading.when_text(reading.sure_whens) or ""
    amount = tool.of_kind(Kind.AMOUNT)
    if amount and amount.name != asked.name and amount.name not in frame.slots and asked.kind != Kind.WHEN:
        marked = [a for a in reading.amounts if a.marked or a.value >= 20]
        if marked:
            found[amount.name] = _plain(marked[-1].value)
    work = tool.slot("description")
    if asked.kind == Kind.AMOUNT and work and work.name not in frame.slots:
        what = re.search(
            r"\bfor ((?:the|a|an|her|his|their) [a-z][\w' -]{2,60})$", reading.text, re.IGNORECASE
        )
        found[work.name] = tidy(what.group(1)) if what else ""
    return {name: value for name, value in found.items() if value}


def aside(frame: Frame, asked: Slot, reading: Reading) -> dict[str, str]:
    """What an answer gives instead of the ``asked`` free text: "for Ann Lee" or "at three" to "What's the job?".

    Only where nothing else is in it.
    """
    if asked.kind is not Kind.TEXT:
        return {}
    tool, plain = FRAMES[frame.tool], reading.text.strip(" ,.")
    when, contact = tool.of_kind(Kind.WHEN), tool.of_kind(Kind.CONTACT)
    spans = reading.sure_whens
    if when is not None and when.name not in frame.slots and spans:
        rest = "".join(
            " " if any(s.start <= at < s.end for s in spans) else char for at, char in enumerate(plain)
        )
        if not re.sub(r"\b(?:on|at|for|it's|that's|um+|uh+|please)\b", "", rest, flags=re.IGNORECASE).strip(
            " ,."
        ):
            return {when.name: reading.when_text(spans) or plain}
    named = _FOR_NAME.match(plain)
    if contact is not None and contact.name not in frame.slots and named:
        return {contact.name: named.group(1)}
    return {}


def lacking(offered: Frame, reading: Reading) -> dict[str, str] | None:
    """The day and time that an offered request lacks: "Thursday at three" to "Shall I put it on the calendar?"."""
    missing = FRAMES[offered.tool].missing(offered.slots)
    if len(missing) != 1 or missing[0].kind is not Kind.WHEN or not reading.sure_whens:
        return None
    value = answer(missing[0], reading) if len(reading.words) <= _MAX_NAME_WORDS else None
    return {missing[0].name: value} if value else None


def pick(candidates: Sequence[str], reading: Reading) -> str | None:
    """Which of the candidates an answer means: by position, by number, by the words that tell them apart."""
    position = parse_position(reading.text)
    if position is not None and len(reading.words) <= 6:
        index = position - 1 if position > 0 else position
        if -len(candidates) <= index < len(candidates):
            return candidates[index]
    plain = _LEAD_IN.sub("", reading.text).lower()
    if not plain:
        return None
    words = (
        set(re.findall(r"[a-z0-9]+", plain))
        - PRONOUNS
        - {"the", "one", "job", "invoice", "mean", "i", "no", "yes"}
    )
    overlaps = [len(words & set(re.findall(r"[a-z0-9]+", option.lower()))) for option in candidates]
    if overlaps and max(overlaps) > 0 and overlaps.count(max(overlaps)) == 1:
        return candidates[overlaps.index(max(overlaps))]
    scores = [float(fuzz.partial_ratio(plain, option.lower())) for option in candidates]
    if scores and max(scores) >= _SAME_NAME and scores.count(max(scores)) == 1:
        return candidates[scores.index(max(scores))]
    return None


def _when(reading: Reading) -> str | None:
    if reading.whens:
        return reading.when_text()
    if reading.shift:
        return reading.shift[2]
    plain = _LEAD_IN.sub("", reading.text).strip(" ,.")
    parsed = parse_when(plain, reading.context.now, reading.context.zone) if plain else None
    return plain if parsed is not None else None


def _place(reading: Reading) -> str | None:
    """A place as said, without a date beside it."""
    text = without(reading.text, [(span.start, span.end) for span in reading.sure_whens])
    text = re.sub(r"^(?:in|near|around|over)\s+", "", _LEAD_IN.sub("", text), flags=re.IGNORECASE).strip(
        " ,."
    )
    return text if re.search(r"[A-Za-z]{2}|\d{5}", text) else None


def _number(reading: Reading) -> str | None:
    return _plain(reading.amounts[-1].value) if reading.amounts else None


def _plain(value: object) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text and text.endswith(("00", ".0")) else text


def _contact(reading: Reading) -> str | None:
    if reading.ordinal:
        return pick_listed(reading.context, "contact", reading.ordinal) or reading.ordinal
    cut = [(span.start, span.end) for span in reading.sure_whens] + [
        (a.start, a.end) for a in reading.amounts
    ]
    text = _LEAD_IN.sub("", without(reading.text, cut)).strip(" ,.")
    words = text.split()
    if {word.lower().strip(".,") for word in words} <= PRONOUNS:
        return focus_contact(reading)
    if not words or len(words) > _MAX_NAME_WORDS or not re.search(r"[A-Za-z]", text):
        return None
    if names_nobody(text):
        return None
    return strip_possessive(re.sub(r"^(?:the|a) (?=[a-z]+ (?!s$))", "", text))


def _entity(reading: Reading, kind: Kind) -> str | None:
    if reading.ordinal:
        return pick_listed(reading.context, kind.value, reading.ordinal) or reading.ordinal
    text = _LEAD_IN.sub("", reading.text).strip(" ,.")
    words = {word.lower() for word in re.findall(r"[A-Za-z0-9']+", text)}
    if not words:
        return None
    if words <= PRONOUNS | {"one", "the", kind.value}:
        return focus_id(reading.context, kind.value) or focus_contact(reading)
    if re.fullmatch(r"[\d-]+", text) or (
        reading.amounts and reading.amounts[0].start == 0 and len(words) <= 4 and not words & {kind.value}
    ):
        return f"{kind.value} {text}"
    return text if len(words) <= 10 else None


def correction_values(frame: Frame, reading: Reading) -> dict[str, str]:
    """New values for the parameters of ``frame`` in "no, make it Thursday" or "four hundred, not three hundred"."""
    tool = FRAMES[frame.tool]
    found: dict[str, str] = {}
    amount, when, percent = tool.of_kind(Kind.AMOUNT), tool.of_kind(Kind.WHEN), tool.of_kind(Kind.PERCENT)
    if when and (reading.sure_whens or not amount or reading.shift):
        found[when.name] = _when(reading) or ""
    if amount and reading.amounts:
        found[amount.name] = _plain(reading.amounts[-1].value)
    if percent and (value := (reading.percent and reading.percent[2]) or _number(reading)):
        found[percent.name] = value
    for kind, look in ((Kind.JOB_STATUS, values.job_status), (Kind.ESTIMATE_STATUS, values.estimate_status)):
        slot = tool.of_kind(kind)
        if slot and (status := look(reading.text)):
            found[slot.name] = status[2]
    return {name: value for name, value in found.items() if value}
