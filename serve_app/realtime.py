"""The OpenAI-Realtime-compatible ingress: the WebSocket ``/v1/realtime``.

Knows who calls and hands over to the pipe; what the frames mean is ``protocols/openai_realtime``'s. Every refusal is an
``error`` event before the close.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from conversation.spec import AtCapacity
from protocols.openai_realtime.errors import error_body
from protocols.openai_realtime.items import new_id
from serve_app.dependencies import Deps
from serve_app.door import AT_CAPACITY, INTERNAL, POLICY, RESTART, DoorClosed, OpenSockets, check_origin
from serve_app.errors import as_api_error
from serve_app.realtime_access import authenticated
from serve_app.starting import begin

logger = logging.getLogger(__name__)
router = APIRouter(tags=["realtime"])

#: Sub-protocols by which a browser names the protocol and gives its key: it cannot set headers.
SUBPROTOCOL = "realtime"


@router.websocket("/v1/realtime")
async def realtime_socket(websocket: WebSocket, deps: Deps) -> None:
    """One client's conversation: begins with the socket and ends with it."""
    offered: list[str] = websocket.scope.get("subprotocols") or []
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
    sockets: OpenSockets = websocket.app.state.sockets
    life = asyncio.timeout(deps.settings.websocket_timeout)
    try:
        with sockets.place():
            check_origin(websocket, deps.settings)
            caller, preset = await authenticated(websocket, deps, offered)
            record = (await begin(caller, deps, {}, preset)).record
            try:
                ticket = deps.tickets.issue(record.session_id, record.user_id, record.business_id)
                path = _path(websocket, record.session_id, ticket, preset.get("model"))
                async with life:
                    await deps.pipe(websocket, (record.host, record.port), path, deps.settings)
            finally:
                await deps.limits.release_session(caller.user_id, caller.business_id, record.session_id)
    except DoorClosed as closed:
        await _turn_away(websocket, closed.close_code, closed.reason, "This connection is refused.")
    except WebSocketDisconnect:
        logger.debug("client left at the realtime door")
    except Exception as error:
        if isinstance(error, TimeoutError) and life.expired():
            await _turn_away(websocket, RESTART, "session_expired", "The connection has lasted too long.")
            return
        refused = as_api_error(error)
        code = AT_CAPACITY if isinstance(error, AtCapacity) else POLICY if refused.status < 500 else INTERNAL
        await _turn_away(websocket, code, refused.code, refused.message, ours=refused.status >= 500)


def _path(websocket: WebSocket, session_id: str, ticket: str, model: Any) -> str:
    """Where the session's door is, with what of the client's query is for it."""
    query = {"ticket": ticket}
    named = websocket.query_params.get("model") or model
    if named:
        query["model"] = str(named)
    if websocket.query_params.get("output_audio_buffer_events") == "true":
        query["output_audio_buffer_events"] = "true"
    return f"/v1/realtime/{session_id}?{urlencode(query)}"


async def _turn_away(
    websocket: WebSocket, close_code: int, code: str, message: str, *, ours: bool = False
) -> None:
    """Say why, then close."""
    logger.info("realtime socket refused: %s", code)
    if websocket.application_state is not WebSocketState.CONNECTED:
        return
    event = {"type": "error", "event_id": new_id("event"), "error": error_body(code, message, ours=ours)}
    try:
        await websocket.send_text(json.dumps(event))
        await websocket.close(close_code, code)
    except (WebSocketDisconnect, RuntimeError, OSError):
        return  # the client's side is closed already
