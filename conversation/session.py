"""A conversation: wires the listener, the agent loop and the mouth together. No Ray, no sockets, no wall clock.

One object per conversation, used from one event loop. Whoever carries it (a Ray actor, a test) calls ``receive``
with client events, attaches a sink for what goes out, and awaits ``run``.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from business.delivery.announcer import Announcement
from conversation import events as wire
from conversation.announcements import Announcements
from conversation.answer import Answer
from conversation.answering import Answerer
from conversation.event_log import EventLog
from conversation.floor import Floor
from conversation.latency import TurnTrace
from conversation.lifetimes import Ending, Lifetimes
from conversation.listener import Listener
from conversation.mouth import Mouth
from conversation.requests import Requests
from conversation.seen_ids import SeenIds
from conversation.speculation import when_committed

log = logging.getLogger(__name__)

HELLO_WAIT_S = 0.7
#: How long the end of a conversation waits for a task that was cancelled; longer takes only one that is stuck.
END_WITHIN_S = 5.0
#: How long a polite end waits for the turn in progress, and for its last words; and how often it looks.
WIND_DOWN_S = 60.0
LOOK_S = 0.1


class Conversation:
    """One conversation.

    Args:
        session_id: Its id.
        listener: The listening half.
        lifetimes: When it ends by itself.
        greeting: What the assistant says first.
        on_config: Applies changed options; returns the event to answer with.
    """

    def __init__(
        self,
        session_id: str,
        *,
        listener: Listener,
        lifetimes: Lifetimes,
        greeting: str,
        on_config: Callable[[dict[str, Any]], wire.ServerEvent],
    ) -> None:
        self.session_id = session_id
        self.resume_token = secrets.token_urlsafe(24)
        self.listener = listener
        self.machine = listener.machine
        self.lifetimes = lifetimes
        self.greeting = greeting
        self.log = EventLog()
        self.muted = False
        self.mouth: Mouth
        self.answerer: Answerer
        self._on_config = on_config
        self._sink: wire.Sink | None = None
        self._ended: asyncio.Future[Ending] | None = None
        self._life_timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeted = self.winding_down = False
        self._started_at = self._last_activity = 0.0
        self._detached_at: float | None = 0.0
        self._message_ids = SeenIds()
        self.announcements = Announcements(self)
        self.floor = listener.handler = Floor(self, session_id)
        self.requests = Requests(self)

    def equip(self, mouth: Mouth, answerer: Answerer) -> None:
        """Give it the parts that are built with its own callbacks (``emit_audio``, ``send``, ``audible``)."""
        self.mouth = mouth
        self.answerer = answerer
        self.floor.equip(mouth, answerer)

    # --- life -------------------------------------------------------------------------------------------

    async def run(self) -> Ending:
        """Live until the end; all tasks of the conversation are gone when this returns, but for a stuck one."""
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        self._started_at = self._last_activity = self._detached_at = loop.time()
        try:
            self._watch_life()
            ending = await self._ended
        finally:
            self._ended.cancel()  # ended from outside: nothing begins any more
            await self._end_tasks()
            self.listener.close()
            self.announcements.close()
            if self._life_timer is not None:
                self._life_timer.cancel()
        if self._sink is not None:
            self._sink.deliver(self.log.seq, wire.CloseSocket(ending.close_code, ending.reason))
            self._sink = None
        await self.answerer.settle()  # a started tool call is never cancelled, not even by the end
        return ending

    def end(self, reason: str, close_code: int = 1000) -> None:
        """End the conversation. Idempotent."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(Ending(reason, close_code))

    def wind_down(self, reason: str, event: wire.ServerEvent, words: str) -> None:
        """End politely: when the turn in progress is over, ``words`` are said, and no other turn is answered."""
        if not self.winding_down:
            self.winding_down = True
            self.send(event)
            self.spawn(self._wind_down(reason, words))

    async def _wind_down(self, reason: str, words: str) -> None:
        try:
            async with asyncio.timeout(WIND_DOWN_S):
                await self._is_quiet()
                self.floor.answers = False
                _answer, saying = self.say_unasked(words)
                if saying is not None:
                    await asyncio.wait({saying})
        except TimeoutError:
            log.info("session %s ends in the middle of something", self.session_id)
        self.end(reason, 1000)

    async def _is_quiet(self) -> None:
        """Wait until nobody speaks, nothing is being done, and no question waits for its answer."""
        answerer = self.answerer
        while True:
            done = answerer.current is None and answerer.pending_confirmation is None
            if done and self.machine.phase.rests:
                return
            await asyncio.sleep(LOOK_S)

    def _watch_life(self) -> None:
        """End on grace, idle and maximum duration; looks again when the next of them can be due."""
        now = self._now()
        self.listener.watch()
        self.machine.quiet(now - self._last_activity)
        idle_since = self._last_activity if self.machine.phase.rests else None
        due, ending = self.lifetimes.next_end(self._started_at, self._detached_at, idle_since)
        if now >= due:
            self.end(ending.reason, ending.close_code)
            return
        due = min(due, now + 1.0, self.requests.watch(now, self._last_activity))
        self._life_timer = asyncio.get_running_loop().call_at(due, self._watch_life)

    def attach(self, sink: wire.Sink) -> None:
        """A client connected; an earlier one is replaced (its socket closes 4010)."""
        if self._sink is not None:
            self._sink.deliver(self.log.seq, wire.CloseSocket(4010, "replaced by a newer socket"))
        self._sink = sink
        self._detached_at = None
        self.touch()
        rates = {"in_rate": self.listener.ears.rate, "out_rate": self.mouth.rate}
        self.send(wire.established_event(self.session_id, self.resume_token, self.greeting, **rates))
        # Its hello may say that the client has not heard the latest audio: nothing is spoken before it.
        self.floor.awaits_hello = True
        self.mouth.pause()
        self.listener.ears.reference_cut(self._now())  # what an earlier one has not played, nobody will
        asyncio.get_running_loop().call_later(HELLO_WAIT_S, self._no_resume, sink)

    def detach(self, sink: wire.Sink) -> None:
        """The client's connection is gone; the conversation waits for another one."""
        if self._sink is sink:
            self._sink = None
            self._detached_at = self._now()
            self.mouth.pause()

    @property
    def attached(self) -> bool:
        """Whether a client is connected."""
        return self._sink is not None

    @property
    def messages(self) -> int:
        """Turns of the user so far."""
        return self.floor.messages

    @property
    def announcing(self) -> bool:
        """Whether an announcement is being said."""
        return self.announcements.speaking

    @property
    def duration_s(self) -> float:
        """Seconds since it began."""
        return self._now() - self._started_at

    # --- out --------------------------------------------------------------------------------------------

    def send(self, event: wire.ServerEvent) -> None:
        """Number, keep and deliver a control event; one of an answer that is only being prepared waits."""
        when_committed(lambda: self._send(event))

    def _send(self, event: wire.ServerEvent) -> None:
        seq = self.log.add(event)
        if self._sink is not None:
            self._sink.deliver(seq, event)

    def emit_audio(self, item_id: str, pcm: bytes) -> None:
        """Deliver audio of the assistant."""
        if self._sink is not None:
            self._sink.deliver(self.log.number(), wire.AudioOut(item_id, pcm))

    def audible(self) -> None:
        """The assistant's audio begins to leave."""
        self.machine.speaking_started()
        self.listener.set_timer()
        self.listener.ears.assistant_starts()

    # --- in ---------------------------------------------------------------------------------------------

    def receive(self, event: wire.ClientEvent) -> None:
        """Take a client event in. Never blocks; work that waits becomes a task of the conversation."""
        if not isinstance(event, wire.AudioIn):
            self.listener.catch_up()  # the audio before it is heard before it
        match event:
            case wire.AudioIn(pcm=pcm):
                if not self.muted:
                    self.listener.audio(pcm)
            case wire.AudioEnd():
                self.listener.utterance_ended()
            case wire.TextIn():
                self._text(event)
            case wire.InterruptIn():
                self.requests.cancelled()
                self.listener.carry_out(self.machine.interrupt_requested())
            case wire.PlaybackIn(item_id=item_id, played_ms=played_ms, stopped=stopped):
                self.answerer.playback(item_id, played_ms, stopped=stopped)
            case wire.ConfirmIn():
                self._confirm(event)
            case wire.ConfigIn(changes=changes):
                self.send(self._on_config(changes))
            case wire.MuteIn(muted=muted):
                self.muted = muted
                if muted:
                    self.listener.utterance_ended()
            case wire.PingIn():
                self.send(wire.ServerEvent("pong"))
            case wire.Hello():
                self._hello(event)
            case wire.EndIn():
                self.end("client_ended", 1000)
            case _:
                self.requests.receive(event)

    def _hello(self, hello: wire.Hello) -> None:
        if hello.audio_in_rate is not None:
            self.listener.ears.set_rate(hello.audio_in_rate)
        if hello.audio_out_rate is not None:
            self.mouth.set_rate(hello.audio_out_rate)
        self.answerer.client_flushes = hello.flushes
        if not hello.echoes:
            self.listener.ears.expect_no_echo()
        self._greeted = self._greeted or not hello.greet
        if hello.resume_token is None:
            self._no_resume(self._sink)
            return
        if not secrets.compare_digest(hello.resume_token.encode(), self.resume_token.encode()):
            self.send(wire.error_event("bad_resume_token", "There is nothing to resume with this token."))
            return
        missed, complete = self.log.since(hello.last_seq or 0)
        replay = [entry for entry in missed if entry[1].type != "connection_established"]
        for seq, event in replay:
            if self._sink is not None:
                self._sink.deliver(seq, event)
        self.send(wire.ServerEvent("resumed", {"replayed": len(replay), "complete": complete}))
        if self.answerer.current is not None:
            self.mouth.rewind(self.answerer.current.speech)
        self.floor.awaits_hello = False
        self.floor.let_speak()

    def _no_resume(self, sink: wire.Sink | None) -> None:
        if self._sink is sink:
            self.floor.awaits_hello = False
            self.floor.let_speak()
            self._greet()

    def _text(self, event: wire.TextIn) -> None:
        if event.message_id is not None and not self._message_ids.add(event.message_id):
            return
        self.touch(by_user=True)
        self.floor.messages += 1
        self.listener.carry_out(self.machine.text_received(self._now()))
        self.floor.keep_withdrawn()
        self.floor.start_turn(event.text, TurnTrace(committed=self._now()))

    def _confirm(self, event: wire.ConfirmIn) -> None:
        self.floor.discard()  # an answer that is being prepared has taken the question for answered
        if self.answerer.pending_confirmation != event.confirmation_id:
            self.send(wire.error_event("unknown_confirmation", "Nothing with this id waits for an answer."))
            return
        self._text(wire.TextIn("yes" if event.answer else "no"))

    # --- tasks --------------------------------------------------------------------------------------------

    def spawn(
        self, work: Coroutine[Any, Any, None], context: contextvars.Context | None = None
    ) -> asyncio.Task[None] | None:
        """Run ``work`` as a task of the conversation. A fault in it is told to the client and ends only itself."""
        if self._ended is None or self._ended.done():
            work.close()
            return None

        async def guarded() -> None:
            try:
                await work
            except Exception:
                log.exception("a task of conversation %s failed", self.session_id)
                self.send(wire.error_event("internal", "Something went wrong in this conversation."))

        task = asyncio.create_task(guarded(), context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _task: work.close())  # of one that was cancelled before it began
        return task

    async def _end_tasks(self) -> None:
        """Cancel what runs. The end is the end: a task that does not hear of it holds up nobody's slot."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _done, stuck = await asyncio.wait(self._tasks, timeout=END_WITHIN_S)
            for task in stuck:
                log.error("conversation %s left a stuck task: %r", self.session_id, task)

    def _greet(self) -> None:
        if self._greeted or self._ended is None:
            return
        self._greeted = True
        if self.machine.phase.rests and self.greeting:
            self.say_unasked(self.greeting)

    # --- what is said unasked

    def is_idle(self, pause_s: float) -> bool:
        """Whether a client is there and nobody has spoken, or is about to, for so long."""
        return (
            self.attached
            and self._greeted
            and not (self.floor.held or self.floor.awaits_hello)
            and self.machine.phase.rests
            and self.answerer.current is None
            and self.answerer.pending_confirmation is None
            and self._now() - self._last_activity >= pause_s
        )

    def announce_later(self, announcement: Announcement) -> None:
        """Say it at the next good moment."""

        async def announce() -> None:
            await self.announcements.announce(announcement)

        self.spawn(announce())

    def say_unasked(self, text: str) -> tuple[Answer, asyncio.Task[None] | None]:
        """Begin to say something that answers nothing; the answer, and the task that ends with it."""
        self.machine.answer_begins()
        answer = self.floor.begin(TurnTrace(), lambda each: self.answerer.say(each, [text], again=False))
        return answer, self.floor.task

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def touch(self, *, by_user: bool = False) -> None:
        """Something happened: it is not idle. ``by_user`` when he is there, and needs no greeting any more."""
        self._last_activity = self._now()
        self._greeted = self._greeted or by_user
        if by_user:
            self.requests.user_is_there()
