"""One answer of the assistant, from the first text delta to the last sample played (or to the interruption).

Puts together the agent loop (text), the reply limits (driving, safety), the mouth (audio) and the ledger (what was
heard). It never decides when to answer or to stop; the session tells it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable

from agents.exceptions import AgentsException

from conversation.agent_loop import AgentLoop, ConfirmationAsked, LoopEvent, TextDelta
from conversation.answer import Answer, heard_in_the_end
from conversation.brain.limits import REST, share_words
from conversation.client_tools import ClientTools
from conversation.events import ServerEvent, error_event
from conversation.history import Turn
from conversation.latency import TurnTrace
from conversation.mouth import Mouth
from conversation.openai_failures import FAILURES
from conversation.providers import EngineUnavailable
from conversation.spoken import SpokenItem, SpokenWords
from media.sentences import SentenceSplitter

log = logging.getLogger(__name__)

#: Answers that are over and whose last playback report may still come.
_REMEMBERED = 4
APOLOGY = "Sorry, I couldn't work that out just now. Please say it again."


class Answerer:
    """Makes answers heard, one at a time.

    Args:
        loop: Where the words come from.
        mouth: Where the words go.
        send: Takes events for the client.
        on_audible: Called when the first audio of an answer leaves.
        clock: Seconds, monotonic.

    Attributes:
        word_limit: Most words of an answer, None for any number.
        parts_left: How many parts of the user's request are still to be answered.
        screen: Last look at what is about to be said to the user.
        on_ready: Called when an answer has its first words.
        on_filler: Called with its seconds when a filler begins to be heard.
        current: The answer that is being made or spoken.
        aloud: Whether answers are spoken.
        aloud_next: The same for the next answer only; None for as usual.
        client_flushes: Whether the client throws away what it has not played when the assistant pauses.
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
        loop.send = send
        self._clock = clock
        self.word_limit: int | None = None
        self.parts_left: Callable[[], int] = lambda: 0
        self.screen: Callable[[str], str] = lambda sentence: sentence
        self.on_ready: Callable[[Answer], None] = lambda _answer: None
        self.on_filler: Callable[[float], None] = lambda _seconds: None
        self.current: Answer | None = None
        self.aloud = self.client_flushes = True
        self.aloud_next: bool | None = None
        self.last_trace: TurnTrace | None = None
        self.on_answered: Callable[[TurnTrace], None] = lambda _trace: None
        self._past: deque[Answer] = deque(maxlen=_REMEMBERED)

    def begin(self, trace: TurnTrace, *, to_user: bool, held: bool = False) -> Answer:
        """Open a new item; nothing of a ``held`` one is sent before its speech is released."""

        def audible() -> None:
            trace.first_audio = self._clock()
            self._on_audible()

        item_id = f"item_{secrets.token_hex(8)}"
        speech = self._mouth.open(item_id, audible, lambda seconds: self.on_filler(seconds), held=held)
        aloud, self.aloud_next = self.aloud if self.aloud_next is None else self.aloud_next, None
        answer = Answer(speech, trace, self.word_limit, to_user, aloud)
        self.current = answer
        if not held:
            self.last_trace = trace
        written: dict[str, str] = {} if aloud else {"modality": "text"}
        self._send(ServerEvent("response_started", {"item_id": item_id, **written}))
        return answer

    @property
    def pending_confirmation(self) -> str | None:
        """Id of the confirmation the user has been asked for."""
        return self._loop.pending_confirmation

    @property
    def would_write(self) -> bool:
        """Whether the answer that is being prepared is about to change something."""
        return self._loop.would_write

    @property
    def client_tools(self) -> ClientTools:
        """The client's own tools."""
        return self._loop.client_tools

    def withdraw(self) -> bool:
        """Take the running turn back, as if it had not been, if it changed nothing and nothing was heard."""
        answer = self.current
        if answer is None or not answer.to_user or answer.trace.first_audio is not None:
            return False
        if not answer.aloud and answer.sentences:
            return False
        if answer.begun and not self._loop.withdraw():
            return False
        answer.interrupted = True
        self.current = None
        data = {"item_id": answer.item_id, "heard_text": "", "heard_ms": 0.0}
        self._send(ServerEvent("response_interrupted", data))
        return True

    def commit(self, answer: Answer) -> None:
        """A held answer is wanted: it may change things and be heard."""
        self.last_trace = answer.trace
        self._loop.commit()
        answer.speech.released.set()

    def discard(self, answer: Answer) -> None:
        """Forget a held answer; nobody has noticed it."""
        answer.interrupted = True
        if self.current is answer:
            self.current = None
        if answer.begun:
            self._loop.withdraw()

    def pause(self) -> None:
        """The user may be interrupting: the client throws away what it has not played, and waits."""
        answer = self.current
        self._mouth.pause()
        if answer is not None:
            if self.client_flushes:
                self._mouth.stop(answer.speech)
            data = {"item_id": answer.item_id, "heard_ms": round(answer.speech.ledger.heard_ms, 1)}
            self._send(ServerEvent("response_paused", data))

    def go_on(self) -> None:
        """He was not: what was sent and not played is sent again, then the rest. Let the mouth speak after this."""
        answer = self.current
        if answer is not None:
            if self.client_flushes:
                self._mouth.rewind(answer.speech)
            data = {"item_id": answer.item_id, "from_ms": round(answer.speech.ledger.sent_ms, 1)}
            self._send(ServerEvent("response_resumed", data))

    def fill(self, phrase: str) -> None:
        """Say something short as long as the answer has no words."""
        answer = self.current
        if answer is None or not (answer.to_user and answer.begun and answer.aloud):
            return
        if not answer.sentences and not self._loop.client_tools.waiting:
            self._mouth.fill(answer.speech, phrase)

    def playback(self, item_id: str, played_ms: float, *, stopped: bool) -> None:
        """The client says how much of an item it has played, perhaps after the item is over."""
        now = self._clock()
        if self.current is not None and self.current.item_id == item_id:
            self.current.speech.ledger.report(played_ms, now, stopped=stopped)
            return
        answer = next((each for each in self._past if each.item_id == item_id), None)
        if answer is not None:
            answer.speech.ledger.report(played_ms, now, stopped=stopped)
            if answer.turn is not None:
                answer.turn.assistant = heard_in_the_end(answer, stopped=stopped)

    def answers_turn(self, number: int) -> bool:
        """Whether the turn with this number is being answered, so that what comes of it will be told."""
        answer = self.current
        return answer is not None and answer.to_user and self._loop.turn_number == number

    async def answer_turn(
        self, answer: Answer, text: str, *, speculative: bool = False, told: str | None = None
    ) -> None:
        """Run the agent loop on the user's ``text`` and speak what it says, to the end."""
        words = self._loop.answer(text, speculative=speculative, told=told, aloud=answer.aloud)
        await self._deliver(answer, words, self._loop.finish)

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

    def note(self, role: str, text: str) -> Turn:
        """Put words that nobody said here into the history: the turn that holds them."""
        return self._loop.note(role, text)

    def forget(self, turn: Turn) -> None:
        """Take a turn out of the history."""
        self._loop.forget(turn)

    async def settle(self) -> None:
        """Wait for what was started and cannot be taken back."""
        await self._loop.conclude()

    def _break_off(self, answer: Answer) -> list[str]:
        if answer.finished or answer.interrupted:
            return []
        answer.interrupted = True
        ledger = answer.speech.ledger
        self._mouth.stop(answer.speech)
        heard = ledger.heard_text() if answer.aloud else " ".join(answer.sentences)
        unheard = ledger.unheard() + answer.sentences[len(ledger.answer) :] if answer.aloud else []
        self._finish(answer, heard)
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
                if answer.aloud:
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
        # Where words are counted, a sentence is shortened as a whole.
        splitter = SentenceSplitter(early_clause=answer.words_left is None)

        def say_so_far_now() -> None:
            for sentence in splitter.flush():
                self._sentence(answer, sentence)

        async def say_so_far() -> None:
            say_so_far_now()
            if answer.aloud:
                await self._mouth.catch_up(answer.speech)

        self._loop.client_tools.before_call = say_so_far
        try:
            async with contextlib.aclosing(words) as events:
                async for event in events:
                    match event:
                        case TextDelta(text=text):
                            for sentence in splitter.push(text):
                                self._sentence(answer, sentence)
                        case SpokenItem():
                            say_so_far_now()
                            answer.spoken = True
                            self._mouth.play(answer.speech, event)
                        case SpokenWords():
                            self._spoken(answer, splitter, event)
                        case ConfirmationAsked():
                            self._ask(answer, splitter, event)
        except (AgentsException, *FAILURES, EngineUnavailable, OSError, ValueError) as error:
            log.exception("the agent loop failed")
            code = getattr(error, "code", "agent_failed")
            self._send(error_event(str(code), "The assistant could not answer this turn."))
            splitter = SentenceSplitter()  # half a sentence is not said
            self._sentence(answer, APOLOGY)
        say_so_far_now()

    def _spoken(self, answer: Answer, splitter: SentenceSplitter, words: SpokenWords) -> None:
        """Words that are in audio already: they are only looked at, and cut off with it where they may not be said."""
        item = words.item
        sentences = [*splitter.push(words.text), *(splitter.flush() if words.last else ())]
        for sentence in sentences:
            if item.is_cut:
                return
            allowed = self._allowed(answer, sentence)
            if allowed != sentence.strip():
                self._mouth.cut(answer.speech, item)
                self._given(answer, allowed)
                return
            item.say(allowed)
            self._noted(answer, allowed)
        if words.last:
            item.has_all_words()

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
        self._given(answer, self._allowed(answer, sentence))

    def _allowed(self, answer: Answer, sentence: str) -> str:
        """The sentence as it may be said: screened, and within the words that are left."""
        if answer.to_user:
            sentence = self.screen(sentence)
        if answer.words_left is not None:
            room, parts = answer.words_left, self.parts_left()
            sentence = share_words(sentence, room, parts, first=not answer.sentences) if room > 0 else ""
            answer.words_left = 0 if sentence == REST else room - len(sentence.split())
        return sentence.strip()

    def _given(self, answer: Answer, sentence: str) -> None:
        """Say it, in the assistant's own voice."""
        if not sentence:
            return
        if answer.aloud:
            self._mouth.say(answer.speech, sentence)
        self._noted(answer, sentence)

    def _noted(self, answer: Answer, sentence: str) -> None:
        if not sentence:
            return
        if answer.trace.first_sentence is None:
            answer.trace.first_sentence = self._clock()
        answer.sentences.append(sentence)
        self._text_event(answer, sentence, "pending")
        self.on_ready(answer)

    def _finish(self, answer: Answer, heard: str) -> None:
        if answer.finish is None:
            return
        answer.finish(heard)
        if answer.to_user:
            answer.turn = self._loop.turn
        self._past.append(answer)

    def _complete(self, answer: Answer) -> None:
        answer.finished = True
        if self.current is answer:
            self.current = None
        text = answer.text
        self._finish(answer, text)
        answer.trace.tts_ms = answer.speech.tts_ms
        if answer.speech.failed:
            self._send(
                error_event("voice_unavailable", "The voice is not available; the answer is text only.")
            )
        self._text_event(answer, text, "full")
        latency = answer.trace.as_milliseconds()
        self._send(ServerEvent("response_done", {"item_id": answer.item_id, "latency": latency}))
        self.on_answered(answer.trace)

    def _text_event(self, answer: Answer, text: str, spoken: str) -> None:
        self._send(ServerEvent("response_text", {"item_id": answer.item_id, "text": text, "spoken": spoken}))
