"""The pipe between a client's socket on the ingress and the session actor's own WebSocket server.

Frames go through unread in both directions, past ASGI where the server can (``piped_websocket``). The client side is
always read, within a budget of bytes and frames per socket; a client that does not read is not read for either.
"""

from __future__ import annotations

import asyncio
import contextlib

from fastapi import WebSocket
from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from actors.metrics import PipeMetrics
from config.settings import Settings
from conversation.budget import LineBudget
from serve_app.piped_websocket import TAKEN, PipedWebSocket, piped

#: Largest message that is passed on; what is larger closes with 1009.
MAX_MESSAGE_BYTES = 160 * 1024
CONNECT_TIMEOUT_S = 5.0
#: Frames from the actor that wait for the client; beyond that the actor is not read until half of them are gone.
_DOWN_FRAMES = 64
#: Bytes for the actor that wait in this process; beyond that the socket is closed.
_MAX_UPSTREAM_BYTES = 1024 * 1024
#: Messages that may wait for those before them to come through ASGI.
_EARLY_FRAMES = 256
#: Seconds the actor has to take in what a client said before it left.
_LEAVE_TIMEOUT_S = 2.0
#: Codes that stand for "closed without one" and may not be sent.
_NO_CODES = frozenset({0, 1004, 1005, 1006, 1015})

Frame = tuple[bool, bytes]
METRICS = PipeMetrics()


class PipeClosed(Exception):  # noqa: N818  (a state, named as the code reads)
    """One side closed: the code and reason for the other one."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def _too_much(code: int, reason: str) -> PipeClosed:
    """The client is beyond its budget; counted."""
    METRICS.closed(code)
    return PipeClosed(code, reason)


class _Upstream(WSListener):
    """The connection to the actor: its frames go into a bounded queue, its reading stops when that is full."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: asyncio.Queue[Frame | None] = asyncio.Queue()
        self.close_code = 1012
        self.close_reason = "session connection lost"
        self._transport: WSTransport | None = None
        self._paused = False
        self._leaving = False
        self._gone = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            code = int(frame.get_close_code())  # pyright: ignore[reportArgumentType]  (an IntEnum)
            self.close_code = 1000 if code in _NO_CODES else code
            self.close_reason = (
                frame.get_close_message().decode("utf-8", "replace") if frame.payload_size > 2 else ""
            )
            if not self._leaving:
                transport.send_close(WSCloseCode.OK)
            transport.disconnect()
            return
        if kind in (WSMsgType.TEXT, WSMsgType.BINARY) and not self._leaving:
            self.frames.put_nowait((kind == WSMsgType.BINARY, frame.get_payload_as_bytes()))
            if self.frames.qsize() >= _DOWN_FRAMES and not self._paused:
                self._paused = True
                transport.underlying_transport.pause_reading()  # pyright: ignore[reportAttributeAccessIssue]

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self._gone.set()
        self.frames.put_nowait(None)

    def taken(self) -> None:
        """A frame has gone to the client."""
        if self._paused and self.frames.qsize() <= _DOWN_FRAMES // 2 and self._transport is not None:
            self._paused = False
            self._transport.underlying_transport.resume_reading()  # pyright: ignore[reportAttributeAccessIssue]

    async def leave(self) -> None:
        """The client is gone: close, reading on until the actor has closed too.

        A connection that ends with unread data is reset, and the client's last words would be lost on the way.
        """
        transport = self._transport
        if transport is None:
            return
        self._leaving = True
        self.frames = asyncio.Queue()
        if self._paused:
            transport.underlying_transport.resume_reading()  # pyright: ignore[reportAttributeAccessIssue]
        transport.send_close(WSCloseCode.GOING_AWAY)
        try:
            async with asyncio.timeout(_LEAVE_TIMEOUT_S):
                await self._gone.wait()
        finally:
            transport.disconnect(graceful=False)


class _Up:
    """Client → actor: passes messages on within the client's budget.

    Args:
        transport: The connection to the actor.
        settings: The budget.
    """

    def __init__(self, transport: WSTransport, settings: Settings) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._budget = LineBudget(settings.audio_rate_factor, settings.audio_rate_window_s)
        self._early: list[Frame] | None = []
        self.fault: asyncio.Future[None] = self._loop.create_future()

    def push(self, binary: bool, data: bytes) -> None:
        """Pass a message on. Raises PipeClosed beyond the budget."""
        size = len(data)
        if size > MAX_MESSAGE_BYTES:
            raise _too_much(1009, "message too big")
        if not self._budget.frame(size, self._loop.time()):
            raise _too_much(1008, "too fast")
        transport = self._transport
        if transport.is_disconnected:
            return
        transport.send(WSMsgType.BINARY if binary else WSMsgType.TEXT, data)
        if transport.underlying_transport.get_write_buffer_size() > _MAX_UPSTREAM_BYTES:
            raise _too_much(1008, "too fast")

    def taken(self, binary: bool, data: bytes) -> None:
        """A message that did not come through ASGI: waits until those before it have come from there."""
        if self.fault.done():
            return
        try:
            if self._early is None:
                self.push(binary, data)
            elif len(self._early) >= _EARLY_FRAMES:
                raise _too_much(1008, "too fast")
            else:
                self._early.append((binary, data))
        except PipeClosed as closed:
            self.fault.set_exception(closed)

    def caught_up(self) -> None:
        """All that came through ASGI has been passed on. Raises PipeClosed."""
        early, self._early = self._early or [], None
        for binary, data in early:
            self.push(binary, data)


async def run_pipe(websocket: WebSocket, address: tuple[str, int], path: str, settings: Settings) -> None:
    """Pump frames between an accepted client socket and the actor at ``address`` until either closes.

    Closes the client's socket with the actor's code; the end of the actor's connection tells it that the client is
    gone.
    """
    host, port = address
    upstream = _Upstream()
    try:
        transport, _listener = await ws_connect(
            lambda: upstream,
            f"ws://{host}:{port}{path}",
            websocket_handshake_timeout=CONNECT_TIMEOUT_S,
            max_frame_size=MAX_MESSAGE_BYTES * 2,
        )
    except (OSError, TimeoutError, WSError, asyncio.IncompleteReadError):
        # The actor is gone; the client may come back and be resumed elsewhere.
        await websocket.close(1012, "session not reachable")
        return
    up, direct = _Up(transport, settings), piped(websocket.scope)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_down(websocket, upstream, direct))
            group.create_task(_up(websocket, up))
            if direct is not None:
                direct.take(up.taken)
                group.create_task(_raise(up.fault))
    except* PipeClosed as closed:
        first = closed.exceptions[0]
        assert isinstance(first, PipeClosed)  # noqa: S101  (the group has only these)
        if first.code:
            await _close(websocket, first.code, first.reason)
    finally:
        with contextlib.suppress(TimeoutError):
            await upstream.leave()


async def _down(websocket: WebSocket, upstream: _Upstream, direct: PipedWebSocket | None) -> None:
    """Actor → client."""
    while True:
        frame = await upstream.frames.get()
        if frame is None:
            raise PipeClosed(upstream.close_code, upstream.close_reason)
        upstream.taken()
        binary, payload = frame
        try:
            if direct is not None:
                await direct.pass_on(binary, payload)
            elif binary:
                await websocket.send({"type": "websocket.send", "bytes": payload})
            else:
                await websocket.send({"type": "websocket.send", "text": payload.decode()})
        except (WebSocketDisconnect, ClientDisconnected, RuntimeError, OSError):
            raise PipeClosed(0, "client gone") from None


async def _up(websocket: WebSocket, up: _Up) -> None:
    """Client → actor, as far as it comes through ASGI: everything, or what came before the pipe stood and the end."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise PipeClosed(0, "client gone")
        if TAKEN in message:
            up.caught_up()
            continue
        data = message.get("bytes")
        if data is not None:
            up.push(True, data)
        else:
            up.push(False, (message.get("text") or "").encode())


async def _raise(fault: asyncio.Future[None]) -> None:
    await fault


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    try:
        await websocket.close(code, reason)
    except (WebSocketDisconnect, RuntimeError, OSError):
        return  # the client's side is closed already
