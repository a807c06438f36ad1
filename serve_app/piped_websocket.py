"""The ingress's end of a client's WebSocket: uvicorn's own protocol, with a short way for frames past ASGI.

ASGI carries the handshake, the refusals and the close. Once the door has let a client in, the pipe takes the
messages themselves: on the way through ASGI and Ray Serve's queue each would wake two tasks and pause and resume the
socket. Never interprets a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any, cast

import uvicorn.config
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import InvalidState
from websockets.http11 import Request

#: Where the scope of a connection has its ``PipedWebSocket``.
EXTENSION = "hero365.piped"
#: Key of the ASGI message behind which nothing but the end of the connection comes through ASGI.
TAKEN = "hero365.taken"

#: Called with (whether it is binary, payload) for each message.
Taker = Callable[[bool, bytes], None]


class PipedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose messages can be taken directly. Compression is off: it finds nothing to save in audio."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        config.ws_per_message_deflate = False
        super().__init__(config, server_state, app_state, _loop)
        self._taker: Taker | None = None

    def handle_connect(self, event: Request) -> None:
        """Uvicorn's hook: the handshake arrived."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            scope = cast("dict[str, Any]", self.scope)
            scope["extensions"][EXTENSION] = self

    def take(self, taker: Taker) -> None:
        """Give ``taker`` every message from now on. Earlier ones are still in ASGI, before one marked ``TAKEN``."""
        self.queue.put_nowait({"type": "websocket.receive", "text": "", TAKEN: True})  # pyright: ignore[reportArgumentType]
        self._taker = taker

    def send_receive_event_to_app(self) -> None:
        """Uvicorn's hook: ``self.frames`` are a whole message."""
        if self._taker is None:
            super().send_receive_event_to_app()
            return
        payload = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            self._taker(self.curr_msg_data_type == "bytes", payload)

    def shutdown(self) -> None:
        """Uvicorn's hook: its server takes no new connections. Conversations that are open go on to their own end.

        Uvicorn would close them with 1012; its server ends when the last is gone, or when its time is up.
        """
        if not self.handshake_complete or self.close_sent:
            super().shutdown()

    async def pass_on(self, binary: bool, payload: bytes) -> None:
        """Send a message; waits while the client does not read. Raises ClientDisconnected."""
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.close_sent:
            raise ClientDisconnected
        try:
            if binary:
                self.conn.send_binary(payload)
            else:
                self.conn.send_text(payload)
        except InvalidState:
            raise ClientDisconnected from None
        self.transport.write(b"".join(self.conn.data_to_send()))


def piped(scope: MutableMapping[str, Any]) -> PipedWebSocket | None:
    """The connection of a scope, if it can be piped from here: it is one of ours and lives on this event loop."""
    found = (scope.get("extensions") or {}).get(EXTENSION)
    if isinstance(found, PipedWebSocket) and found.loop is asyncio.get_running_loop():
        return found
    return None


def use_piped_websockets() -> None:
    """Make servers that uvicorn starts in this process from now on take ``PipedWebSocket``.

    Ray Serve starts the ingress's server and leaves the choice of the implementation to uvicorn.
    """
    uvicorn.config.WS_PROTOCOLS["auto"] = f"{__name__}:{PipedWebSocket.__name__}"
