"""The session actor's own WebSocket server: one listener per socket, frames straight to the conversation.

Checks origin and ticket itself, whoever stands in front, so the port gives nothing away. Keeps each client within its
budget and never buffers without a bound: of the audio for a client that does not read only the newest is kept, too
many events end it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from actors.socket_counts import SocketCounts
from conversation.budget import ClientBudget, Limits, LineBudget
from conversation.events import (
    AudioIn,
    ClientEvent,
    CloseSocket,
    EndIn,
    Outgoing,
    PingIn,
    PlaybackIn,
    ServerEvent,
    error_event,
)
from protocols.door import Door, Frame, ProtocolError
from protocols.hero365 import MAX_TEXT_FRAME_BYTES, Hero365Door

log = logging.getLogger(__name__)

#: Where a session's OpenAI-Realtime door is; its id follows.
REALTIME_PATH = "/v1/realtime/"
#: Frames a client may send before its ticket has been checked.
_EARLY_FRAMES = 64
#: Unsent bytes beyond which a client that does not read is disconnected.
_MAX_UNSENT = 4 * 1024 * 1024
#: Events after which audio that was not sent yet is not wanted: the client would throw it away.
_SILENCING = frozenset({"response_interrupted", "response_paused"})
#: Frames of audio that wait for a client that does not keep up; beyond that the oldest are dropped.
_WAITING_AUDIO = 64
#: Seconds without a frame after which a client is asked whether it is there, and within which it has to answer.
_SILENT_S = 20.0
#: Seconds a client has to answer a close.
_CLOSE_WAIT_S = 2.0


class Served(Protocol):
    """The conversation behind the server."""

    session_id: str

    def receive(self, event: ClientEvent) -> None:
        """A client event."""
        ...

    def attach(self, sink: Socket) -> None:
        """A client connected."""
        ...

    def detach(self, sink: Socket) -> None:
        """It went away."""
        ...

    def input_rate(self) -> int:
        """Hz of the client's audio."""
        ...

    def realtime_door(self, model: str | None, *, buffer_events: bool) -> Door:
        """An OpenAI-Realtime door to it, for a client that names ``model``."""
        ...


class Socket(WSListener):
    """One client connection.

    Args:
        served: The conversation, or None when the path names none that lives here.
        admit: Checks the ticket; returns the close code (0: welcome) and a reason.
        limits: The client's budget.
        door: Its codec.
        counts: Where what it loses is counted.
    """

    def __init__(
        self,
        served: Served | None,
        admit: Callable[[], Coroutine[Any, Any, tuple[int, str]]],
        limits: Limits,
        door: Door,
        counts: SocketCounts,
    ) -> None:
        super().__init__()
        self._counts = counts
        self._served = served
        self._door = door
        self._admit = admit
        self._budget = ClientBudget(limits)
        self._line = LineBudget(limits.audio_factor, limits.audio_window_s)
        self._longest_s = limits.longest_s
        self._life: asyncio.TimerHandle | None = None
        self._transport: WSTransport | None = None
        self._early: list[tuple[bool, bytes]] = []
        self._admitted = False
        self._partial: bytearray | None = None
        self._partial_binary = False
        self._full = False
        self._waiting: deque[tuple[str | None, bytes | str]] = deque()  # item of audio or None, frame
        self._waiting_audio = 0
        self._waiting_bytes = 0
        self._seq = 0
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self.dropped_audio = 0

    # --- picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done: check the ticket before anything else."""
        self._transport = transport
        self._counts.open.add(self)
        self._task = asyncio.get_running_loop().create_task(self._enter())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The end of the connection is the detach signal."""
        self._transport = None
        self._counts.open.discard(self)
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
        if self._life is not None:
            self._life.cancel()
        if self._admitted and self._served is not None:
            self._served.detach(self)
            if self._door.ends_with_socket:
                self._served.receive(EndIn())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame of any kind; messages in fragments are put together up to the largest allowed size."""
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            if not self._closing:
                transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
            return
        if self._closing:
            return
        if not self._line.frame(frame.payload_size, asyncio.get_running_loop().time()):
            self._close(1008, "too fast")
        elif kind == WSMsgType.PING:
            if not self._full:  # who does not read gets no answers piled up
                transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.TEXT or kind == WSMsgType.BINARY:
            binary = kind == WSMsgType.BINARY
            if frame.fin:
                self._message(binary, frame.get_payload_as_bytes())
            else:
                self._partial, self._partial_binary = bytearray(frame.get_payload_as_bytes()), binary
        elif kind == WSMsgType.CONTINUATION and self._partial is not None:
            self._partial += frame.get_payload_as_memoryview()
            if len(self._partial) > MAX_TEXT_FRAME_BYTES:
                self._close(1009, "message too big")
            elif frame.fin:
                message, self._partial = bytes(self._partial), None
                self._message(self._partial_binary, message)

    def pause_writing(self) -> None:
        """The client does not keep up: what is for it waits."""
        self._full = True

    def resume_writing(self) -> None:
        """It reads again."""
        self._full = False
        while self._waiting and not self._full:
            self._send(self._next_waiting())

    # --- in

    async def _enter(self) -> None:
        try:
            code, reason = await self._admit()
        except Exception:
            log.exception("a ticket could not be checked")
            code, reason = 4000, "internal_error"
        if code or self._served is None:
            self._close(code or 4004, reason)
            return
        self._admitted = True
        loop = asyncio.get_running_loop()
        self._life = loop.call_later(self._longest_s, self._close, 1012, "socket_timeout")
        self._served.attach(self)
        for event in self._door.opened():
            self._served.receive(event)
        early, self._early = self._early, []
        for binary, payload in early:
            self._message(binary, payload)

    def _message(self, binary: bool, payload: bytes) -> None:
        if not self._admitted:
            if len(self._early) >= _EARLY_FRAMES:
                self._close(1008, "too much before the ticket was checked")
            else:
                self._early.append((binary, payload))
            return
        try:
            read = self._door.read(binary, payload)
        except ProtocolError as error:
            self._mistake(error_event(error.code, str(error), **error.details), error.code == "oversize")
            return
        for each in read:
            if isinstance(each, Frame):
                self._put(each)
            else:
                self._event(each)

    def _event(self, event: ClientEvent) -> None:
        assert self._served is not None  # noqa: S101  (admitted sockets have a conversation)
        now = asyncio.get_running_loop().time()
        if isinstance(event, AudioIn):
            if not self._budget.audio(len(event.pcm) / 2 / self._served.input_rate(), now):
                self._refuse("audio_too_fast", "Audio came faster than it can have been spoken.")
                return
        elif not self._budget.control(now, small=isinstance(event, PlaybackIn | PingIn)):
            self._mistake(error_event("rate_limited", "Too many messages; slow down."), False)
            return
        self._served.receive(event)

    def _mistake(self, event: ServerEvent, oversize: bool) -> None:
        self.deliver(self._seq, event)
        if not self._budget.mistake(asyncio.get_running_loop().time()):
            self._close(1009 if oversize else 1008, "too many bad messages")

    def _refuse(self, code: str, message: str) -> None:
        self.deliver(self._seq, error_event(code, message, fatal=True))
        self._close(1008, code)

    # --- out

    def deliver(self, seq: int, event: Outgoing) -> None:
        """Send an event, or keep it for a client that does not read; disconnects one that never does."""
        transport = self._transport
        if transport is None or transport.is_disconnected or self._closing:
            return
        if isinstance(event, CloseSocket):
            self._close(event.code, event.reason)
            return
        self._seq = max(self._seq, seq)
        if self._waiting and isinstance(event, ServerEvent) and event.type in _SILENCING:
            self._forget_audio()
        for frame in self._door.write(event, self._seq, self._budget):
            self._put(frame)

    def _put(self, frame: Frame) -> None:
        """Send a frame, or keep it while the client does not read."""
        transport = self._transport
        if transport is None or transport.is_disconnected or self._closing:
            return
        if not self._full and not self._waiting:
            self._send(frame.payload)
            return
        self._wait(frame.audio_of, frame.payload)
        if self.unsent > _MAX_UNSENT:
            self._counts.cut_off += 1
            log.warning(
                "a client of session %s does not read; disconnecting it",
                self._served.session_id if self._served else "",
            )
            transport.disconnect(graceful=False)

    @property
    def unsent(self) -> int:
        """Bytes that wait for the client in this process."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return 0
        return transport.underlying_transport.get_write_buffer_size() + self._waiting_bytes

    def _send(self, frame: bytes | str) -> None:
        assert self._transport is not None  # noqa: S101  (checked by the callers)
        if isinstance(frame, bytes):
            self._transport.send(WSMsgType.BINARY, frame)
        else:
            self._transport.send(WSMsgType.TEXT, frame.encode())

    def _wait(self, item_id: str | None, frame: bytes | str) -> None:
        """Keep a frame; of the audio only the newest."""
        self._waiting.append((item_id, frame))
        self._waiting_bytes += len(frame)
        if item_id is None:
            return
        self._waiting_audio += 1
        if self._waiting_audio > _WAITING_AUDIO:
            oldest = next(index for index, (item, _) in enumerate(self._waiting) if item is not None)
            self._waiting_bytes -= len(self._waiting[oldest][1])
            del self._waiting[oldest]
            self._waiting_audio -= 1
            self.dropped_audio += 1
            self._counts.dropped_audio += 1

    def _next_waiting(self) -> bytes | str:
        item_id, frame = self._waiting.popleft()
        self._waiting_bytes -= len(frame)
        self._waiting_audio -= item_id is not None
        return frame

    def _forget_audio(self) -> None:
        self._waiting = deque(entry for entry in self._waiting if entry[0] is None)
        self._waiting_audio = 0
        self._waiting_bytes = sum(len(frame) for _, frame in self._waiting)

    def _close(self, code: int, reason: str) -> None:
        transport = self._transport
        if transport is None or transport.is_disconnected or self._closing:
            return
        self._counts.closes[code] += 1
        self._forget_audio()
        while self._waiting:
            self._send(self._next_waiting())
        for frame in self._door.farewell(code, reason):
            self._send(frame.payload)
        transport.send_close(code, reason.encode()[:120])  # pyright: ignore[reportArgumentType]  (4xxx codes)
        # What the client is still sending is read and thrown away: a connection that ends with unread data is reset,
        # and the close code would be lost on the way.
        self._closing = True
        asyncio.get_running_loop().call_later(_CLOSE_WAIT_S, transport.disconnect)


async def _foreign() -> tuple[int, str]:
    return 1008, "origin_not_allowed"


class MediaServer:
    """Listens on a free port of ``host`` and hands sockets to the conversation.

    Args:
        find: The conversation of a session id, or None.
        admit: Checks a session id and a ticket; returns the close code (0: welcome) and a reason.
        limits: The budget of each client.
        origins: Whether a page may come in, by its Origin and Host headers.

    Attributes:
        counts: What its sockets have lost and hold back.
    """

    def __init__(
        self,
        find: Callable[[str], Served | None],
        admit: Callable[[str, str | None], Coroutine[Any, Any, tuple[int, str]]],
        limits: Limits,
        origins: Callable[[str | None, str | None], bool],
    ) -> None:
        self._find = find
        self._admit = admit
        self._limits = limits
        self._origins = origins
        self.counts = SocketCounts()
        self._server: asyncio.Server | None = None

    async def start(self, host: str) -> int:
        """Start listening; returns the port."""
        self._server = await ws_create_server(
            self._accept,
            host,
            0,
            max_frame_size=MAX_TEXT_FRAME_BYTES + 1024,
            websocket_handshake_timeout=5,
            enable_auto_pong=False,
            enable_auto_ping=True,
            auto_ping_idle_timeout=_SILENT_S,
            auto_ping_reply_timeout=_SILENT_S,
        )
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def _accept(self, request: WSUpgradeRequest) -> WSListener | None:
        parts = urlsplit(request.path.decode("ascii", "replace"))
        session_id = parts.path.rsplit("/", 1)[-1]
        query = parse_qs(parts.query)
        ticket = query.get("ticket", [None])[0]
        served = self._find(session_id)
        door: Door = Hero365Door(session_id)
        if served is not None and parts.path.startswith(REALTIME_PATH):
            wanted = query.get("output_audio_buffer_events", [""])[0]
            door = served.realtime_door(query.get("model", [None])[0], buffer_events=wanted == "true")
        if not self._origins(request.headers.get("Origin"), request.headers.get("Host")):
            return Socket(served, _foreign, self._limits, door, self.counts)
        return Socket(served, lambda: self._admit(session_id, ticket), self._limits, door, self.counts)
