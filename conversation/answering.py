"""One answer of the assistant, from the first text delta to the last sample played (or to the interruption).

Puts together the agent loop (text), the reply limits (driving, safety), the mouth (audio) and the ledger (what was
heard). It never decides when to answer or to stop; the session tells it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from agents.exceptions import AgentsException
from openai import OpenAIError

from conversation.agent_loop import AgentLoop, ConfirmationAsked, LoopEvent, TextDelta
from conversation.brain.limits import limit_words
from conversation.events import ServerEvent, error_event
from conversation.latency import TurnTrace
from conversation.mouth import Mouth, Speech
from conversation.providers import EngineUnavailable
from media.sentences import SentenceSplitter

log = logging.getLogger(__name__)

APOLOGY = "Sorry, I couldn't work that out just now. Please say it again."


@dataclass(slots=True)
class Answer:
    """One item: its speech, its trace, and the text the model gave.

    ``to_user`` when it answers something the user said; else the assistant speaks unasked (a greeting) or again.
    """

    speech: Speech
    trace: TurnTrace
    words_left: int | None
    to_user: bool
    sentences: list[str] = field(default_factory=list[str])
    begun: bool = False
    finish: Callable[[str], None] | None = None
    interrupted: bool = False
    finished: bool = False

    @property
    def item_id(self) -> str:
        """Id of the item on the wire."""
        return self.speech.item_id


class Answerer:
    """Makes answers heard, one at a time.

    Args:
        loop: Where the words come from.
        mouth: Where the words go.
        send: Takes events for the client.
        on_audible: Called when the first audio of an answer leaves.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        loop: AgentLoop,
        mouth: Mouth,
        send: Callable[[ServerEvent], None],
        on_audible: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._loop = loop
        self._mouth = mouth
        self._send = send
        self._on_audible = on_audible
        self._clock = clock
        self.word_limit: int | None = None
        self.screen: Callable[[str], str] = lambda sentence: sentence
        self.current: Answer | None = None
        self.last_trace: TurnTrace | None = None

    def begin(self, trace: TurnTrace, *, to_user: bool) -> Answer:
        """Open a new item."""

        def audible() -> None:
            trace.first_audio = self._clock()
            self._on_audible()

        item_id = f"item_{secrets.token_hex(8)}"
        answer = Answer(self._mouth.open(item_id, audible), trace, self.word_limit, to_user)
        self.current = answer
        self.last_trace = trace
        self._send(ServerEvent("response_started", {"item_id": item_id}))
        return answer

    @property
    def pending_confirmation(self) -> str | None:
        """Id of the confirmation the user has been asked for."""
        return self._loop.pending_confirmation

    def withdraw(self) -> bool:
        """Take the running turn back, as if it had not been, if it changed nothing and nothing was heard."""
        answer = self.current
        if answer is None or not answer.to_user or answer.trace.first_audio is not None:
            return False
        if answer.begun and not self._loop.withdraw():
            return False
        answer.interrupted = True
        self.current = None
        data = {"item_id": answer.item_id, "heard_text": "", "heard_ms": 0.0}
        self._send(ServerEvent("response_interrupted", data))
        return True

    async def answer_turn(self, answer: Answer, text: str) -> None:
        """Run the agent loop on the user's ``text`` and speak what it says, to the end."""
        await self._deliver(answer, self._loop.answer(text), self._loop.finish)

    async def say(self, answer: Answer, sentences: list[str], *, again: bool) -> None:
        """Speak given sentences: a greeting, or (``again``) the rest of an interrupted answer."""

        async def words() -> AsyncGenerator[LoopEvent]:
            for sentence in sentences:
                yield TextDelta(sentence + " ")

        await self._deliver(answer, words(), self._loop.finish_again if again else None)

    def interrupt(self) -> list[str]:
        """Fall silent: tell the client what was heard, keep only that. Returns the sentences not heard."""
        return self._break_off(self.current) if self.current is not None else []

    def keep(self, text: str) -> None:
        """The user said this, and it will not be answered by itself."""
        self._loop.keep(text)

    async def settle(self) -> None:
        """Wait for what was started and cannot be taken back."""
        await self._loop.conclude()

    def _break_off(self, answer: Answer) -> list[str]:
        if answer.finished or answer.interrupted:
            return []
        answer.interrupted = True
        ledger = answer.speech.ledger
        heard = ledger.heard_text()
        unheard = ledger.unheard() + answer.sentences[len(ledger.sentences) :]
        if answer.finish is not None:
            answer.finish(heard)
        data = {"item_id": answer.item_id, "heard_text": heard, "heard_ms": round(ledger.heard_ms, 1)}
        self._send(ServerEvent("response_interrupted", data))
        self._text_event(answer, heard, "partial")
        if self.current is answer:
            self.current = None
        return unheard

    async def _deliver(
        self, answer: Answer, words: AsyncGenerator[LoopEvent], finish: Callable[[str], None] | None
    ) -> None:
        answer.begun, answer.finish = True, finish
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._mouth.speak(answer.speech))
                try:
                    await self._collect(answer, words)
                finally:
                    self._mouth.close(answer.speech)
            if not answer.interrupted:
                self._complete(answer)
        finally:
            # Ended from outside (the conversation is over) or by a fault: only what was heard counts.
            if not answer.finished:
                self._break_off(answer)

    async def _collect(self, answer: Answer, words: AsyncGenerator[LoopEvent]) -> None:
        splitter = SentenceSplitter()
        try:
            async with contextlib.aclosing(words) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        for sentence in splitter.push(event.text):
                            self._sentence(answer, sentence)
                    else:
                        self._ask(answer, splitter, event)
        except (AgentsException, OpenAIError, EngineUnavailable, OSError, ValueError) as error:
            log.exception("the agent loop failed")
            code = getattr(error, "code", "agent_failed")
            self._send(error_event(str(code), "The assistant could not answer this turn."))
            splitter = SentenceSplitter()  # half a sentence is not said
            self._sentence(answer, APOLOGY)
        for sentence in splitter.flush():
            self._sentence(answer, sentence)

    def _ask(self, answer: Answer, splitter: SentenceSplitter, event: ConfirmationAsked) -> None:
        for sentence in splitter.flush():
            self._sentence(answer, sentence)
        data = {"confirmation_id": event.confirmation_id, "read_back": event.read_back}
        self._send(ServerEvent("confirmation_request", data))
        # A read-back is never cut: the user must hear all of what he agrees to.
        answer.words_left = None
        for sentence in (*SentenceSplitter().push(event.read_back + " "),):
            self._sentence(answer, sentence)

    def _sentence(self, answer: Answer, sentence: str) -> None:
        if answer.to_user:
            sentence = self.screen(sentence)
        if answer.words_left is not None:
            sentence = limit_words(sentence, answer.words_left) if answer.words_left > 0 else ""
            answer.words_left -= len(sentence.split())
        sentence = sentence.strip()
        if not sentence:
            return
        if answer.trace.first_sentence is None:
            answer.trace.first_sentence = self._clock()
        answer.sentences.append(sentence)
        self._text_event(answer, sentence, "pending")
        self._mouth.say(answer.speech, sentence)

    def _complete(self, answer: Answer) -> None:
        answer.finished = True
        if self.current is answer:
            self.current = None
        text = " ".join(answer.sentences)
        if answer.finish is not None:
            answer.finish(text)
        answer.trace.tts_ms = answer.speech.tts_ms
        if answer.speech.failed:
            self._send(
                error_event("voice_unavailable", "The voice is not available; the answer is text only.")
            )
        self._text_event(answer, text, "full")
        self._send(
            ServerEvent(
                "response_done", {"item_id": answer.item_id, "latency": answer.trace.as_milliseconds()}
            )
        )

    def _text_event(self, answer: Answer, text: str, spoken: str) -> None:
        self._send(ServerEvent("response_text", {"item_id": answer.item_id, "text": text, "spoken": spoken}))
