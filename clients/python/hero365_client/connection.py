"""One voice connection: audio up, events and audio down, playback reports, reconnect with resume.

One task reads the socket and feeds the player before anybody sees the event, so the player's time line never
depends on how fast the caller iterates. Never blocks the loop and never buffers without a bound.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from hero365_client.controls import Controls, frame_of, rate_of
from hero365_client.errors import (
    RESUMABLE_CLOSES,
    ApiError,
    ConnectionLost,
    Hero365Error,
    ProtocolError,
    turned_away,
)
from hero365_client.events import (
    Audio,
    ConnectionEstablished,
    ErrorEvent,
    Event,
    ResponseDone,
    ResponseInterrupted,
    ResponsePaused,
    ResponseStarted,
    parse_event,
)
from hero365_client.pacing import Pacer
from hero365_client.player import Player

DEFAULT_OUTPUT_RATE = 24_000
RATES = (8000, 16_000, 24_000, 48_000)
OPEN_TIMEOUT_S = 15.0
REPORT_INTERVAL_S = 0.1
MAX_FRAME_BYTES = 64 * 1024
_INBOX = 4096
#: The first pause before a broken socket is opened again, and the longest; each is up to twice the one before.
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
#: How long a session is tried to be resumed: as long as servers keep one unless told otherwise.
RECONNECT_S = 120.0
#: HTTP answers to the wish for a ticket after which there is nothing to come back to.
_FINAL_STATUS = {401: 1008, 403: 1008, 404: 4004, 409: 4003}
_MAX_MESSAGE = 4 * 1024 * 1024


class VoiceConnection(Controls):
    """A session's WebSocket. Use ``Hero365Client.connect``, or construct and ``open()``.

    Args:
        url: ``ws://`` or ``wss://`` URL with its ticket.
        audio_in: Hz of the audio given to ``send_audio``.
        audio_out: Hz of reply audio asked for; None takes the session's own.
        binary: Audio as binary frames in both directions.
        reopen: Returns a URL with a fresh ticket; None never reconnects.
        reconnect_s: Seconds for which a broken connection is tried to be taken up again.
        clock: Monotonic seconds; shared by player, pacing and event times.
    """

    def __init__(
        self,
        url: str,
        *,
        audio_in: int = 16_000,
        audio_out: int | None = DEFAULT_OUTPUT_RATE,
        binary: bool = True,
        reopen: Callable[[], Awaitable[str]] | None = None,
        reconnect_s: float = RECONNECT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if audio_in not in RATES or audio_out not in (*RATES, None):
            raise ValueError(f"audio is sent and played at one of {RATES} Hz")
        super().__init__(clock)
        self.audio_in = audio_in
        self.player = Player(clock(), audio_out or DEFAULT_OUTPUT_RATE)
        self.established: ConnectionEstablished | None = None
        self.reconnects = 0
        self.dropped_events = 0
        self.dropped_audio_bytes = 0
        self.failure: ConnectionLost | None = None
        self._url = url
        self._audio_out = audio_out
        self._binary = binary
        self._reopen = reopen
        self._reconnect_s = reconnect_s
        self._gone: ConnectionLost | None = None
        self._ws: ClientConnection | None = None
        self._online = asyncio.Event()
        self._inbox: deque[Event] = deque()
        self._changed = asyncio.Event()
        self._finished = False
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._item = ""
        self._last_seq = 0
        self._reported: dict[str, int] = {}
        self._listeners: list[Callable[[Event], None]] = []

    async def open(self) -> None:
        """Connect, say hello and wait until the session has taken the socket.

        Raises:
            ConnectionLost: Refused or closed before the session answered.
        """
        self.established = await self._attach(self._url, resume=None)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._report())]

    async def __aenter__(self) -> VoiceConnection:
        if self._ws is None:
            await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the socket; the session stays alive for its grace time. ``end`` ends it."""
        self._closing = True
        if self._ws is not None:
            await self._ws.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._finish(None)

    @property
    def online(self) -> bool:
        """Whether there is a socket now; without one, control messages wait and microphone audio is dropped."""
        return self._online.is_set() and not self._finished

    @property
    def finished(self) -> bool:
        """Whether the connection is over for good; ``failure`` says why if it was not on purpose."""
        return self._finished

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` with every event as it arrives, in addition to iteration. It must not block."""
        self._listeners.append(listener)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            while self._inbox:
                yield self._inbox.popleft()
            if self._finished:
                if self.failure is not None:
                    raise self.failure
                return
            self._changed.clear()
            await self._changed.wait()

    async def send_audio(self, pcm: bytes) -> None:
        """Send microphone audio now (mono PCM16 at ``audio_in`` Hz). Offline it is dropped and counted."""
        if len(pcm) % 2:
            raise ValueError("PCM16 audio has an even number of bytes")
        for start in range(0, len(pcm), MAX_FRAME_BYTES):
            chunk = pcm[start : start + MAX_FRAME_BYTES]
            ws = self._ws
            if ws is None or not self._online.is_set():
                self.dropped_audio_bytes += len(chunk)
                continue
            frame = chunk if self._binary else frame_of("audio_data", audio=base64.b64encode(chunk).decode())
            try:
                await ws.send(frame)
            except ConnectionClosed:
                self.dropped_audio_bytes += len(chunk)

    async def stream_audio(self, pcm: bytes, *, packet_ms: int = 20) -> None:
        """Send audio as a microphone would: one packet every ``packet_ms``."""
        size = 2 * self.audio_in * packet_ms // 1000
        pacer = Pacer(self.clock, packet_ms / 1000)
        for start in range(0, len(pcm), size):
            await pacer.wait()
            await self.send_audio(pcm[start : start + size])

    async def end(self) -> None:
        """End the session."""
        self._closing = True
        await self.send("end")

    async def send(self, kind: str, **data: Any) -> None:
        """Send any control frame; waits for the connection to come back, ``reconnect_s`` at most.

        Raises:
            ConnectionLost: The connection is gone for good.
        """
        while True:
            await self._online.wait()
            ws = self._ws
            if self._finished or ws is None:
                raise self.failure or ConnectionLost(1000, "the connection is closed")
            try:
                await ws.send(frame_of(kind, **data))
            except ConnectionClosed:
                if self._ws is ws and not self._finished:  # the reader has not noticed the close yet
                    self._online.clear()
                continue
            return

    async def _attach(self, url: str, resume: dict[str, Any] | None) -> ConnectionEstablished:
        try:
            ws = await connect(
                url, compression=None, max_size=_MAX_MESSAGE, open_timeout=OPEN_TIMEOUT_S, proxy=None
            )
        except InvalidStatus as error:
            raise turned_away(error.response.status_code, error.response.body) from error
        except InvalidHandshake as error:
            raise ConnectionLost(1008, f"the server refused the socket: {error}") from error
        except (OSError, InvalidURI) as error:
            raise ConnectionLost(1006, str(error) or type(error).__name__) from error
        hello: dict[str, Any] = {
            "protocol": 1,
            "binary": self._binary,
            "audio_in": {"format": "pcm16", "sample_rate": self.audio_in},
        }
        if self._audio_out is not None:
            hello["audio_out"] = {"format": "pcm16", "sample_rate": self._audio_out}
        if resume is not None:
            hello["resume"] = resume
        try:
            await ws.send(frame_of("hello", **hello))
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                established = await self._first_event(ws)
        except ConnectionClosed as error:
            raise _lost(error) from error
        except TimeoutError as error:
            await ws.close()
            raise ConnectionLost(1006, "the session did not answer the hello") from error
        self._ws = ws
        self._online.set()
        return established

    async def _first_event(self, ws: ClientConnection) -> ConnectionEstablished:
        while True:
            frame = await ws.recv()
            self._take(frame)
            event = self._inbox[-1] if self._inbox else None
            if isinstance(event, ConnectionEstablished):
                return event
            if isinstance(event, ErrorEvent) and event.fatal:
                raise ConnectionLost(1008, f"{event.code}: {event.message}")

    async def _read(self) -> None:
        while self._ws is not None:
            try:
                while True:
                    self._take(await self._ws.recv())
            except ConnectionClosed as closed:
                lost = _lost(closed)
            self._online.clear()
            if self._closing or lost.close_code not in RESUMABLE_CLOSES or not await self._resume():
                self._finish(None if self._closing or lost.close_code == 1000 else self._gone or lost)
                return

    async def _resume(self) -> bool:
        if self._reopen is None or self.established is None:
            return False
        broken_at = self.clock()
        until, pause = broken_at + self._reconnect_s, _FIRST_PAUSE_S
        while self.clock() < until:
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311  (no secret)
            pause = min(_LONGEST_PAUSE_S, 2 * pause)
            self.player.advance(self.clock())
            resume: dict[str, Any] = {"token": self.established.resume_token, "last_seq": self._last_seq}
            if self._item:
                resume["playback"] = {
                    "item_id": self._item,
                    "played_ms": self.player.played_ms(self._item),
                }
                # what was not heard is spoken again by the server, so the rest of the buffer is void
                self.player.flush(self.clock(), interrupted=False)
            try:
                self.established = await self._attach(await self._reopen(), resume)
            except Hero365Error as error:
                self._gone = _final(error)
                if self._gone is not None:
                    return False
                continue
            self.reconnects += 1
            self._spawn(self.send_doubtful(broken_at))
            return True
        return False

    def _take(self, frame: str | bytes) -> None:
        now = self.clock()
        try:
            event = (
                Audio(item_id=self._item, pcm=frame, received_at=now)
                if isinstance(frame, bytes)
                else parse_event(frame, now)
            )
        except ProtocolError as error:
            event = ErrorEvent(code=error.code, message=error.message, received_at=now)
        if event.seq is not None:
            self._last_seq = max(self._last_seq, event.seq)
        if isinstance(event, ConnectionEstablished):
            self.established = event
            if self._audio_out is None:  # else the hello asks for its own, whatever the session had before
                self.player.retune(rate_of(event.audio_out) or DEFAULT_OUTPUT_RATE)
        elif isinstance(event, Audio):
            self.player.receive(event.item_id or self._item, event.pcm, now)
        elif isinstance(event, ResponseStarted):
            self._item = event.item_id
        elif isinstance(event, ResponsePaused):
            self.player.flush(now, event.item_id or None, interrupted=False)
            self._tell_where_it_stopped(event.item_id)
        elif isinstance(event, ResponseInterrupted):
            self.player.flush(now, event.item_id or None)
            self._tell_where_it_stopped(event.item_id)
        if len(self._inbox) >= _INBOX:  # nobody iterates: the oldest go, and it is counted
            self._inbox.popleft()
            self.dropped_events += 1
        self._inbox.append(event)
        self._changed.set()
        for listener in self._listeners:
            listener(event)

    def _finish(self, failure: ConnectionLost | None) -> None:
        if not self._finished:
            self.failure = failure
            self._finished = True
        self._online.set()  # wakes senders, who then see that it is over
        self._changed.set()

    def _tell_where_it_stopped(self, item_id: str) -> None:
        """Only here is it known to the word what the user heard."""
        played = self.player.played_ms(item_id)
        if not item_id or not self._online.is_set():
            return
        self._reported[item_id] = played
        self._spawn(self._send_last_report(item_id, played))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside all else, until it is done or the connection is closed."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(lambda done: self._tasks.remove(done) if done in self._tasks else None)

    async def _send_last_report(self, item_id: str, played_ms: int) -> None:
        with contextlib.suppress(ConnectionLost):  # the next connection says where it is by itself
            await self.send("playback", item_id=item_id, played_ms=played_ms, stopped=True)

    async def _report(self) -> None:
        """Tell the server how much of each reply was played, while it changes."""
        pacer = Pacer(self.clock, REPORT_INTERVAL_S)
        while not self._finished:
            await pacer.wait()
            self.player.advance(self.clock())
            for item_id in list(dict.fromkeys([*self._reported, self._item])):
                played = self.player.played_ms(item_id) if item_id else 0
                if played > self._reported.get(item_id, 0) and self._online.is_set():
                    self._reported[item_id] = played
                    await self.send("playback", item_id=item_id, played_ms=played)
            for stale in [item_id for item_id in self._reported if item_id != self._item][:-4]:
                del self._reported[stale]


def is_reply_end(event: Event) -> bool:
    """Whether a reply is over: complete or interrupted."""
    return isinstance(event, ResponseDone | ResponseInterrupted)


def _final(error: Hero365Error) -> ConnectionLost | None:
    """Why a session cannot be resumed; None where it is worth another try."""
    if isinstance(error, ConnectionLost):
        return None if error.close_code in RESUMABLE_CLOSES | {1013} else error
    if isinstance(error, ApiError) and error.status in _FINAL_STATUS:
        return ConnectionLost(_FINAL_STATUS[error.status], f"{error.code}: {error.message}")
    return None


def _lost(closed: ConnectionClosed) -> ConnectionLost:
    close = closed.rcvd or (closed.sent if closed.rcvd_then_sent is False else None)
    return ConnectionLost(close.code, close.reason) if close is not None else ConnectionLost(1006, "")
