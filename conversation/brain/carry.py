"""What one part of a compound request hands on to the next: whom and what it was about, its day, its verb.

Pure. A name that was said before goes on as it was said; nothing that was not said, and not told by a tool, is added.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from conversation.brain.frames import FRAMES, REFERENCES, Kind
from conversation.brain.people import looks_like_work, strip_possessive
from conversation.brain.reading import PEOPLE, PRONOUNS, Context, Reading
from conversation.brain.slots import fill
from conversation.brain.state import Frame
from tools.spoken.dates import parse_when

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.IGNORECASE)
_EMPTY: Final = PRONOUNS | {"there", "both", "all"}
# A verb may be left out the second time in these: "move Miller to Friday and Garcia to Monday".
_MATTER: Final[dict[str, Kind]] = {
    "reschedule_job": Kind.WHEN,
    "create_invoice": Kind.AMOUNT,
    "create_estimate": Kind.AMOUNT,
    "update_job_status": Kind.JOB_STATUS,
    "update_project_progress": Kind.PERCENT,
    "update_estimate_status": Kind.ESTIMATE_STATUS,
    "create_job": Kind.TEXT,
    "set_reminder": Kind.WHEN,
}
_VERB: Final = re.compile(
    r"^(?:remind me|put|move|push|shift|reschedule|bump|bill|invoice|charge|quote|mark|set|book|schedule|bring)\b",
    re.IGNORECASE,
)
# "at five to call Bob": of a list of things to remember only a time of its own makes it a reminder of its own.
_OTHER_CHORE: Final = re.compile(r"^(?:at|on|in|tomorrow|tonight|next|by)\b.*\bto\s+[a-z]", re.IGNORECASE)
# "Tom for a drain cleaning at eleven"; in "for Tom and Jerry's kitchen" nobody else is booked.
_OTHER_BOOKING: Final = re.compile(
    r"^[\w'.-]+(?: [\w'.-]+){0,2} (?:for|in for|down for) (?:a|an|the|another)\b", re.IGNORECASE
)
_OF_JOB: Final = re.compile(
    r"^(?:the |our |my )?(.+?)(?:'s)?(?:\s+(?:job|appointment|visit|invoice|estimate|quote|bill))?$",
    re.IGNORECASE,
)
_SEVERAL: Final = re.compile(
    r"\b(?:the )?((?:[\w']+ ){0,2}?[\w']+)(?:,? and (?:the )?)((?:[\w']+ ){0,2}?[\w']+) "
    r"(jobs|invoices|estimates|quotes|projects|appointments)\b",
    re.IGNORECASE,
)
_SINGULAR: Final = {
    "jobs": "job", "appointments": "job", "invoices": "invoice", "estimates": "estimate", "quotes": "estimate",
    "projects": "project",
}  # fmt: skip
# "Move Miller to Friday and remind me at four" says nothing about the day of the reminder.
_SAME_DAY: Final = ({"create_job", "reschedule_job"}, {"set_reminder", "schedule_follow_up"})
CREATES: Final = {
    "create_job": "job", "create_invoice": "invoice", "create_estimate": "estimate",
    "convert_estimate_to_invoice": "invoice",
}  # fmt: skip


def after(frame: Frame, context: Context, told: frozenset[str] = frozenset()) -> Context:
    """The context in which what follows ``frame`` is read.

    What the request named takes the place of what was spoken of before it, unless a tool has ``told`` which that is:
    kinds in ``told`` are left alone.
    """
    focus = dict(context.focus)
    topic = context.topic
    references = [
        slot for slot in FRAMES[frame.tool].slots if slot.kind in REFERENCES and frame.slots.get(slot.name)
    ]
    for slot in references:
        value, kind = frame.slots[slot.name], slot.kind.value
        if kind in told or value == focus.get(kind) or _is_empty(value):
            continue
        focus[kind] = value
        focus.pop(f"{kind}_label", None)
        if kind != "contact" and "contact" not in told and "contact" not in frame.slots:
            _set_contact(focus, value)
    made = CREATES.get(frame.tool)
    if made and made not in told:
        # It does not exist before the tool has made it, and it is not the one spoken of before.
        focus[made] = "it"
        focus.pop(f"{made}_label", None)
    if made or references:
        topic = made or references[0].kind.value
    return replace(context, focus=focus, topic=topic)


def _set_contact(focus: dict[str, str], reference: str) -> None:
    """Whose it is: "the Garcia job" is Garcia's; of a thing named otherwise nobody knows."""
    if _ID.fullmatch(reference):
        return
    owner = re.match(r"^(?:the |our |my )?(.+?)(?:'s|s')\s", reference)
    match = owner or _OF_JOB.match(reference)
    name = strip_possessive(match.group(1).strip()) if match else ""
    focus.pop("contact_label", None)
    if (
        name
        and not looks_like_work(name)
        and not re.search(r"\d|\b(?:one|job|invoice|estimate|it|that)\b", name)
    ):
        focus["contact"] = name
    else:
        focus.pop("contact", None)


def _is_empty(value: str) -> bool:
    return set(re.findall(r"[a-z']+", value.lower())) <= _EMPTY


def gap_text(frame: Frame, text: str, context: Context) -> str | None:
    """``text`` with the verb of ``frame`` before it when it is the same request for another: "Garcia to Monday".

    None unless it names another thing *and* says what shall become of it, and everything needed is there.
    """
    kind = _MATTER.get(frame.tool)
    verb = _VERB.match(frame.text)
    if kind is None or re.match(r"^(?:the|a|an|in|for|at|on|with)?\s*\W*$", text, re.IGNORECASE):
        return None
    gapped = f"{verb.group()} {text}" if verb else text
    bare = Context(context.now, context.zone)
    slots = fill(frame.tool, Reading(gapped, bare))
    tool = FRAMES[frame.tool]
    matter = tool.of_kind(kind)
    if matter is None or not slots.get(matter.name) or tool.missing(slots):
        return None
    subjects = [slot for slot in tool.slots if slot.kind in REFERENCES or slot.name == "message"]
    named = [slots[slot.name] for slot in subjects if slots.get(slot.name)]
    said = [frame.slots[slot.name] for slot in subjects if frame.slots.get(slot.name)]
    if not named or any(_is_empty(value) for value in named) or named == said:
        return None
    if frame.tool == "set_reminder" and not _OTHER_CHORE.match(text):
        return None
    if frame.tool == "create_job" and not _OTHER_BOOKING.match(text):
        return None
    if len(text.split()) > 12 or (verb is None and frame.tool not in {"update_project_progress"}):
        return None
    return gapped


def many_named(frame: Frame) -> list[Frame]:
    """One request for several named things as one each: "mark the Smith and Lee jobs done"; [] when it names one."""
    match = _SEVERAL.search(frame.text)
    if match is None:
        return []
    kind = _SINGULAR[match.group(3).lower()]
    slot = next((s for s in FRAMES[frame.tool].slots if s.kind.value == kind and s.required), None)
    if slot is None:
        return []
    frames: list[Frame] = []
    for name in (match.group(1), match.group(2)):
        own = re.sub(
            r"^(?:mark|move|put|set|push|cancel|close|finish|start|how are|are|the)\s+(?:the\s+)?",
            "",
            name,
            flags=re.I,
        )
        noun = "job" if kind == "job" else match.group(3).lower().rstrip("s")
        frames.append(Frame(frame.tool, {**frame.slots, slot.name: f"the {own} {noun}"}, frame.text))
    return frames


def dated(frame: Frame, before: Frame | None, context: Context) -> None:
    """Give a request that names only an hour the day of the one before it: "Friday at nine … and Tom at eleven"."""
    slot = FRAMES[frame.tool].of_kind(Kind.WHEN)
    if before is None or not any({frame.tool, before.tool} <= alike for alike in _SAME_DAY):
        return
    if slot is None or not (value := frame.slots.get(slot.name)):
        return
    earlier = FRAMES[before.tool].of_kind(Kind.WHEN)
    day = parse_when(before.slots.get(earlier.name, ""), context.now, context.zone) if earlier else None
    own = parse_when(value, context.now, context.zone)
    if own is None or own.has_date or own.offset or own.clock is None or day is None or not day.has_date:
        return
    frame.slots[slot.name] = datetime.combine(day.day, own.clock).isoformat(timespec="minutes")


def refreshed(frame: Frame, before: Frame | None, context: Context) -> Frame:
    """A waiting part, read again in what has become known; its own clear words stay what they were."""
    if not frame.part:
        return frame
    reading = Reading(frame.text, context)
    if not many_named(frame):
        frame.slots = fill(frame.tool, reading)
    frame.part = False
    _drop_unknown(frame)
    dated(frame, before, context)
    _same_person(frame, reading)
    return frame


def _drop_unknown(frame: Frame) -> None:
    """A pronoun whose meaning the part before did not settle is asked about: the tools would take an older one."""
    for slot in FRAMES[frame.tool].slots:
        if slot.kind in REFERENCES and frame.slots.get(slot.name, "").lower() in {"it", "them"}:
            frame.slots.pop(slot.name)


def _same_person(frame: Frame, reading: Reading) -> None:
    """Whom a part that names nobody is for: who the part before it was for."""
    tool = FRAMES[frame.tool]
    slot = tool.of_kind(Kind.CONTACT)
    known = reading.context.focus.get("contact")
    if slot is None or not known or not slot.is_missing(frame.slots):
        return
    if frame.tool in {"schedule_follow_up", "create_invoice", "create_estimate", "add_contact_interaction"}:
        frame.slots = {slot.name: known, **frame.slots}


def hangs_on_made(frame: Frame, failed: Frame, context: Context) -> bool:
    """Whether ``frame`` speaks of what ``failed`` would have made: "… and remind me an hour before"."""
    if failed.tool not in CREATES and failed.tool != "reschedule_job":
        return False
    reading = Reading(frame.text, context)
    if re.search(
        r"\b(?:before(?:hand)?|in advance|that (?:day|morning)|the (?:day|night) before|there)\b",
        reading.lower,
    ):
        return True
    if failed.tool == "reschedule_job":
        return False
    kind = CREATES[failed.tool]
    things = reading.pronouns - PEOPLE
    return bool(things) or f"the {kind}" in reading.lower


def points_back(frame: Frame, context: Context) -> bool:
    """Whether a part needs an earlier one to be understood."""
    return bool(Reading(frame.text, context).pronouns)
