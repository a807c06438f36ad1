"""Takes back what was said or done: "no, Thursday", "I meant the other Sarah", "actually cancel that".

Pure. What was done is changed only by a further call that a tool allows, and only to what was said; where no tool can,
the plan says so.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import replace
from typing import Final

from conversation.brain import replies
from conversation.brain.answering import answer, correction_values
from conversation.brain.answers import Answer, classify_answer
from conversation.brain.describe import describe
from conversation.brain.frames import FRAMES, REFERENCES, Kind, Slot
from conversation.brain.phrases import (
    CORRECTION,
    NOT_THAT,
    REQUEST_START,
    corrects,
    means_another,
    talk,
)
from conversation.brain.plan import Plan
from conversation.brain.reading import Context, Reading, clean
from conversation.brain.results import Outcome
from conversation.brain.state import DialogueState, Frame

_SHORT: Final = 4
# What can be set again to another value by the same tool.
_REPEATABLE: Final = frozenset(
    {"reschedule_job", "update_job_status", "update_project_progress", "update_estimate_status"}
)
_SET_AGAIN: Final = {
    "update_job_status": "new_status", "update_estimate_status": "status",
    "update_project_progress": "progress_percentage",
}  # fmt: skip
_UNDO: Final = re.compile(
    r"^(?:(?:no|oh|actually|wait|okay|ok|hey|hmm|um|uh|sorry|please|and|but|can you|could you|oops)[\s,.]+)*"
    r"(?:(?:undo|cancel|revert|scratch|scrap|delete|remove|reverse)(?: (?:it|that|this|the last one|that one|"
    r"the last thing))?|take (?:it|that) back|(?:put|move|change|set) (?:it|that) back(?: again)?|"
    r"go back|don't do (?:it|that)|i (?:don't|didn't) want (?:it|that)|i changed my mind)"
    r"(?:[\s,]+(?:please|again|then|after all|actually|now))*[\s.!]*$",
    re.IGNORECASE,
)
_ALL_OF_IT: Final = re.compile(
    r"\b(?:all of (?:it|them|that)|the whole thing|everything|the rest|both|the lot)\b", re.IGNORECASE
)
_MADE_FOR: Final = re.compile(
    r"^(?:(?:and|please|oh|ok|okay)[\s,]+)*(?:make|change|switch) (?:it|that|this) (?:for|to|with)\b", re.I
)
_OTHER: Final = re.compile(
    r"\b(?:the|that) other (?:one|guy|lady|person|customer|contact|job|invoice|estimate|project|([A-Za-z][\w'-]*))\b"
    r"|\bnot (?:that|this) (?:one|([A-Za-z][\w'-]*))[.!]?$|\b(?:a|another) different ([A-Za-z][\w'-]*)\b",
    re.IGNORECASE,
)


def undoing(text: str) -> bool:
    """Whether the whole utterance takes back what was just done: "actually cancel that", "undo it"."""
    return bool(_UNDO.match(text.strip()))


def gives_up_all(text: str) -> bool:
    """Whether more than the one thing asked about is given up: "forget all of it"."""
    return bool(_ALL_OF_IT.search(text))


def way_back(frame: Frame, outcome: Outcome) -> Frame | None:
    """The call that would take ``frame`` back after its ``outcome``; None when no tool can."""
    job, estimate = outcome.focus.get("job"), outcome.focus.get("estimate")
    if frame.tool == "create_job" and job:
        return Frame("update_job_status", {"job": job, "new_status": "cancelled"})
    before = outcome.data.get("previous_start")
    if frame.tool == "reschedule_job" and job and isinstance(before, str):
        return Frame(
            "reschedule_job", {"job": job, "new_date": before}, label=outcome.focus.get("job_label", "")
        )
    if frame.tool == "create_estimate" and estimate:
        return Frame("update_estimate_status", {"estimate": estimate, "status": "cancelled"})
    return None


def undone(state: DialogueState, text: str, context: Context, offered: Set[str]) -> Plan | None:
    """What "cancel that" means after a write; None when the last thing was none."""
    last, back = state.last, state.undo
    if last is None or last.outcome != "done":
        return None
    if not FRAMES[last.tool].changes:
        job = context.focus.get("job")
        if re.search(r"\bcancel (?:it|that|this)", text, re.IGNORECASE) and job and context.topic == "job":
            # The tool reads back what would be cancelled and waits for a yes.
            return Plan(frames=[Frame("update_job_status", {"job": job, "new_status": "cancelled"}, text)])
        return None
    asked = FRAMES[last.tool].slot(_SET_AGAIN.get(last.tool, ""))
    if asked is not None:
        again = _same_thing(last.again(), state)
        again.slots.pop(asked.name, None)
        return Plan(replies.cannot_undo(last.tool), ask=(again, asked.name))
    if back is None or back.tool not in offered:
        return Plan(replies.cannot_undo(last.tool))
    if back.tool == "reschedule_job":
        return Plan(f"I can {describe(back, context)} again. Shall I?", offer=[back])
    if undoing(text):
        return Plan(frames=[back])
    return Plan(f"That's done already. Shall I {describe(back, context)}?", offer=[back])


def other_value(
    state: DialogueState, last: Frame, text: str, context: Context
) -> tuple[Slot, str | None, str] | None:
    """For "the other Sarah": the parameter, the value if it is clear, and otherwise the question."""
    match = _OTHER.search(text)
    if match is None:
        return None
    name = next((group for group in match.groups() if group), "")
    slot = next((s for s in FRAMES[last.tool].slots if s.kind in REFERENCES and last.slots.get(s.name)), None)
    if slot is None:
        return None
    others = [
        (label, value)
        for label, value in state.options
        if state.chosen not in {label, value} and name.lower() in label.lower()
    ]
    if len(others) == 1:
        return slot, others[0][1] or others[0][0], ""
    if others:
        return slot, None, replies.choose_from([label for label, _ in others])
    whom = name[:1].upper() + name[1:] if name else ""
    if slot.kind == Kind.CONTACT or name:
        return slot, None, f"Which {whom} do you mean?" if whom else "Who do you mean?"
    return slot, None, f"Which {slot.kind.value} do you mean?"


def changes(last: Frame, text: str, context: Context) -> dict[str, str] | None:
    """New values for the parameters of ``last``; None when the utterance gives none or is a request of its own."""
    if undoing(text):
        return None
    rest = NOT_THAT.sub("", CORRECTION.sub("", text.strip(" .!?"), count=1))
    reading = Reading(rest, context)
    if REQUEST_START.match(clean(rest)) and len(reading.words) > 1:
        return None
    if not corrects(text) and (len(reading.words) > _SHORT or REQUEST_START.match(clean(text))):
        return None
    changed = correction_values(last, reading)
    if changed and not _names_another(last, reading, changed):
        return changed
    slots = FRAMES[last.tool].slots
    slot = next((s for s in slots if s.kind in REFERENCES and s.name in last.slots), None)
    slot = slot or next((s for s in slots if s.kind in REFERENCES and s.required), None)
    slot = slot or next((s for s in slots if s.kind == Kind.PLACE), None)
    if slot is None or not reading.words or len(reading.words) > _SHORT + 2:
        return changed or None
    if not means_another(text) and not _MADE_FOR.match(text.strip()):
        return changed or None
    value = answer(slot, reading)
    if not value or talk(rest) or classify_answer(rest) != Answer.OTHER:
        return changed or None
    return {**changed, slot.name: value}


def _names_another(last: Frame, reading: Reading, changed: dict[str, str]) -> bool:
    """Whether a date or status in the words only tells which thing is meant: "the Friday job"."""
    return bool(re.search(r"\bthe \w+ (?:job|appointment|visit)\b", reading.lower)) and "job" in last.slots


def changed_after(state: DialogueState, last: Frame, changed: dict[str, str], offered: Set[str]) -> Plan:
    """The plan that changes ``last``, done or not, to other values."""
    tool = FRAMES[last.tool]
    again = last.again()
    again.slots.update(changed)
    if last.outcome != "done" or not tool.changes:
        return Plan(frames=[again])
    reference = any(slot.name in changed for slot in tool.slots if slot.kind in REFERENCES)
    if last.tool in _REPEATABLE:
        if not reference:
            return Plan(frames=[_same_thing(again, state)])
        return _another_thing(state, again)
    when = tool.of_kind(Kind.WHEN)
    job = state.focus.get("job")
    if last.tool == "create_job" and when and set(changed) == {when.name} and "reschedule_job" in offered:
        return Plan(frames=[Frame("reschedule_job", {"job": job or "it", "new_date": changed[when.name]})])
    back = state.undo
    if last.tool == "create_job" and back is not None and back.tool in offered:
        return Plan(replies.booked_already(), offer=[back, again])
    return Plan(replies.cannot_change(), offer=[again])


def _same_thing(again: Frame, state: DialogueState) -> Frame:
    """The thing that was changed last, by its id: what was said of it may no longer fit it."""
    for slot in FRAMES[again.tool].slots:
        known = state.focus.get(slot.kind.value)
        if slot.kind in REFERENCES and slot.required and known:
            again.slots[slot.name] = known
    return again


def _another_thing(state: DialogueState, again: Frame) -> Plan:
    """The same for another thing; the first one is put back where that can be done, after a yes."""
    back = state.undo
    if back is None or back.tool != "reschedule_job":
        return Plan("I can't take back the first one.", frames=[again])
    restore = replace(back, slots=dict(back.slots), ask_first=True)
    return Plan(frames=[again, restore])


def restoring(last: Frame, frames: list[Frame], state: DialogueState) -> list[Frame]:
    """The requests of "no, move the Garcia job to Friday" after ``last``, which was the same request.

    What was not done yet lends what the new one leaves out; a job that was moved is put back after a yes.
    """
    first = frames[0]
    references = {slot.name for slot in FRAMES[last.tool].slots if slot.kind in REFERENCES}
    named = {name for name in references if first.slots.get(name) not in {None, "it", "them"}}
    if last.outcome in {"unconfirmed", "failed"}:
        if not named:
            first.slots = {**last.slots, **{k: v for k, v in first.slots.items() if k not in references}}
        return frames
    back = state.undo
    if last.outcome == "done" and back is not None and back.tool == last.tool == "reschedule_job":
        another = first.slots.get("job") not in {last.slots.get("job"), state.focus.get("job")}
        if another and named:
            return [first, replace(back, slots=dict(back.slots), ask_first=True), *frames[1:]]
    return frames


def moved_in_turn(state: DialogueState, last: Frame, changed: dict[str, str]) -> Frame | None:
    """The move of a job that was booked or moved beside ``last``, when only a date changes and ``last`` has to stay.

    "Actually make it Friday" after a job was moved and a reminder was set: the reminder cannot be changed, the job can.
    """
    when = FRAMES[last.tool].of_kind(Kind.WHEN)
    if last.tool not in {"set_reminder", "schedule_follow_up"} or when is None or set(changed) != {when.name}:
        return None
    for one in reversed(state.done):
        job = one.slots.get("job")
        if one.turn == last.turn and one.tool in {"create_job", "reschedule_job"} and job:
            return Frame("reschedule_job", {"job": job, "new_date": changed[when.name]})
    return None


def put_right(asked: Frame, text: str, context: Context) -> dict[str, str] | None:
    """What "no, a leak repair" changes of a request about which it was asked whether it is what he said.

    None when it changes nothing of it, or is the whole request again.
    """
    plain = CORRECTION.sub("", text, count=1).strip(" ,.")
    if not plain or REQUEST_START.match(plain):
        return None
    if not re.match(r"(?:an?|the)\b", plain, re.IGNORECASE) and (changed := changes(asked, text, context)):
        return changed
    free = next((slot for slot in FRAMES[asked.tool].slots if slot.kind is Kind.TEXT and slot.required), None)
    if free is None or plain == text.strip(" ,.") or len(plain.split()) > _SHORT:
        return None
    value = answer(free, Reading(plain, context))
    return {free.name: value} if value else None
