"""How a conversation goes on: which request runs next, what is asked, what a tool's answer leads to.

The part of the dialogue that needs no utterance: its memory is DialogueState, its clock an argument. It runs no tool
and makes no SDK object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from conversation.brain import replies
from conversation.brain.after_call import spoken_result
from conversation.brain.carry import after, hangs_on_made, points_back, refreshed
from conversation.brain.describe import describe
from conversation.brain.frames import FRAMES, Kind, Slot
from conversation.brain.many import as_last_time, everyone
from conversation.brain.plan import Plan, Step
from conversation.brain.reading import Context
from conversation.brain.results import Outcome
from conversation.brain.state import MAX_DONE, DialogueState, Frame
from conversation.brain.taking_back import way_back
from tools.spoken.dates import parse_when


class Course:
    """The course of one conversation.

    Args:
        state: Its memory; replaced from outside when a session is restored.
        clock: The present time, aware.
        timezone: Of the business.
    """

    def __init__(self, state: DialogueState, clock: Callable[[], datetime], timezone: ZoneInfo) -> None:
        self.state = state
        self.is_driving = False
        # How many calls of this turn have been answered; a turn with several offers no next step.
        self._answers = 0
        self._clock = clock
        self._timezone = timezone

    def context(self) -> Context:
        """What the next utterance is read against."""
        state = self.state
        anchor = datetime.fromisoformat(state.anchor) if state.anchor else None
        now = self._clock().astimezone(self._timezone)
        return Context(now, self._timezone, state.focus, state.topic, anchor)

    # --- requests ---------------------------------------------------------------------------------------

    def follow(self, plan: Plan) -> Step:
        """Do what a plan says; what waits goes on waiting behind it."""
        state = self.state
        if plan.drops_rest:
            state.queue = []
        if plan.ask is not None:
            frame, name = plan.ask
            slot = FRAMES[frame.tool].slot(name)
            return Step(self._ask(frame, slot, plan.text)) if slot else Step(plan.text)
        if plan.offer:
            state.offer = plan.offer
            return Step(plan.text)
        if not plan.frames:
            return Step(plan.text)
        state.queue = [*plan.frames[1:], *state.queue]
        step = self._advance(plan.frames[0])
        return Step(_joined(plan.text, step.text), step.call)

    def ask_first(self, step: Step, doubted: Sequence[Frame]) -> Step:
        """The same step, but none of the ``doubted`` requests is done before the user has said yes to it."""
        for frame in doubted:
            frame.ask_first = frame is not step.call
        if step.call is None or not any(step.call is frame for frame in doubted):
            return step
        step.call.misheard = True
        self.state.offer = [step.call]
        return Step(replies.is_that_right(describe(step.call, self.context())))

    def _start(self, frame: Frame) -> Step:
        """Begin a request that was just said: for several things, for one, or as it was the last time."""
        context = self.context()
        plan = as_last_time(frame, self.state.done, context) or everyone(frame, context)
        return self.follow(plan) if plan is not None else self._advance(frame)

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
        return Step(_joined(replies.back_to(frame.tool), step.text), step.call)

    def _go_on(
        self,
        said: str,
        before: Frame | None = None,
        told: frozenset[str] = frozenset(),
        *,
        failed: bool = False,
    ) -> Step:
        """Take up what waits, after ``said``.

        What hangs on something that was not made is left out; what only points back to a part that ``failed`` is
        asked about unless its tool asks anyway.
        """
        state = self.state
        while state.queue:
            frame = state.queue.pop(0)
            context = after(before, self.context(), told) if before is not None else self.context()
            was_part, back = frame.part, frame.part and points_back(frame, context)
            if failed and before is not None and was_part and hangs_on_made(frame, before, context):
                said = _joined(said, replies.left_out(frame.tool))
                continue
            frame = refreshed(frame, before, context)
            tool = FRAMES[frame.tool]
            alone = before is not None and not was_part and frame.tool != before.tool
            if frame.ask_first or (failed and (back or alone) and tool.changes and not tool.asks):
                frame.ask_first = False
                state.offer = [frame]
                question = replies.shall_i_still if failed else replies.shall_i_also
                return Step(_joined(said, question(describe(frame, context))))
            lead = replies.back_to(frame.tool) if frame.resumed else ""
            step = self._start(frame) if was_part else self._advance(frame)
            return Step(_joined(said, lead, step.text), step.call)
        return Step(said)

    # --- tool results -----------------------------------------------------------------------------------

    def tool_result(self, outcome: Outcome, offered: Set[str]) -> Step:
        """What to say to the answer of the running call, and what comes next."""
        frame = self.absorb(outcome)
        if frame is None:
            return Step(outcome.summary or replies.unsure(self.state.turn))
        told = frozenset(key for key in outcome.focus if not key.endswith(("_label", "_list")))
        if not outcome.confirmed:
            return self._go_on(replies.wont(self.state.turn), frame, told, failed=True)
        result = spoken_result(frame, outcome, self.state.focus, offered)
        if outcome.read_back:
            return Step(result.text)
        if result.reopen is not None:
            slot = FRAMES[frame.tool].slot(result.reopen)
            again = frame.again()
            again.candidates = list(outcome.candidates)
            if slot is not None:
                self._remember_options(slot, outcome)
                again.slots.pop(slot.name, None)
                return Step(self._ask(again, slot, result.text))
        if self.state.queue:
            return self._go_on(result.text, frame, told, failed=not outcome.ok)
        if self.state.suspended and not self.is_driving:
            back = self._resume()
            return Step(_joined(result.text, back.text), back.call)
        if result.offer is not None and not self.is_driving and self._answers == 1:
            result.offer.suggested = True
            self.state.offer = [result.offer]
            return Step(f"{result.text} {result.question}")
        return Step(result.text)

    def absorb(self, outcome: Outcome) -> Frame | None:
        """Take a result into the memory without saying anything; returns the request that it answers."""
        state = self.state
        frame, state.running = state.running, None
        self._answers += 1
        if outcome.focus:
            state.remember(outcome.focus)
        if frame is None:
            return None
        frame.outcome = (
            "done"
            if outcome.ok
            else "unconfirmed"
            if not outcome.confirmed or outcome.read_back
            else "failed"
        )
        frame.turn = state.turn
        state.last = frame
        if outcome.ok:
            state.anchor = self._anchor(frame, outcome) or state.anchor
            if FRAMES[frame.tool].changes:
                state.undo = way_back(frame, outcome)
                state.done_turn = state.turn
                known = {kind: outcome.focus[kind] for kind in ("contact", "job") if kind in outcome.focus}
                kept = replace(frame.again(), slots={**frame.slots, **known}, outcome="done", turn=state.turn)
                state.done = [*state.done, kept][-MAX_DONE:]
        return frame

    def _remember_options(self, slot: Slot, outcome: Outcome) -> None:
        ids = [entry for entry in self.state.focus.get(f"{slot.kind.value}_list", "").split(",") if entry]
        known = ids if len(ids) == len(outcome.candidates) else [""] * len(outcome.candidates)
        self.state.options = [[label, each] for label, each in zip(outcome.candidates, known, strict=True)]
        self.state.chosen = ""

    def _anchor(self, frame: Frame, outcome: Outcome) -> str:
        """When the job that a result is about starts, as the tool tells it, else as it was said with an hour."""
        job: Any = outcome.data.get("job")
        start: Any = cast("dict[str, Any]", job).get("start") if isinstance(job, dict) else None
        if isinstance(start, str):
            return start
        slot = FRAMES[frame.tool].of_kind(Kind.WHEN)
        if slot is None or frame.tool not in {"create_job", "reschedule_job"}:
            return ""
        context = self.context()
        when = parse_when(frame.slots.get(slot.name, ""), context.now, context.zone)
        if when is None or not when.has_time or not isinstance(when.value, datetime):
            return ""
        return when.value.isoformat()


def _joined(*texts: str) -> str:
    return " ".join(text for text in texts if text)
