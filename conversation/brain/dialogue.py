"""What an utterance leads to: an answer to what was asked, something taken back, a request or several.

All memory is in DialogueState; the clock, the ranking and the tools on offer are arguments. It runs no tool and
makes no SDK object.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from conversation.brain import replies
from conversation.brain.answering import answer, aside, extras, lacking, names_nobody, pick
from conversation.brain.answers import Answer, classify_answer
from conversation.brain.choice import UNDERSTOOD, Settled
from conversation.brain.compound import understand
from conversation.brain.declines import declined
from conversation.brain.describe import describe
from conversation.brain.frames import FRAMES, REFERENCES, Kind, Slot
from conversation.brain.many import for_each, listed, says_all
from conversation.brain.missed import misses_tail
from conversation.brain.people import from_focus
from conversation.brain.phrases import (
    REQUEST_START,
    Talk,
    takes_back,
    talk,
    without_correction,
    without_no,
    without_yes,
)
from conversation.brain.plan import Plan, Step
from conversation.brain.reading import Reading
from conversation.brain.reconsidering import SHORT, Reconsidering, drops_all
from conversation.brain.references import about_listed, meant_before
from conversation.brain.second_thoughts import last_said
from conversation.brain.state import DialogueState, Frame
from conversation.brain.taking_back import (
    changes,
    put_right,
    restoring,
    undoing,
)
from conversation.providers import Understanding

__all__ = ["Dialogue", "Step"]

MAX_TRIES: Final = 2
NEW_REQUEST: Final = 0.6
_NO_ANSWERS: Final = frozenset({Talk.PRAISE, Talk.THANKS})
"""To a question that wants a yes or no: kind, and neither."""
_ASIDES: Final = frozenset({Talk.WAIT, Talk.HEARING, Talk.HELP, Talk.SORRY})
"""After which the question still stands."""


class Dialogue(Reconsidering):
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
        super().__init__(state, clock, timezone)
        self.understanding = understanding

    def as_before(self, state: DialogueState) -> Dialogue:
        """Another one with this ``state``, to see what it would do; it changes nothing here."""
        other = Dialogue(state, self.understanding, self._clock, self._timezone)
        other.is_driving = self.is_driving
        return other

    # --- user turns -------------------------------------------------------------------------------------

    async def user_turn(self, text: str, offered: Set[str]) -> Step:
        """Answer an utterance. Raises EngineUnavailable when nothing can rank it."""
        state = self.state
        state.turn += 1
        state.missed = False
        self._answers = 0
        offer, state.offer = state.offer, []
        text, kind = last_said(text, self.context()), talk(text)
        if not any(char.isalnum() for char in text):
            state.offer = offer
            return Step(replies.not_heard(state.turn))
        if kind == Talk.REPEAT and state.said:
            state.offer = offer
            return Step(state.said)
        step = await self._open_business(text, kind, offer, offered)
        waiting = list(state.queue)
        if step is None:
            self._set_aside()
            step = self._corrected(text, kind, offered) or self._elliptic(text, kind, offered)
        if step is None and kind is not None:
            unclear = kind in _NO_ANSWERS
            step = (self._put_again(offer, waiting) if unclear else None) or self._small_talk(kind, offered)
            state.offer = state.offer or (offer if kind in _ASIDES else [])
        return step or await self._request(text, offered, lambda: self._put_again(offer, waiting))

    async def _open_business(
        self, text: str, kind: Talk | None, offer: list[Frame], offered: Set[str]
    ) -> Step | None:
        """What the utterance does to a question or an offer that stands open; None when it is about something else."""
        state = self.state
        if state.frame is not None:
            return await self._answered(state.frame, text, kind, offered)
        if state.last is not None and state.last.outcome == "unconfirmed":
            return self._reconsidered(state.last, text, kind)
        if not offer:
            return None
        said = classify_answer(text)
        if said == Answer.YES:
            return self.follow(Plan(frames=offer))
        if said == Answer.NO or kind == Talk.CANCEL:
            again = offer[0].misheard and kind != Talk.CANCEL
            if again:
                state.queue = []  # he is asked to say it all again
            return self._given_up(text, replies.say_again() if again else replies.stray_no(state.turn))
        agreed = without_yes(text)
        change = put_right if offer[0].misheard else changes
        other = agreed or (text if offer[0].misheard else "")
        changed = change(offer[0], other, self.context()) if other and len(offer) == 1 else None
        changed = changed or lacking(offer[0], Reading(text, self.context()))
        if changed:
            offer[0].slots.update(changed)
            return self.follow(Plan(frames=offer))
        return None

    def _set_aside(self) -> None:
        """Another request has come before what waits: what stands alone is asked about after it, the rest dropped."""
        kept: list[Frame] = []
        for frame in self.state.queue:
            pointing = frame.part and bool(Reading(frame.text, self.context()).pronouns)
            if not pointing and not frame.resumed and FRAMES[frame.tool].changes:
                frame.ask_first = True
                kept.append(frame)
        self.state.queue = kept

    def _small_talk(self, kind: Talk, offered: Set[str]) -> Step:
        if kind == Talk.RESUME and self.state.suspended:
            return self._resume()
        if kind in {Talk.CANCEL, Talk.GOODBYE}:
            self.state.queue = []
        return Step(replies.small_talk(kind, self.state.turn, offered), passing=True)

    def _put_again(self, offer: list[Frame], waiting: list[Frame]) -> Step | None:
        """The question that wants a yes or no, once more after what was neither; None when none stands open.

        What was heard may have been the yes. What only was suggested wants no answer.
        """
        state, last = self.state, self.state.last
        if last is not None and last.outcome == "unconfirmed" and state.turn - last.turn == 1:
            if last.tries >= MAX_TRIES:
                return None
            state.queue = waiting
            again = last.again()
            again.tries = last.tries + 1
            step = self._advance(again)  # its tool reads it back again
            return Step(f"{replies.YES_OR_NO} {step.text}".strip(), step.call)
        frame = next((each for each in offer if not each.suggested), None)
        if frame is None or frame.tries >= MAX_TRIES:
            return None
        state.queue = waiting
        frame.tries += 1
        state.offer = offer
        phrase = describe(frame, self.context())
        question = replies.is_that_right(phrase) if frame.misheard else replies.shall_i(phrase)
        return Step(
            f"{replies.YES_OR_NO} {question if len(offer) == 1 else replies.question_of(state.said)}".strip()
        )

    async def _request(
        self, text: str, offered: Set[str], otherwise: Callable[[], Step | None] = lambda: None
    ) -> Step:
        """A new request, or several; or something that is none: then what ``otherwise`` says, if anything."""
        state = self.state
        said = classify_answer(text)
        if said == Answer.YES:
            return Step(replies.stray_yes(state.turn))
        if said == Answer.NO:
            return Step(replies.stray_no(state.turn))
        plain = without_correction(text)
        if refusal := declined(plain, offered):
            return Step(refusal)
        settled = await understand(plain, self.understanding, offered, self.context)
        frames = [item.frame for item in settled if item.frame is not None]
        if not frames:
            short = len(plain.split()) <= SHORT
            return (otherwise() if short else None) or Step(self._not_understood(settled[0]))
        last, state.options = state.last, []
        if plain != text and last is not None and last.tool == frames[0].tool:
            frames = restoring(last, frames, state)
        frames[0] = about_listed(meant_before(frames[0], last), self.context())
        if not settled[0].sure:
            return self.follow(Plan(replies.do_you_want(describe(frames[0], self.context())), offer=frames))
        state.missed = await misses_tail(frames[-1], self.understanding, self.context())
        for item, frame in zip(settled[1:], frames[1:], strict=False):
            frame.ask_first = frame.ask_first or not item.sure
        state.queue = [*frames[1:], *state.queue]
        return self._start(frames[0])

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
        refuses = not frame.candidates and classify_answer(text) == Answer.NO
        if kind in {Talk.CANCEL, Talk.GOODBYE, Talk.UNKNOWN} or refuses or undoing(text) or drops_all(text):
            state.frame = None
            return self._given_up(text, replies.small_talk(Talk.CANCEL, state.turn, offered), frame)
        if kind is not None and kind in {Talk.WAIT, Talk.HELP, Talk.HEARING, Talk.SORRY, Talk.GREETING}:
            reply = replies.small_talk(kind, state.turn, offered)
            return Step(reply if kind == Talk.WAIT else f"{reply} {slot.question}")
        reading = Reading(text, self.context())
        if slot.kind != Kind.TEXT and not frame.candidates and (refusal := declined(text, offered)):
            return Step(f"{refusal} {slot.question}")
        if several := self._several(frame, slot, reading):
            return several
        if changed := self._changed_meanwhile(frame, slot, reading, text):
            return changed
        if slot.kind in REFERENCES and (kind in _NO_ANSWERS or names_nobody(without_no(text))):
            return self._ask_again(frame, slot, text)
        if instead := aside(frame, slot, reading):
            frame.slots.update(instead)
            return Step(slot.question)
        value = self._value(frame, slot, reading)
        if value is None or self._may_be_request(slot, reading):
            other = await self._other_request(frame, text, offered, fits=value is not None)
            if other is not None:
                return other
        if value is None:
            return self._ask_again(frame, slot, text)
        state.frame = None
        filled = {slot.name: value, **extras(frame, slot, reading)}
        frame.slots.update(filled)
        frame.candidates, frame.asking, frame.tries = [], None, 0
        return self._advance(frame)

    def _several(self, frame: Frame, slot: Slot, reading: Reading) -> Step | None:
        """Take "both" in answer to "which one?"."""
        ids = listed(self.context(), slot.kind.value)
        if slot.kind not in REFERENCES or not says_all(reading.text) or not ids:
            return None
        self.state.frame = None
        frame.candidates, frame.asking, frame.tries = [], None, 0
        return self.follow(for_each(frame, slot, ids, self.context()))

    def _changed_meanwhile(self, frame: Frame, slot: Slot, reading: Reading, text: str) -> Step | None:
        """Another value for something else than was asked for: "no, make it Friday" to "Who is it for?"."""
        if not takes_back(text) or slot.kind == Kind.TEXT:
            return None
        changed = changes(frame, text, self.context())
        if not changed or slot.name in changed:
            return None
        frame.slots.update(changed)
        return Step(slot.question if not frame.candidates else replies.choose_from(frame.candidates))

    def _value(self, frame: Frame, slot: Slot, reading: Reading) -> str | None:
        said = classify_answer(reading.text)
        if slot.kind in REFERENCES and said != Answer.OTHER:
            # A yes or no names nobody; it can only agree to the one that was named.
            return frame.candidates[0] if said == Answer.YES and len(frame.candidates) == 1 else None
        if frame.candidates and slot.kind in {*REFERENCES, Kind.PLACE}:
            chosen = pick(frame.candidates, reading)
            if chosen is not None:
                ids = listed(self.context(), slot.kind.value)
                index = frame.candidates.index(chosen)
                self.state.chosen = chosen
                if len(ids) != len(frame.candidates):
                    return chosen
                self.state.remember({slot.kind.value: ids[index], f"{slot.kind.value}_label": chosen})
                return ids[index]
        plain = without_correction(reading.text)
        return answer(slot, reading if plain == reading.text else Reading(plain, self.context()))

    def _may_be_request(self, slot: Slot, reading: Reading) -> bool:
        """Names and free text fit anything; a request in their place is recognised by how it starts."""
        if slot.kind in {Kind.WHEN, Kind.AMOUNT, Kind.PERCENT}:
            return len(reading.words) > SHORT and bool(REQUEST_START.match(reading.text))
        return len(reading.words) > 1 and bool(REQUEST_START.match(reading.text))

    async def _other_request(self, frame: Frame, text: str, offered: Set[str], *, fits: bool) -> Step | None:
        """Another request in place of an answer: the open one waits; or the same one said in full."""
        focus = dict(self.state.focus)
        almost = self._almost_named(frame, text)
        settled = await understand(text, self.understanding, offered, self.context)
        frames = [item.frame for item in settled if item.frame is not None]
        enough = NEW_REQUEST if fits else UNDERSTOOD
        if not frames or settled[0].score < enough or not (settled[0].sure or fits):
            self.state.focus = focus
            return None
        self.state.frame = None
        if frames[0].tool == frame.tool and len(frames) == 1:
            frame.slots.update(frames[0].slots)
            return self._advance(frame)
        if almost and FRAMES[frames[0].tool].changes and not FRAMES[frames[0].tool].asks:
            return self.follow(Plan(replies.do_you_want(describe(frames[0], self.context())), offer=frames))
        frame.tries = 0
        waiting: list[Frame] = []
        if FRAMES[frame.tool].changes and not frame.resumed:
            frame.resumed = True
            waiting = [frame]
        self.state.queue = [*frames[1:], *waiting, *self.state.queue]
        return self._start(frames[0])

    def _almost_named(self, frame: Frame, text: str) -> bool:
        """Whether "her" means whom it was asked about by name ("Did you mean Megan Walsh?"), who is spoken of now."""
        slot, state = FRAMES[frame.tool].slot(frame.asking or ""), self.state
        ids = listed(self.context(), "contact")
        one = slot is not None and slot.kind is Kind.CONTACT and len(frame.candidates) == len(ids) == 1
        if not one or not from_focus(Reading(text, self.context())):
            return False
        state.remember({"contact": ids[0], "contact_label": frame.candidates[0]})
        return True

    def _ask_again(self, frame: Frame, slot: Slot, text: str) -> Step:
        frame.tries += 1
        if frame.tries >= MAX_TRIES:
            self.state.frame = None
            return self._given_up(text, replies.give_up(), frame)
        if frame.candidates:
            return Step(replies.choose_from(frame.candidates))
        return Step(replies.reask(slot, frame.tries))
