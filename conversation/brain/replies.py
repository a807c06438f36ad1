"""What the brain says by itself: small talk, questions, excuses. Short, honest, never a word about tools or databases.

Pure. The wording varies with the number of the turn and with nothing else, so that a conversation can be replayed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Final

from conversation.brain.frames import FRAMES, Slot
from conversation.brain.phrases import Talk

_TALK: Final[dict[Talk, tuple[str, ...]]] = {
    Talk.GREETING: ("Hello! What can I do for you?", "Hi there. What do you need?", "Hello. How can I help?"),
    Talk.THANKS: ("You're welcome.", "Any time.", "Happy to help."),
    Talk.GOODBYE: ("Goodbye.", "Talk to you later.", "Bye for now."),
    Talk.HOW_ARE_YOU: ("All good here. What do you need?", "Doing fine, thanks. What can I do for you?"),
    Talk.WHO_ARE_YOU: ("I'm your voice assistant for the business. I'm a program, not a person.",),
    Talk.HEARING: ("Yes, I can hear you.", "I'm here, and I can hear you."),
    Talk.PRAISE: ("Good. Anything else?", "Great. Anything else?"),
    Talk.SORRY: ("No problem.", "Don't worry about it."),
    Talk.WAIT: ("Take your time.", "Sure, I'm here."),
    Talk.UNKNOWN: ("That's fine. Anything else?",),
    Talk.RESUME: ("There is nothing open right now. What can I do for you?",),
    Talk.CANCEL: ("Okay, never mind.", "All right, forgotten."),
}
_NOT_HEARD: Final = ("Sorry, I didn't catch that.", "Sorry, could you say that again?")
_OUT_OF_SCOPE: Final = (
    "I can't help with that. I look after your jobs, estimates, invoices and customers.",
    "That's outside what I can do. Ask me about your jobs, invoices, estimates or contacts.",
    "I don't know about that one. I can help with jobs, projects, invoices and reminders.",
)
_UNSURE: Final = (
    "I'm not sure what you'd like me to do. Could you put it another way?",
    "Sorry, I didn't understand that. Could you say it differently?",
)
_WONT: Final = ("Okay, I won't.", "All right, I'll leave it.")
_NOTHING_OPEN_YES: Final = ("Okay. What can I do for you?", "Sure. What do you need?")
_NOTHING_OPEN_NO: Final = ("Okay. I'm here if you need anything.", "All right.")
_REASK: Final = ("Sorry, I didn't get that. {question}", "Sorry, once more. {question}")
_GIVE_UP: Final = "Let's leave that for now. You can tell me all of it in one sentence."
MISSED: Final = "I didn't get the last part."
YES_OR_NO: Final = "Sorry, yes or no?"
PARKED: Final = "I'll keep that for when you've parked."

_CANNOT_UNDO: Final = {
    "create_invoice": "That invoice is already out, and I can't take it back from here.",
    "send_invoice_reminder": "That reminder has already gone out. I can't take it back.",
    "convert_estimate_to_invoice": "That estimate is an invoice now. I can't turn it back from here.",
    "set_reminder": "That reminder is set, and I can't delete it from here.",
    "schedule_follow_up": "That follow-up is set, and I can't delete it from here.",
    "add_contact_interaction": "That note is saved, and I can't delete it from here.",
    "update_job_status": "I can't undo that by itself. Which status should the job have?",
    "update_estimate_status": "I can't undo that by itself. Which status should the estimate have?",
    "update_project_progress": "I don't know what it was before. What percentage should it be at?",
}
_ABILITIES: Final = (
    (("create_job", "reschedule_job", "get_today_jobs"), "book and move jobs and tell you your day"),
    (("create_invoice", "get_pending_invoices", "get_invoice_status"), "write invoices and say who owes you"),
    (("create_estimate", "update_estimate_status"), "handle estimates"),
    (("get_contact_info", "search_contacts"), "look up customers"),
    (("set_reminder", "schedule_follow_up"), "remind you of things"),
    (("get_project_status", "get_active_projects"), "follow your projects"),
    (("get_weather_info",), "tell you the weather"),
)


def is_lost(text: str) -> bool:
    """Whether it says that a request was not understood, or is none of our business."""
    return text.strip() in {*_UNSURE, *_OUT_OF_SCOPE}


def varied(options: Sequence[str], turn: int) -> str:
    """One of ``options``, by the number of the turn."""
    return options[turn % len(options)]


def small_talk(talk: Talk, turn: int, offered: Set[str]) -> str:
    """The answer to an utterance that asks for nothing."""
    if talk == Talk.HELP:
        return abilities(offered)
    return varied(_TALK.get(talk, _UNSURE), turn)


def abilities(offered: Set[str]) -> str:
    """What can be asked, out of the tools that there are; at most three things."""
    able = [words for tools, words in _ABILITIES if set(tools) & offered][:3]
    if not able:
        return "I can talk with you, but nothing of your business is connected right now."
    listed = able[0] if len(able) == 1 else f"{', '.join(able[:-1])}, and {able[-1]}"
    return f"I can {listed}. Just say it in your own words."


def not_heard(turn: int) -> str:
    """Nothing to work with was heard."""
    return varied(_NOT_HEARD, turn)


def out_of_scope(turn: int) -> str:
    """A request that is none of the business."""
    return varied(_OUT_OF_SCOPE, turn)


def unsure(turn: int) -> str:
    """Something that could be a request but was not understood."""
    return varied(_UNSURE, turn)


def wont(turn: int) -> str:
    """The user did not confirm."""
    return varied(_WONT, turn)


def stray_yes(turn: int) -> str:
    """A yes to no question."""
    return varied(_NOTHING_OPEN_YES, turn)


def stray_no(turn: int) -> str:
    """A no to no question."""
    return varied(_NOTHING_OPEN_NO, turn)


def reask(slot: Slot, tries: int) -> str:
    """The same question after an answer that did not fit."""
    return varied(_REASK, tries).format(question=slot.question)


def give_up() -> str:
    """After two answers that did not fit."""
    return _GIVE_UP


def do_you_want(phrase: str) -> str:
    """A request that was not understood for sure, named before anything is done."""
    return f"I'm not sure I got that. Do you want me to {phrase}?"


def question_of(said: str) -> str:
    """The question at the end of what was said; "" without one."""
    return re.split(r"(?<=[.!?])\s+", said.strip())[-1] if said.strip().endswith("?") else ""


def say_again() -> str:
    """It was not what the user had said."""
    return "Okay, I won't. Please tell me again."


def is_that_right(phrase: str) -> str:
    """A request that may have been misheard, named before it is done."""
    return f"{phrase[:1].upper()}{phrase[1:]}. Is that right?"


def shall_i_still(phrase: str) -> str:
    """What is left of a compound request of which a part was not done."""
    return f"Shall I still {phrase}?"


def shall_i_also(phrase: str) -> str:
    """Something that may have been meant beside what was done."""
    return f"Shall I also {phrase}?"


def shall_i(phrase: str) -> str:
    """A question before something that may have been meant."""
    return f"Shall I {phrase}?"


def left_out(tool: str) -> str:
    """A part that could not be done because what it depends on was not."""
    return f"So I left out {FRAMES[tool].doing or 'the rest'}."


def choose_from(candidates: Sequence[str]) -> str:
    """A choice between candidates, at most three of them: "Which one: A, B or C?"."""
    few = list(candidates[:3])
    if len(few) < 2:
        return f"Do you mean {few[0]}?" if few else "Which one do you mean?"
    return f"Which one do you mean: {', '.join(few[:-1])} or {few[-1]}?"


def back_to(tool: str) -> str:
    """Leads back to a request that was set aside."""
    doing = FRAMES[tool].doing or "your question"
    return f"Back to {doing}."


def cannot_undo(tool: str) -> str:
    """Something that was done and that no tool takes back."""
    return _CANNOT_UNDO.get(tool, "That's done already, and I can't take it back from here.")


def booked_already() -> str:
    """A job that would have to be cancelled and booked anew."""
    return "That job is already booked, and I can't change that part. Shall I cancel it and book it again?"


def cannot_change() -> str:
    """Something that was done and cannot be altered by voice."""
    return "That one is already done, and I can't change it from here. Shall I make a new one?"


def no_tool() -> str:
    """Understood, but not among what may be done here."""
    return "I understood that, but I can't do it here."
