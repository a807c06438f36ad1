"""Taking back and pointing back: "no, make it Thursday", "the other Sarah", "actually cancel that", "and Jane's?".

The part of the dialogue that looks at what was done or asked before. It runs no tool and makes no SDK object.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

from conversation.brain import replies
from conversation.brain.answering import answer
from conversation.brain.answers import Answer, classify_answer
from conversation.brain.course import Course
from conversation.brain.describe import describe
from conversation.brain.frames import FRAMES
from conversation.brain.phrases import ELLIPSIS, REQUEST_START, Talk, corrects
from conversation.brain.plan import Plan, Step
from conversation.brain.reading import Reading, clean
from conversation.brain.slots import fill
from conversation.brain.state import Frame
from conversation.brain.taking_back import (
    changed_after,
    changes,
    gives_up_all,
    moved_in_turn,
    other_value,
    undoing,
    undone,
)

SHORT: Final = 4
"""Words of a short answer."""


class Reconsidering(Course):
    """The course of a conversation whose user changes his mind."""

    def _given_up(self, text: str, reply: str, frame: Frame | None = None) -> Step:
        """One request is dropped; what else was asked for in the same breath is asked about before it is done."""
        if gives_up_all(text):
            self.state.queue = []
        for waiting in self.state.queue:
            tool = FRAMES[waiting.tool]
            waiting.ask_first = waiting.ask_first or (tool.changes and not waiting.resumed and not tool.asks)
        return self._go_on(reply, frame, failed=True)

    def _reconsidered(self, last: Frame, text: str, kind: Talk | None) -> Step | None:
        """After a read-back without a yes: another value, or a plain no."""
        said = classify_answer(text)
        if said == Answer.NO or kind == Talk.CANCEL or undoing(text) or drops_all(text):
            last.outcome = "refused"
            return self._given_up(text, replies.wont(self.state.turn), last)
        if said == Answer.YES:
            return self._advance(last.again())
        if (other := self._other_one(last, text)) is not None:
            return other
        changed = changes(last, text, self.context())
        if changed is None:
            return None
        again = last.again()
        again.slots.update(changed)
        return self._advance(again)

    def _other_one(self, last: Frame, text: str) -> Step | None:
        """Take another of those that were meant: "the other Sarah"."""
        found = other_value(self.state, last, text, self.context())
        if found is None and self.state.done and self.state.turn - self.state.done_turn <= 1:
            last = self.state.done[-1]
            found = other_value(self.state, last, text, self.context())
        if found is None:
            return None
        slot, value, question = found
        if value is not None:
            self.state.chosen = value
            return self.follow(changed_after(self.state, last, {slot.name: value}, frozenset(FRAMES)))
        again = last.again()
        again.slots.pop(slot.name, None)
        again.candidates = [
            label for label, each in self.state.options if self.state.chosen not in {label, each}
        ]
        return self.follow(Plan(question, ask=(again, slot.name)))

    def _corrected(self, text: str, kind: Talk | None, offered: Set[str]) -> Step | None:
        """Take back what was done or refused: "no, make it Thursday", "actually cancel that"."""
        state, last = self.state, self.state.last
        if last is None:
            return None
        just_now = state.turn - state.done_turn <= 1
        if undoing(text) or (kind == Talk.CANCEL and just_now):
            plan = undone(state, text, self.context(), offered)
            return self.follow(plan) if plan is not None else None
        if not corrects(text):
            return None
        if (last.outcome != "done" or not FRAMES[last.tool].changes or just_now) and (
            other := self._other_one(last, text)
        ):
            return other
        changed = changes(last, text, self.context())
        if changed is None:
            return None
        if just_now and (earlier := moved_in_turn(state, last, changed)):
            return self.follow(Plan(replies.shall_i(describe(earlier, self.context())), offer=[earlier]))
        return self.follow(changed_after(state, last, changed, offered))

    def _elliptic(self, text: str, kind: Talk | None, offered: Set[str]) -> Step | None:
        """Ask the last question about something else: "and Jane's?", "what about Friday?"."""
        last, match = self.state.last, ELLIPSIS.match(text.strip())
        if last is None or match is None or kind is not None or last.outcome != "done":
            return None
        if FRAMES[last.tool].changes:
            return None
        reading = Reading(match.group(1), self.context())
        if REQUEST_START.match(reading.text) or len(reading.words) > SHORT + 2:
            return None
        if last.tool in {"get_today_jobs", "get_upcoming_jobs"} and "get_upcoming_jobs" in offered:
            slots = fill("get_upcoming_jobs", reading)
            return self._advance(Frame("get_upcoming_jobs", slots, text)) if slots else None
        if last.tool == "get_weather_info":
            return self._advance(Frame(last.tool, {**last.slots, **_elsewhere(reading)}, text))
        slot = next((s for s in FRAMES[last.tool].slots if s.required), None)
        value = answer(slot, reading) if slot else None
        if slot is None or value is None:
            return None
        return self._advance(Frame(last.tool, {slot.name: value}, text))


def drops_all(text: str) -> bool:
    """Whether everything is given up: "forget all of it", "drop the whole thing"."""
    return gives_up_all(text) and bool(
        re.match(r"^(?:no|forget|drop|cancel|scrap|stop|leave)\b", clean(text), re.I)
    )


def _elsewhere(reading: Reading) -> dict[str, str]:
    """What "and in Denver?", "what about Friday?" or "and the Lee job?" changes of a question about the weather."""
    slots = fill("get_weather_info", reading)
    location = FRAMES["get_weather_info"].slot("location")
    if not slots and location is not None and (place := answer(location, reading)):
        slots["location"] = place
    return slots
