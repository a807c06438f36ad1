"""The conversation's course: what a user turn or a tool's answer leads to, as text to say and at most one call.

All memory is in DialogueState; the clock, the ranking and the tools on offer are arguments. It runs no tool and
makes no SDK object.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from conversation.brain import replies
from conversation.brain.after_call import spoken_result
from conversation.brain.answering import answer, correction_values, extras, pick
from conversation.brain.answers import Answer, classify_answer
from conversation.brain.choice import UNDERSTOOD, Settled, settle, understand
from conversation.brain.frames import FRAMES, REFERENCES, Kind, Slot
from conversation.brain.phrases import (
    CORRECTION,
    ELLIPSIS,
    NOT_THAT,
    REQUEST_START,
    Talk,
    corrects,
    means_another,
    talk,
)
from conversation.brain.reading import Context, Reading, clean
from conversation.brain.results import Outcome
from conversation.brain.slots import fill
from conversation.brain.state import DialogueState, Frame
from conversation.providers import Understanding

MAX_TRIES: Final = 2
NEW_REQUEST: Final = 0.6
_SHORT: Final = 4
# What can still be changed by another call after it was done, and by which tool.
_CHANGED_BY: Final = {"create_job": "reschedule_job", "reschedule_job": "reschedule_job"}
_REPEATABLE: Final = frozenset({"update_job_status", "update_project_progress", "update_estimate_status"})


@dataclass(slots=True)
class Step:
    """What to do next: say ``text`` and, when there is a ``call``, run it and come back with its result.

    ``passing`` marks small talk that "say that again" does not mean.
    """

    text: str = ""
    call: Frame | None = None
    passing: bool = False


class Dialogue:
    """One conversation's dialogue.

    Args:
        state: Its memory; replaced from outside when a session is restored.
        understanding: Ranks tools for an utterance.
        clock: The present time, aware.
        timezone: Of the business.
    """

    def __init__(
        self,
        state: DialogueState,
        understanding: Understanding,
        clock: Callable[[], datetime],
        timezone: ZoneInfo,
    ) -> None:
        self.state = state
        self.understanding = understanding
        self.is_driving = False
        self._clock = clock
        self._timezone = timezone

    def context(self) -> Context:
        """What the next utterance is read against."""
        return Context(
            self._clock().astimezone(self._timezone), self._timezone, self.state.focus, self.state.topic
        )

    # --- user turns -------------------------------------------------------------------------------------

    async def user_turn(self, text: str, offered: Set[str]) -> Step:
        """Answer an utterance. Raises EngineUnavailable when nothing can rank it."""
        state = self.state
        state.turn += 1
        offer, state.offer = state.offer, None
        kind = talk(text)
        if not any(char.isalnum() for char in text):
            state.offer = offer
            return Step(replies.not_heard(state.turn))
        if kind == Talk.REPEAT and state.said:
            state.offer = offer
            return Step(state.said)
        step = await self._open_business(text, kind, offer, offered)
        if step is None:
            state.queue = []
            step = self._corrected(text, offered) or await self._elliptic(text, kind, offered)
        if step is None and kind is not None:
            step = self._small_talk(kind, offered)
        return step or await self._request(text, offered)

    async def _open_business(
        self, text: str, kind: Talk | None, offer: Frame | None, offered: Set[str]
    ) -> Step | None:
        """What the utterance does to a question or an offer that stands open; None when it is about something else."""
        state = self.state
        if state.frame is not None:
            return await self._answered(state.frame, text, kind, offered)
        if state.last is not None and state.last.outcome == "unconfirmed":
            return self._reconsidered(state.last, text)
        if offer is None:
            return None
        said = classify_answer(text)
        if said == Answer.YES:
            return self._proceed([offer])
        if said == Answer.NO:
            return Step(replies.stray_no(state.turn))
        return None

    def _small_talk(self, kind: Talk, offered: Set[str]) -> Step:
        if kind == Talk.RESUME and self.state.suspended:
            return self._resume()
        return Step(replies.small_talk(kind, self.state.turn, offered), passing=True)

    async def _request(self, text: str, offered: Set[str]) -> Step:
        """A new request, or several; or something that is none."""
        state = self.state
        said = classify_answer(text)
        if said == Answer.YES:
            return Step(replies.stray_yes(state.turn))
        if said == Answer.NO:
            return Step(replies.stray_no(state.turn))
        settled = await understand(text, self.understanding, offered, self.context)
        frames = [item.frame for item in settled if item.frame is not None]
        if not frames:
            return Step(self._not_understood(settled[0]))
        return self._proceed(frames)

    def _not_understood(self, settled: Settled) -> str:
        turn = self.state.turn
        if settled.score >= UNDERSTOOD and settled.out_of_scope < settled.score:
            return replies.no_tool()
        return replies.out_of_scope(turn) if settled.out_of_scope >= UNDERSTOOD else replies.unsure(turn)

    # --- an open question -------------------------------------------------------------------------------

    async def _answered(self, frame: Frame, text: str, kind: Talk | None, offered: Set[str]) -> Step | None:
        """The utterance while something was asked: its answer, its end, or another request."""
        state = self.state
        slot = FRAMES[frame.tool].slot(frame.asking or "")
        if slot is None:
            state.frame = None
            return None
        if kind in {Talk.CANCEL, Talk.GOODBYE, Talk.UNKNOWN} or (
            not frame.candidates and classify_answer(text) == Answer.NO
        ):
            state.frame, state.queue = None, []
            return Step(replies.small_talk(Talk.CANCEL, state.turn, offered))
        if kind is not None and kind in {Talk.WAIT, Talk.HELP, Talk.HEARING, Talk.SORRY, Talk.GREETING}:
            reply = replies.small_talk(kind, state.turn, offered)
            return Step(reply if kind == Talk.WAIT else f"{reply} {slot.question}")
        reading = Reading(text, self.context())
        value = self._value(frame, slot, reading)
        if value is None or self._may_be_request(slot, reading):
            other = await self._other_request(frame, text, offered, fits=value is not None)
            if other is not None:
                return other
        if value is None:
            return self._ask_again(frame, slot)
        state.frame = None
        filled = {slot.name: value, **extras(frame, slot, reading)}
        frame.slots.update(filled)
        frame.candidates, frame.asking, frame.tries = [], None, 0
        return self._advance(frame)

    def _value(self, frame: Frame, slot: Slot, reading: Reading) -> str | None:
        if frame.candidates and slot.kind in {*REFERENCES, Kind.PLACE}:
            chosen = pick(frame.candidates, reading)
            if chosen is not None:
                ids = [
                    entry for entry in self.state.focus.get(f"{slot.kind.value}_list", "").split(",") if entry
                ]
                index = frame.candidates.index(chosen)
                return ids[index] if len(ids) == len(frame.candidates) else chosen
        return answer(slot, reading)

    def _may_be_request(self, slot: Slot, reading: Reading) -> bool:
        """Names and free text fit anything; a request in their place is recognised by how it starts."""
        if slot.kind in {Kind.WHEN, Kind.AMOUNT, Kind.PERCENT}:
            return len(reading.words) > _SHORT and bool(REQUEST_START.match(reading.text))
        return len(reading.words) > 1 and bool(REQUEST_START.match(reading.text))

    async def _other_request(self, frame: Frame, text: str, offered: Set[str], *, fits: bool) -> Step | None:
        """Another request in place of an answer: the open one waits; or the same one said in full."""
        settled = settle(text, await self.understanding.rank(clean(text)), offered, self.context())
        new = settled.frame
        if new is None or settled.score < (NEW_REQUEST if fits else UNDERSTOOD):
            return None
        self.state.frame = None
        if new.tool == frame.tool:
            frame.slots.update(new.slots)
            return self._advance(frame)
        frame.tries = 0
        if FRAMES[frame.tool].changes:
            self.state.suspend(frame)
        return self._proceed([new])

    def _ask_again(self, frame: Frame, slot: Slot) -> Step:
        frame.tries += 1
        if frame.tries >= MAX_TRIES:
            self.state.frame, self.state.queue = None, []
            return Step(replies.give_up())
        if frame.candidates:
            return Step(replies.choose_from(frame.candidates))
        return Step(replies.reask(slot, frame.tries))

    # --- taking back and pointing back ------------------------------------------------------------------

    def _reconsidered(self, last: Frame, text: str) -> Step | None:
        """After a read-back without a yes: another value, or a plain no."""
        said = classify_answer(text)
        if said == Answer.NO:
            self.state.last, self.state.queue = None, []
            return Step(replies.wont(self.state.turn))
        if said == Answer.YES:
            return self._advance(last.again())
        changed = self._changes(last, text)
        if changed is None:
            return None
        again = last.again()
        again.slots.update(changed)
        return self._advance(again)

    def _corrected(self, text: str, offered: Set[str]) -> Step | None:
        """Take back what was done or refused: "no, make it Thursday"."""
        last = self.state.last
        if last is None or not corrects(text):
            return None
        changed = self._changes(last, text)
        if changed is None:
            return None
        tool = FRAMES[last.tool]
        again = last.again()
        again.slots.update(changed)
        if last.outcome != "done" or not tool.changes or last.tool in _REPEATABLE:
            return self._advance(again)
        when = tool.of_kind(Kind.WHEN)
        if (
            last.tool in _CHANGED_BY
            and when
            and set(changed) == {when.name}
            and _CHANGED_BY[last.tool] in offered
        ):
            moved = {"job": self.state.focus.get("job", "it"), "new_date": changed[when.name]}
            return self._advance(Frame(_CHANGED_BY[last.tool], moved, text))
        self.state.offer = again
        return Step(replies.cannot_change())

    def _changes(self, last: Frame, text: str) -> dict[str, str] | None:
        """New values for the parameters of ``last``; None when the utterance gives none or is a request of its own."""
        rest = NOT_THAT.sub("", CORRECTION.sub("", text.strip(" .!?"), count=1))
        reading = Reading(rest, self.context())
        if not corrects(text) and (len(reading.words) > _SHORT or REQUEST_START.match(clean(text))):
            return None
        changed = correction_values(last, reading)
        if changed:
            return changed
        slots = FRAMES[last.tool].slots
        slot = next((s for s in slots if s.kind in REFERENCES and s.required), None)
        slot = slot or next((s for s in slots if s.kind == Kind.PLACE), None)
        if slot is None or not reading.words or len(reading.words) > _SHORT + 2 or not means_another(text):
            return None
        value = answer(slot, reading)
        return (
            {slot.name: value} if value and not talk(rest) and classify_answer(rest) == Answer.OTHER else None
        )

    async def _elliptic(self, text: str, kind: Talk | None, offered: Set[str]) -> Step | None:
        """Ask the last question about something else: "and Jane's?", "what about Friday?"."""
        last, match = self.state.last, ELLIPSIS.match(text.strip())
        if (
            last is None
            or match is None
            or kind is not None
            or last.outcome != "done"
            or FRAMES[last.tool].changes
        ):
            return None
        rest = match.group(1)
        reading = Reading(rest, self.context())
        if REQUEST_START.match(reading.text) or len(reading.words) > _SHORT + 2:
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

    # --- going on ---------------------------------------------------------------------------------------

    def _proceed(self, frames: list[Frame]) -> Step:
        self.state.queue = frames[1:]
        return self._advance(frames[0])

    def _advance(self, frame: Frame) -> Step:
        """Call the request's tool, or ask for what it lacks."""
        missing = FRAMES[frame.tool].missing(frame.slots)
        if not missing:
            return Step(call=frame)
        if self.is_driving and len(missing) > 1:
            self.state.suspend(frame)
            return Step(replies.PARKED)
        return Step(self._ask(frame, missing[0]))

    def _ask(self, frame: Frame, slot: Slot, question: str = "") -> str:
        frame.asking = slot.name
        self.state.frame = frame
        return question or slot.question

    def _resume(self) -> Step:
        frame = self.state.suspended.pop()
        step = self._advance(frame)
        return Step(f"{replies.back_to(frame.tool)} {step.text}".strip(), step.call)

    # --- tool results -----------------------------------------------------------------------------------

    def tool_result(self, outcome: Outcome, offered: Set[str]) -> Step:
        """What to say to the answer of the running call, and what comes next."""
        frame = self.absorb(outcome)
        if frame is None:
            return Step(outcome.summary or replies.unsure(self.state.turn))
        if not outcome.confirmed:
            self.state.queue = []
            return Step(replies.wont(self.state.turn))
        result = spoken_result(frame, outcome, self.state.focus, offered)
        if result.reopen is not None:
            slot = FRAMES[frame.tool].slot(result.reopen)
            again = frame.again()
            again.candidates = list(outcome.candidates)
            if slot is not None:
                again.slots.pop(slot.name, None)
                return Step(self._ask(again, slot, result.text))
        if self.state.queue:
            following = self._advance(self._refreshed(self.state.queue.pop(0)))
            return Step(f"{result.text} {following.text}".strip(), following.call)
        if self.state.suspended and not self.is_driving:
            back = self._resume()
            return Step(f"{result.text} {back.text}".strip(), back.call)
        if result.offer is not None and not self.is_driving:
            self.state.offer = result.offer
            return Step(f"{result.text} {result.question}")
        return Step(result.text)

    def absorb(self, outcome: Outcome) -> Frame | None:
        """Take a result into the memory without saying anything; returns the request that it answers."""
        frame, self.state.running = self.state.running, None
        if outcome.focus:
            self.state.remember(outcome.focus)
        if frame is None:
            return None
        frame.outcome = (
            "done"
            if outcome.ok
            else "unconfirmed"
            if not outcome.confirmed or outcome.read_back
            else "failed"
        )
        self.state.last = frame
        return frame

    def _refreshed(self, frame: Frame) -> Frame:
        """A waiting part of a compound request, read again: "her" and "it" may have got their meaning by now."""
        if frame.text:
            frame.slots.update(fill(frame.tool, Reading(frame.text, self.context())))
        return frame


def _elsewhere(reading: Reading) -> dict[str, str]:
    """What "and in Denver?", "what about Friday?" or "and the Lee job?" changes of a question about the weather."""
    slots = fill("get_weather_info", reading)
    location = FRAMES["get_weather_info"].slot("location")
    if not slots and location is not None and (place := answer(location, reading)):
        slots["location"] = place
    return slots
