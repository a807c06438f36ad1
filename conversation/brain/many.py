"""Requests about several things at once, or about what was done before: "both", "all of them", "the same as last time".

Pure. Several writes are never run without a question that says how many they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from conversation.brain.describe import describe
from conversation.brain.frames import FRAMES, REFERENCES, Slot
from conversation.brain.plan import Plan
from conversation.brain.reading import Context, Reading
from conversation.brain.slots import fill
from conversation.brain.state import MAX_QUEUE, Frame
from tools.spoken.say import say_count

_ALL: Final = re.compile(
    r"\b(?:both(?: of)?(?: (?:them|those|these|the \w+))?|(?:all|each|every one) of (?:them|those|these|the \w+)|"
    r"all (?:two|three|four|five|six|those|these)|(?:those|these|the) (?:two|three|four|five|six)|"
    r"(?:them|those|these) all|"
    r"everyone on (?:the|that) list|the (?:whole|entire) list)\b",
    re.IGNORECASE,
)
_LAST_TIME: Final = re.compile(
    r"[\s,]*\b(?:(?:for |at )?(?:the )?(?:exact(?:ly)? )?same(?: (?:thing|amount|price|job|work|again))?"
    r"(?: (?:as|like|we did))?(?: (?:last time|before|always|usual(?:ly)?|the last one|the last job|previously))?|"
    r"(?:just )?(?:like|as) (?:last time|before|always|usual)|the usual)(?=$|[\s,.?!])",
    re.IGNORECASE,
)
_NUMBERS: Final = ("no", "one", "both", "all three", "all four", "all five", "all six")
_COPIED: Final = {
    "create_invoice": ("amount", "description"),
    "create_estimate": ("amount", "title", "description"),
    "create_job": ("title", "job_type", "location"),
}
_QUESTIONS: Final = {
    "create_invoice": "I don't know what it was last time. How much should I bill?",
    "create_estimate": "I don't know what it was last time. How much should I quote?",
    "create_job": "I don't know what it was last time. What's the job?",
}


def says_all(text: str) -> bool:
    """Whether several things are meant: "both", "all of them"."""
    return bool(_ALL.search(text))


def everyone(frame: Frame, context: Context) -> Plan | None:
    """The request for each thing of the last list; None when it is not about several.

    Reads run at once, writes after a yes; without a list, or with one that is too long, the user is asked which.
    """
    reading = Reading(frame.text, context)
    if not says_all(reading.text):
        return None
    slot = _subject(frame, context)
    if slot is None:
        return None
    ids = listed(context, slot.kind.value)
    both = bool(re.search(r"\bboth\b", reading.lower))
    if not ids or (both and len(ids) != len(("one", "two"))):
        frame.slots.pop(slot.name, None)
        return Plan(f"I'm not sure which ones you mean. {slot.question}", ask=(frame, slot.name))
    return for_each(frame, slot, ids, context)


def for_each(frame: Frame, slot: Slot, ids: Sequence[str], context: Context) -> Plan:
    """``frame`` once for each of ``ids``."""
    if len(ids) > MAX_QUEUE:
        frame.slots.pop(slot.name, None)
        text = f"That's {say_count(len(ids), slot.kind.value)}, which is too many at once. {slot.question}"
        return Plan(text, ask=(frame, slot.name))
    frames = [Frame(frame.tool, {**frame.slots, slot.name: each}, frame.text) for each in ids]
    if len(frames) == 1 or not FRAMES[frame.tool].changes:
        return Plan(frames=frames)
    every = _NUMBERS[len(frames)]
    said = describe(Frame(frame.tool, {**frame.slots, slot.name: every}), context)
    count = "" if every == "both" else f"That's {say_count(len(frames), slot.kind.value)}. "
    return Plan(f"{count}Shall I {said}?", offer=frames)


def listed(context: Context, kind: str) -> list[str]:
    """Ids of the last list of ``kind``."""
    return [entry for entry in context.focus.get(f"{kind}_list", "").split(",") if entry]


def _subject(frame: Frame, context: Context) -> Slot | None:
    """The parameter that "all of them" stands for: the one whose kind was listed, else the first reference."""
    references = [slot for slot in FRAMES[frame.tool].slots if slot.kind in REFERENCES]
    with_list = [slot for slot in references if listed(context, slot.kind.value)]
    return next(iter([*with_list, *references]), None)


def as_last_time(frame: Frame, done: Sequence[Frame], context: Context) -> Plan | None:
    """The request with what it was the last time for the same contact; None when no last time is spoken of."""
    match = _LAST_TIME.search(frame.text)
    if match is None or frame.tool not in _COPIED or not match.group().strip(" ,"):
        return None
    slots = fill(frame.tool, Reading(f"{frame.text[: match.start()]} {frame.text[match.end() :]}", context))
    contact = slots.get("contact")
    last = next(
        (one for one in reversed(done) if one.tool == frame.tool and _same(one, contact, context)), None
    )
    names = _COPIED[frame.tool]
    if last is not None:
        copied = {name: last.slots[name] for name in names if last.slots.get(name)}
        whom = {"contact": last.slots["contact"]} if not contact and last.slots.get("contact") else {}
        return Plan(frames=[Frame(frame.tool, {**whom, **copied, **slots}, frame.text)])
    again = Frame(frame.tool, slots, frame.text)
    if FRAMES[frame.tool].missing({**slots, "contact": "somebody"}):
        if contact is None:
            return Plan(frames=[again])
        return Plan(_QUESTIONS[frame.tool], ask=(again, names[0]))
    return Plan(frames=[again])


def _same(one: Frame, contact: str | None, context: Context) -> bool:
    """Whether a request of the past was for this contact; the last one of all where none is named."""
    then = one.slots.get("contact", "").lower()
    if contact is None:
        return True
    return contact.lower() == then or (
        then == context.focus.get("contact", "").lower()
        and contact.lower() in context.focus.get("contact_label", "").lower().split()
    )
