"""What is said after a tool's answer, and what may be offered next.

Pure. The tool's own summary is spoken as it is; this adds a question when the refusal needs an answer, and an offer
only when the offered thing can be done.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from conversation.brain import replies
from conversation.brain.frames import FRAMES, REFERENCES
from conversation.brain.results import Outcome
from conversation.brain.state import Frame


@dataclass(frozen=True, slots=True)
class Spoken:
    """``text`` to say, ``reopen`` the parameter to ask for again, ``offer`` with its ``question`` the next step."""

    text: str
    reopen: str | None = None
    offer: Frame | None = None
    question: str = ""


def spoken_result(frame: Frame, outcome: Outcome, focus: Mapping[str, str], offered: Set[str]) -> Spoken:
    """How to say an outcome."""
    if outcome.ok:
        offer, question = _next_step(frame, outcome, focus, offered)
        return Spoken(outcome.summary or "Done.", offer=offer, question=question)
    return _refusal(frame, outcome)


def _refusal(frame: Frame, outcome: Outcome) -> Spoken:
    text = outcome.summary or "That didn't work."
    if outcome.error == "needs_confirmation" and outcome.read_back:
        return Spoken(outcome.read_back)
    if outcome.error == "ambiguous":
        question = text if "?" in text else f"{text} {replies.choose_from(outcome.candidates)}"
        return Spoken(question, reopen=_about(frame, outcome))
    if outcome.error in {"not_found", "validation"}:
        about = _about(frame, outcome)
        slot = FRAMES[frame.tool].slot(about or "")
        if slot is None:
            return Spoken(text)
        return Spoken(text if "?" in text or not slot.question else f"{text} {slot.question}", reopen=about)
    if outcome.error == "invalid_transition" and outcome.allowed:
        allowed = [value.replace("_", " ") for value in outcome.allowed]
        if not any(value in text.lower() for value in allowed):
            choice = allowed[0] if len(allowed) == 1 else f"{', '.join(allowed[:-1])} or {allowed[-1]}"
            return Spoken(f"{text} It can become {choice}.")
    return Spoken(text)


def _about(frame: Frame, outcome: Outcome) -> str | None:
    """Which parameter a refusal is about: the one it names, the kind of thing it lists, else the first reference."""
    tool = FRAMES[frame.tool]
    if outcome.about and tool.slot(outcome.about):
        return outcome.about
    references = [slot for slot in tool.slots if slot.kind in REFERENCES and slot.name in frame.slots]
    listed = [slot for slot in references if f"{slot.kind.value}_list" in outcome.focus]
    chosen = next(iter([*listed, *references]), None)
    if chosen is None and outcome.error == "not_found":
        chosen = next((slot for slot in tool.slots if slot.required and slot.name in frame.slots), None)
    return chosen.name if chosen else None


def _next_step(
    frame: Frame, outcome: Outcome, focus: Mapping[str, str], offered: Set[str]
) -> tuple[Frame | None, str]:
    """The step that usually follows, as a request waiting for a yes; (None, "") when there is none."""
    step: Frame | None = None
    question = ""
    contact = focus.get("contact")
    if "?" in outcome.summary:
        return None, ""
    if frame.tool == "create_job" and not frame.slots.get("scheduled_date") and focus.get("job"):
        step, question = Frame("reschedule_job", {"job": focus["job"]}), "Shall I put it on the calendar?"
    elif frame.tool == "update_job_status" and frame.slots.get("new_status") == "completed" and contact:
        slots = {"contact": contact}
        if job := focus.get("job"):
            slots["job"] = job
            slots["description"] = _capital(focus.get("job_label", ""))
        step, question = Frame("create_invoice", {k: v for k, v in slots.items() if v}), "Shall I bill it?"
    elif (
        frame.tool == "update_estimate_status"
        and frame.slots.get("status") == "approved"
        and focus.get("estimate")
    ):
        step = Frame("convert_estimate_to_invoice", {"estimate": focus["estimate"]})
        question = "Shall I turn it into an invoice?"
    elif frame.tool == "add_contact_interaction" and contact:
        name = focus.get("contact_label", "")
        step = Frame("schedule_follow_up", {"contact": contact, "notes": f"Follow up with {name}".strip()})
        question = "Should I set a follow-up?"
    if step is None or step.tool not in offered:
        return None, ""
    return step, question


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
