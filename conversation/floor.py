"""Who has the floor: does what the turn machine decides about the assistant's answers.

Begins, prepares, pauses, resumes, stops, takes back and gives back answers; one at a time. It makes no timing decision
(the turn machine does) and no answer (the answerer does).
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from conversation.answer import Answer
from conversation.answering import Answerer
from conversation.events import ServerEvent
from conversation.fillers import Fillers
from conversation.latency import TurnTrace
from conversation.listener import Listener
from conversation.mouth import Mouth
from conversation.speculation import Outbox, Preparation

log = logging.getLogger(__name__)

#: How long an answer waits for the one before it, which was cancelled; longer takes only one that is stuck.
SILENT_WITHIN_S = 2.0


class Stage(Protocol):
    """The conversation, as far as the floor needs it."""

    listener: Listener

    @property
    def attached(self) -> bool:
        """Whether a client is connected."""
        ...

    @property
    def announcing(self) -> bool:
        """Whether an announcement is being said."""
        ...

    def send(self, event: ServerEvent) -> None:
        """An event for the client."""
        ...

    def spawn(
        self, work: Coroutine[Any, Any, None], context: contextvars.Context | None = None
    ) -> asyncio.Task[None] | None:
        """Run something as a task of the conversation; None when it is over."""
        ...

    def touch(self, *, by_user: bool = False) -> None:
        """Something happened."""
        ...


class Floor:
    """The floor of one conversation.

    Attributes:
        messages: Turns of the user.
        held: The mouth is kept shut until the user is done.
        awaits_hello: The mouth is kept shut until the client has said what it missed.
        changes: Whether the tool that runs changes something; None while none runs. Chooses the filler.
        in_doubt: Whether a text may have been misheard.
        answers: Whether the end of a turn is answered at once.
        before_turn: Called before what the user said becomes a turn.
        on_unanswered: Takes the words of a turn that is not answered at once.
    """

    def __init__(self, stage: Stage, seed: str) -> None:
        self._stage = stage
        self._machine = stage.listener.machine
        self.mouth: Mouth
        self.answerer: Answerer
        self.messages = 0
        self.held = self.awaits_hello = False
        self.changes: bool | None = None
        self.in_doubt: Callable[[str], bool] = lambda _text: False
        self.answers = True
        self.before_turn: Callable[[], None] = lambda: None
        self.on_unanswered: Callable[[str], None] = lambda _text: None
        self.task: asyncio.Task[None] | None = None
        self._fillers = Fillers(seed)
        self._prepared: Preparation | None = None
        self._withdrawn: str | None = None
        self._answering = ""
        self._unheard: list[str] = []

    def equip(self, mouth: Mouth, answerer: Answerer) -> None:
        """Give it the parts that are built later."""
        self.mouth, self.answerer = mouth, answerer
        answerer.on_ready = self._ready
        answerer.on_filler = self._filler_audible

    # --- what the listener asks for

    def send(self, event: ServerEvent) -> None:
        """An event for the client."""
        self._stage.send(event)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Run something as a task of the conversation."""
        return self._stage.spawn(work)

    def user_speaks(self) -> None:
        """The user is there."""
        self._stage.touch(by_user=True)

    def pause_speaking(self) -> None:
        """Somebody speaks over the assistant: its audio stands still."""
        self.held = True
        self.answerer.pause()
        if self.answerer.client_flushes:
            self._client_dropped()

    def resume_speaking(self) -> None:
        """It was no interruption."""
        self.held = False
        self.answerer.go_on()
        self.let_speak()

    def stop_speaking(self) -> None:
        """Barge-in."""
        self.held = False
        unheard = self.answerer.interrupt()
        self._client_dropped()
        # An announcement that was cut begins again as a whole, by itself.
        self._unheard = [] if self._stage.announcing else unheard
        self._cancel()

    def said_lately(self) -> str:
        """The words of the answer that are in the air, or were a moment ago."""
        answer = self.answerer.current
        return "" if answer is None else answer.speech.ledger.around()

    def withdraw_turn(self, merge: bool) -> bool:
        """The user goes on: take the turn back if it changed nothing; else hold its answer until he is done."""
        del merge
        if self.answerer.withdraw():
            self._client_dropped()
            self._withdrawn = self._answering
            self._cancel()
            return True
        if self.answerer.current is not None and not self.answerer.current.to_user:
            self.stop_speaking()
            return False
        self.held = True
        self.mouth.pause()
        return False

    def prepare(self, text: str) -> None:
        """The turn may well end with ``text``: prepare its answer, held back, if nothing else is going on."""
        busy = self.answerer.current is not None or (self.task is not None and not self.task.done())
        if busy or self._withdrawn is not None or not self.answers:
            return
        self.before_turn()
        outbox = Outbox()
        context = outbox.context()
        trace = TurnTrace(prepared=_now())
        answer = context.run(lambda: self.answerer.begin(trace, to_user=True, held=True))

        def deliver(each: Answer) -> Coroutine[Any, Any, None]:
            return self.answerer.answer_turn(each, text, speculative=True)

        self.task = self._stage.spawn(self._turn(None, answer, deliver), context)
        self._prepared = Preparation(text, outbox, answer, self.task)

    def discard(self) -> None:
        """The user goes on: what was prepared is forgotten."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            prepared.outbox.drop()
            self.answerer.discard(prepared.answer)
            self._cancel()

    def commit_turn(self, text: str, trace: TurnTrace, merged: bool) -> None:
        """The user's turn is over: answer it."""
        if merged and self._withdrawn is not None:
            self._withdrawn = None  # its words are in ``text``
        else:
            self.messages += 1
        if self._prepared is not None and (self._prepared.text != text or self._is_rash(self._prepared)):
            self.discard()
        self.keep_withdrawn()
        data = {"item_id": f"user_{secrets.token_hex(6)}", "text": text, "is_final": True}
        self.send(ServerEvent("transcript", data))
        prepared, self._prepared = self._prepared, None
        if not self.answers:
            self._stage.listener.carry_out(self._machine.speaking_finished(_now()))
            self.on_unanswered(text)
        elif prepared is None:
            self.before_turn()
            self.start_turn(text, trace)
        else:
            self._take_over(prepared, trace)

    def _is_rash(self, prepared: Preparation) -> bool:
        """Whether it may write what was perhaps misheard: on the first hearing nobody asked whether it was right."""
        writes = self.answerer.would_write or not prepared.answer.sentences
        return writes and self.in_doubt(prepared.text)

    def drop_utterance(self, resume: bool) -> None:
        """No words after all: what the noise had silenced or held goes on."""
        withdrawn, self._withdrawn = self._withdrawn, None
        unheard, self._unheard = self._unheard, []
        self.held = False
        self.let_speak()
        if self.answerer.current is not None or (resume and (withdrawn is not None or unheard)):
            self._machine.answer_begins()
        if resume and withdrawn is not None:
            self.start_turn(withdrawn, TurnTrace())
        elif resume and unheard:
            self.begin(TurnTrace(), lambda answer: self.answerer.say(answer, unheard, again=True))

    def say_filler(self, number: int) -> None:
        """The work takes long."""
        self.answerer.fill(self._fillers.next(number, changes=self.changes))

    # --- answers

    def keep_withdrawn(self) -> None:
        """What the user said before he went on stays in the history, though it is not answered by itself."""
        if self._withdrawn is not None:
            self.answerer.keep(self._withdrawn)
        self._withdrawn, self._unheard = None, []

    def start_turn(self, text: str, trace: TurnTrace, told: str | None = None) -> None:
        """Answer what the user said; ``told`` are instructions for this answer only."""
        self._answering = text
        self.send(ServerEvent("thinking"))
        self.begin(trace, lambda answer: self.answerer.answer_turn(answer, text, told=told), to_user=True)

    def begin(
        self,
        trace: TurnTrace,
        deliver: Callable[[Answer], Coroutine[Any, Any, None]],
        *,
        to_user: bool = False,
    ) -> Answer:
        """Begin an answer; what was being said or made ends."""
        self.discard()
        if self.answerer.current is not None:
            self.answerer.interrupt()
            self._client_dropped()
        self._cancel()
        self.held = self.awaits_hello = False
        self.let_speak()
        previous, answer = self.task, self.answerer.begin(trace, to_user=to_user)
        self.task = self._stage.spawn(self._turn(previous, answer, deliver))
        return answer

    def let_speak(self) -> None:
        """Open the mouth, unless something keeps it shut."""
        if self._stage.attached and not self.held and not self.awaits_hello:
            self.mouth.resume()

    def _take_over(self, prepared: Preparation, trace: TurnTrace) -> None:
        """What was prepared is the answer, as it is."""
        self._answering = prepared.text
        known = prepared.answer.trace
        known.last_voiced, known.committed, known.stt_ms = trace.last_voiced, trace.committed, trace.stt_ms
        self.held = self.awaits_hello = False
        self.let_speak()
        self.send(ServerEvent("thinking"))
        prepared.outbox.open()
        self.answerer.commit(prepared.answer)
        if prepared.answer.sentences:
            self._machine.reply_ready()

    async def _turn(
        self,
        previous: asyncio.Task[None] | None,
        answer: Answer,
        deliver: Callable[[Answer], Coroutine[Any, Any, None]],
    ) -> None:
        try:
            if previous is not None and not previous.done():
                _done, stuck = await asyncio.wait({previous}, timeout=SILENT_WITHIN_S)
                if stuck:
                    log.error("the answer before %s is stuck: %r", answer.item_id, previous)
            await deliver(answer)
        finally:
            if not answer.interrupted:
                asked = self.answerer.pending_confirmation is not None
                self._stage.listener.carry_out(self._machine.speaking_finished(_now(), asked=asked))
                self._stage.touch()

    def _client_dropped(self) -> None:
        """The client was told to throw away what it has not played: it does not come back as an echo."""
        self._stage.listener.ears.reference_cut(_now())

    def _cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()

    def _ready(self, answer: Answer) -> None:
        if answer is self.answerer.current and (
            self._prepared is None or self._prepared.answer is not answer
        ):
            self._machine.reply_ready()
            self._stage.listener.set_timer()

    def _filler_audible(self, seconds: float) -> None:
        self._machine.filler_audible(seconds, _now())
        self._stage.listener.ears.assistant_starts()


def _now() -> float:
    return asyncio.get_running_loop().time()
