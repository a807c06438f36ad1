"""Start, find, change and end conversations. Every session is checked to be the caller's own.

Knows HTTP and nothing of Ray; the sessions are behind ``SessionControl``.
"""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Request
from starlette.datastructures import URL

from config.settings import Settings
from conversation.brain.greeting import greeting
from conversation.spec import SessionRecord
from serve_app.auth import Principal
from serve_app.dependencies import Caller, ControllingCaller, Dependencies, Deps
from serve_app.errors import ApiError
from serve_app.models import (
    AgentConfig,
    ConfigRequest,
    ConfigResponse,
    SessionRequest,
    SessionShown,
    SessionsResponse,
    SessionSummary,
    StartRequest,
    StartResponse,
    StatusResponse,
    StopResponse,
    TicketResponse,
    Warned,
    WebSocketConnection,
)
from serve_app.starting import begin

router = APIRouter(tags=["sessions"])

_SHOWN_AS = {"max_duration_s": "max_duration"}


@router.post("/openai/start")
async def start(
    request: Request, caller: Caller, deps: Deps, body: Annotated[StartRequest | None, Body()] = None
) -> StartResponse:
    """Start a conversation: claims a session and returns the address of its socket with a ticket."""
    begun = await begin(caller, deps, body.changes() if body is not None else {})
    record, spec, options = begun.record, begun.spec, begun.options
    now = deps.now().astimezone(ZoneInfo(caller.timezone))
    return StartResponse(
        session_id=record.session_id,
        agent_type=options.agent_type,
        greeting=greeting(now, spec.user_name, caller.business_name, options.is_driving),
        available_tools=[
            tool.name
            for tool in deps.tools
            if tool.permission is None or tool.permission in caller.permissions
        ],
        websocket_connection=_connection(request, deps, record, _ticket(deps, record)),
        agent_config=AgentConfig.of(options),
        warnings=Warned.of(begun.warnings),
    )


@router.post("/openai/ticket")
async def ticket(
    request: Request, caller: ControllingCaller, deps: Deps, body: SessionRequest
) -> TicketResponse:
    """A fresh single-use ticket, to connect again to a conversation that is under way."""
    record = await _own(deps, caller, body.session_id)
    if record.state == "ended":
        raise ApiError(409, "session_not_active", "The session has ended.")
    fresh = _ticket(deps, record)
    connection = _connection(request, deps, record, fresh)
    return TicketResponse(session_id=record.session_id, ticket=fresh, **connection.model_dump())


@router.post("/openai/status")
async def status(caller: ControllingCaller, deps: Deps, body: SessionRequest) -> StatusResponse:
    """A conversation as it is now."""
    record = await _own(deps, caller, body.session_id)
    state = await deps.control.status(record.session_id)
    return StatusResponse.model_validate({**state, "session_id": record.session_id})


@router.post("/openai/stop")
async def stop(caller: ControllingCaller, deps: Deps, body: SessionRequest) -> StopResponse:
    """End a conversation. Ending it again gives the same summary."""
    record = await _own(deps, caller, body.session_id)
    summary = await deps.control.stop(record.session_id)
    await deps.limits.release_session(caller.user_id, caller.business_id, record.session_id)
    return StopResponse(session_id=record.session_id, session_summary=SessionSummary.model_validate(summary))


@router.post("/openai/config")
async def config(caller: ControllingCaller, deps: Deps, body: ConfigRequest) -> ConfigResponse:
    """Change options of a conversation that is under way."""
    changes = body.with_wishes()
    if not changes:
        raise ApiError(400, "nothing_to_change", "Name at least one option to change.")
    record = await _own(deps, caller, body.session_id)
    outcome = await deps.control.configure(record.session_id, changes)
    options: dict[str, Any] = outcome["options"]
    changed = {_SHOWN_AS.get(name, name): value for name, value in options.items()}
    return ConfigResponse(
        session_id=record.session_id,
        changed=changed,
        warnings=outcome["warnings"],
        remembered=outcome.get("remembered", []),
    )


@router.get("/openai/sessions")
async def sessions(caller: ControllingCaller, deps: Deps) -> SessionsResponse:
    """The caller's own conversations in this business."""
    records = await deps.control.sessions_of(caller.user_id, caller.business_id)
    shown = [
        SessionShown(session_id=record.session_id, state=record.state, created_at=record.created_at)
        for record in records
    ]
    return SessionsResponse(sessions=shown, total=len(shown))


async def _own(deps: Dependencies, caller: Principal, session_id: str) -> SessionRecord:
    """The caller's session. Raises ApiError 404 when there is none, 403 when it is somebody else's."""
    record = await deps.control.record(session_id)
    if record is None:
        raise ApiError(404, "session_not_found", "There is no such session.")
    if (record.user_id, record.business_id) != (caller.user_id, caller.business_id):
        raise ApiError(403, "not_your_session", "This session is not yours.")
    return record


def _ticket(deps: Dependencies, record: SessionRecord) -> str:
    address = (record.host, record.port) if deps.settings.media_route == "direct" else None
    return deps.tickets.issue(record.session_id, record.user_id, record.business_id, address)


def _connection(
    request: Request, deps: Dependencies, record: SessionRecord, fresh_ticket: str
) -> WebSocketConnection:
    return WebSocketConnection(
        websocket_url=f"{_root(request, deps.settings)}/ws/voice-agent/{record.session_id}?ticket={fresh_ticket}",
        sample_rate=deps.settings.audio_sample_rate,
        chunk_size=deps.settings.audio_chunk_size,
        ticket_expires_in=deps.settings.ticket_ttl_s,
    )


def _root(request: Request, settings: Settings) -> str:
    """Where sockets are opened: ws:// or wss:// and the host of the ingress, or of the edge on the direct route."""
    direct = settings.media_route == "direct"
    if direct and settings.edge_url is not None:
        return settings.edge_url.rstrip("/")
    url = URL(settings.public_url) if settings.public_url is not None else request.base_url
    if settings.public_url is None and request.headers.get("x-forwarded-proto") == "https":
        url = url.replace(scheme="https")
    if direct:
        url = url.replace(port=settings.edge_port)
    return "ws" + str(url).removeprefix("http").rstrip("/")
