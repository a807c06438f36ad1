"""The WebSocket door: accepts, checks origin and ticket, finds the session, hands over to the pipe.

Trusts nothing in the URL but the signed ticket. Parses no message; what the frames mean is the session actor's.
Every refusal is an accepted socket closed with a code of the protocol and a stable reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager

from fastapi import APIRouter, WebSocket
from redis.exceptions import RedisError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from config.origins import origin_allowed
from config.settings import Settings
from conversation.spec import SessionRecord
from conversation.tickets import TicketRefused
from serve_app.dependencies import Dependencies, Deps

logger = logging.getLogger(__name__)
router = APIRouter()

POLICY = 1008
RESTART = 1012
AT_CAPACITY = 1013
INTERNAL = 4000
NOT_ACTIVE = 4003
UNKNOWN_SESSION = 4004
_LOOKUP_TIMEOUT_S = 5.0


class DoorClosed(Exception):  # noqa: N818  (named as the code reads)
    """The socket is refused: a close code of the protocol and a stable reason."""

    def __init__(self, close_code: int, reason: str) -> None:
        super().__init__(reason)
        self.close_code = close_code
        self.reason = reason


class OpenSockets:
    """Counts the sockets of this replica against WEBSOCKET_MAX_CONNECTIONS."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.count = 0

    @contextmanager
    def place(self) -> Generator[None]:
        """Hold one place. Raises DoorClosed when all are taken."""
        if self.count >= self._limit:
            raise DoorClosed(AT_CAPACITY, "at_capacity")
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


@router.websocket("/ws/voice-agent/{session_id}")
@router.websocket("/ws/{session_id}")
async def voice_socket(websocket: WebSocket, session_id: str, deps: Deps) -> None:
    """One client's socket to one session, until either side closes or WEBSOCKET_TIMEOUT is over."""
    await websocket.accept()
    sockets: OpenSockets = websocket.app.state.sockets
    life = asyncio.timeout(deps.settings.websocket_timeout)
    try:
        with sockets.place():
            check_origin(websocket, deps.settings)
            record = await admitted(websocket.query_params.get("ticket"), session_id, deps)
            path = f"/ws/voice-agent/{session_id}?{websocket.url.query}"
            async with life:
                await deps.pipe(websocket, (record.host, record.port), path, deps.settings)
    except DoorClosed as closed:
        logger.info("socket refused: %s", closed.reason, extra={"session_id": session_id})
        await _close(websocket, closed.close_code, closed.reason)
    except WebSocketDisconnect:
        logger.debug("client left at the door", extra={"session_id": session_id})
    except Exception as error:
        if isinstance(error, TimeoutError) and life.expired():
            await _close(websocket, RESTART, "socket_timeout")
            return
        logger.exception("socket failed", extra={"session_id": session_id})
        await _close(websocket, INTERNAL, "internal_error")


async def admitted(ticket: str | None, session_id: str, deps: Dependencies) -> SessionRecord:
    """The session's record once the ticket has proved good for it; the ticket is used up.

    Raises:
        DoorClosed: With the code and reason to close the socket with.
    """
    try:
        checked = deps.tickets.verify(ticket, session_id)
        async with asyncio.timeout(_LOOKUP_TIMEOUT_S):
            record = await deps.control.record(session_id)
            if record is None:
                raise DoorClosed(UNKNOWN_SESSION, "session_unknown")
            if (record.user_id, record.business_id) != (checked.user_id, checked.business_id):
                raise DoorClosed(POLICY, "ticket_wrong_session")
            if record.state == "ended":
                raise DoorClosed(NOT_ACTIVE, "session_not_active")
            await deps.tickets.consume(deps.redis, checked)
    except TicketRefused as refused:
        raise DoorClosed(POLICY, refused.code) from refused
    except (RedisError, TimeoutError) as error:
        logger.warning("the directory cannot be read: %s", type(error).__name__)
        raise DoorClosed(INTERNAL, "dependency_unavailable") from error
    return record


def check_origin(websocket: WebSocket, settings: Settings) -> None:
    """Refuse pages of foreign sites. Programs that are no browser send no Origin and pass on to the ticket.

    Raises:
        DoorClosed: The Origin is neither allowed nor the server's own.
    """
    headers = websocket.headers
    if not origin_allowed(headers.get("origin"), headers.get("host"), settings):
        raise DoorClosed(POLICY, "origin_not_allowed")


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    if websocket.application_state is WebSocketState.CONNECTED:
        await websocket.close(code, reason)
