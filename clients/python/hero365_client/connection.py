"""One voice connection: audio up, events and audio down, playback reports, reconnect with resume.

One task reads the socket and feeds the player before anybody sees the event, so the player's time line never
depends on how fast the caller iterates. Never blocks the loop and never buffers without a bound.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from hero365_client.errors import RESUMABLE_CLOSES, ConnectionLost, Hero365Error, ProtocolError
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
_BACKOFF_S = (0.1, 0.3, 1.0, 2.0, 4.0)
_MAX_MESSAGE = 4 * 1024 * 1024


class VoiceConnection:
    """A session's WebSocket. Use ``Hero365Client.connect``, or construct and ``open()``.

    Args:
        url: ``ws://`` or ``wss://`` URL with its ticket.
        audio_in: Hz of the audio given to ``send_audio``.
        audio_out: Hz of reply audio asked for; None takes the session's own.
        binary: Audio as binary frames in both directions.
        reopen: Returns a URL with a fresh ticket; None never reconnects.
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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if audio_in not in RATES or audio_out not in (*RATES, None):
            raise ValueError(f"audio is sent and played at one of {RATES} Hz")
        self.clock = clock
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
            frame = chunk if self._binary else _frame("audio_data", audio=base64.b64encode(chunk).decode())
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

    async def audio_end(self) -> None:
        """Say that no more audio follows in this turn."""
        await self.send("audio_end")

    async def send_text(self, text: str, message_id: str | None = None) -> None:
        """Type instead of speaking."""
        await self.send("text_message", text=text, **({"message_id": message_id} if message_id else {}))

    async def interrupt(self) -> None:
        """Stop the running reply."""
        await self.send("interrupt")

    async def confirm(self, confirmation_id: str, answer: bool) -> None:
        """Answer a ``ConfirmationRequest`` by button instead of by voice."""
        await self.send("confirm", confirmation_id=confirmation_id, answer=answer)

    async def update_config(self, **options: Any) -> None:
        """Change options of the running session."""
        await self.send("config_update", **options)

    async def mute(self, muted: bool = True) -> None:
        """Mute or unmute the microphone on the server's side."""
        await self.send("mute" if muted else "unmute")

    async def ping(self) -> None:
        """Ask for a ``pong``."""
        await self.send("ping")

    async def end(self) -> None:
        """End the session."""
        self._closing = True
        await self.send("end")

    async def send(self, kind: str, **data: Any) -> None:
        """Send any control frame; waits for the connection to come back.

        Raises:
            ConnectionLost: The connection is gone for good.
        """
        while True:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await self._online.wait()
            ws = self._ws
            if self._finished or ws is None:
                raise self.failure or ConnectionLost(1000, "the connection is closed")
            try:
                await ws.send(_frame(kind, **data))
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
            await ws.send(_frame("hello", **hello))
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
                self._finish(None if self._closing or lost.close_code == 1000 else lost)
                return

    async def _resume(self) -> bool:
        if self._reopen is None or self.established is None:
            return False
        for pause in _BACKOFF_S:
            await asyncio.sleep(pause)
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
            except (ConnectionLost, Hero365Error) as error:
                if isinstance(error, ConnectionLost) and error.close_code not in RESUMABLE_CLOSES:
                    return False
                continue
            self.reconnects += 1
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
                self.player.retune(_rate_of(event.audio_out) or DEFAULT_OUTPUT_RATE)
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
        sending = asyncio.create_task(self._send_last_report(item_id, played))
        self._tasks.append(sending)
        sending.add_done_callback(lambda done: self._tasks.remove(done) if done in self._tasks else None)

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


def _frame(kind: str, **data: Any) -> str:
    return json.dumps({"type": kind, "data": data} if data else {"type": kind}, separators=(",", ":"))


def _rate_of(audio: Any) -> int | None:
    """Hz from ``audio_out`` of the server, which may be a number or an object."""
    if isinstance(audio, int):
        return audio
    if isinstance(audio, dict):
        rate: Any = audio.get("sample_rate") or audio.get("rate")
        return rate if isinstance(rate, int) else None
    return None


def _lost(closed: ConnectionClosed) -> ConnectionLost:
    close = closed.rcvd or (closed.sent if closed.rcvd_then_sent is False else None)
    return ConnectionLost(close.code, close.reason) if close is not None else ConnectionLost(1006, "")
