"""Server events of the Hero365 WebSocket as frozen dataclasses, and the parser from JSON frames.

Unknown types and unknown fields never fail: a newer server may talk to an older client. Malformed JSON does.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeAlias

from hero365_client.errors import ProtocolError


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has: ``seq`` (None for binary audio) and the clock time of its arrival."""

    type: ClassVar[str] = ""
    seq: int | None = None
    received_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionEstablished(Event):
    """The session has taken this socket."""

    type: ClassVar[str] = "connection_established"
    session_id: str = ""
    resume_token: str = ""
    agent_name: str = ""
    greeting: str = ""
    capabilities: Any = None
    audio_out: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStartedSpeaking(Event):
    """The session hears speech."""

    type: ClassVar[str] = "user_started_speaking"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStoppedSpeaking(Event):
    """The session takes the user's turn as ended."""

    type: ClassVar[str] = "user_stopped_speaking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(Event):
    """What the user was heard to say; partial until ``is_final``."""

    type: ClassVar[str] = "transcript"
    item_id: str = ""
    text: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking(Event):
    """The agent works on an answer."""

    type: ClassVar[str] = "thinking"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled(Event):
    """A tool starts. ``arguments`` is the JSON object the agent gave."""

    type: ClassVar[str] = "tool_call"
    call_id: str = ""
    name: str = ""
    arguments: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolProgress(Event):
    """A tool that takes long is still running, ``elapsed_ms`` after it was started."""

    type: ClassVar[str] = "tool_progress"
    call_id: str = ""
    name: str = ""
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished(Event):
    """A tool has answered, after ``elapsed_ms``.

    ``late`` when the user had been told before that it was still being worked on. ``error`` is the error's type.
    """

    type: ClassVar[str] = "tool_result"
    call_id: str = ""
    name: str = ""
    ok: bool = False
    summary: str = ""
    elapsed_ms: float = 0.0
    error: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRequest(Event):
    """The agent asks for a yes before it acts."""

    type: ClassVar[str] = "confirmation_request"
    confirmation_id: str = ""
    read_back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff(Event):
    """Another agent takes over. The wire's ``from`` and ``to``."""

    type: ClassVar[str] = "handoff"
    from_agent: str = ""
    to_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseStarted(Event):
    """The agent begins a reply; binary audio from here on belongs to ``item_id``."""

    type: ClassVar[str] = "response_started"
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseText(Event):
    """A piece of the reply as text. ``spoken`` is ``full``, ``partial`` or ``pending``."""

    type: ClassVar[str] = "response_text"
    item_id: str = ""
    text: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio(Event):
    """Reply audio: mono PCM16 at the negotiated output rate."""

    type: ClassVar[str] = "audio"
    item_id: str = ""
    pcm: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePaused(Event):
    """Somebody spoke over the reply: what was not played is thrown away; it is sent again if the reply goes on."""

    type: ClassVar[str] = "response_paused"
    item_id: str = ""
    heard_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseResumed(Event):
    """It was no interruption: audio from ``from_ms`` of the reply on follows."""

    type: ClassVar[str] = "response_resumed"
    item_id: str = ""
    from_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseInterrupted(Event):
    """The reply was cut: what was not played must be thrown away."""

    type: ClassVar[str] = "response_interrupted"
    item_id: str = ""
    heard_text: str = ""
    heard_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDone(Event):
    """The reply is complete. ``latency`` holds the turn's spans in ms."""

    type: ClassVar[str] = "response_done"
    item_id: str = ""
    latency: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification(Event):
    """A reminder, a follow-up or the outcome of something begun earlier; it is spoken as ``item_id``.

    ``late`` when it was due before anybody was there to hear it; ``message_id`` stays the same when it comes again.
    """

    type: ClassVar[str] = "notification"
    message_id: str = ""
    kind: str = ""
    text: str = ""
    late: bool = False
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """A new socket has taken up the session; ``replayed`` events follow or have followed."""

    type: ClassVar[str] = "resumed"
    replayed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draining(Event):
    """The node is going away; reconnect after the given time."""

    type: ClassVar[str] = "draining"
    reconnect_after_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEvent(Event):
    """The server refused a frame or failed. The session lives unless ``fatal``."""

    type: ClassVar[str] = "error"
    code: str = ""
    message: str = ""
    fatal: bool = False
    details: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """Any other frame: ``session_status``, ``config_updated``, ``pong`` and what later servers add."""

    name: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])


ServerEvent: TypeAlias = Event
_TYPES: dict[str, type[Event]] = {
    cls.type: cls
    for cls in (
        ConnectionEstablished,
        UserStartedSpeaking,
        UserStoppedSpeaking,
        Transcript,
        Thinking,
        ToolCalled,
        ToolProgress,
        ToolFinished,
        ConfirmationRequest,
        HandOff,
        ResponseStarted,
        ResponseText,
        ResponsePaused,
        ResponseResumed,
        ResponseInterrupted,
        ResponseDone,
        Notification,
        Resumed,
        Draining,
        ErrorEvent,
    )
}
_RENAMED = {"from": "from_agent", "to": "to_agent"}
_ENVELOPE = frozenset({"type", "seq", "data", "timestamp"})


def parse_event(frame: str | bytes, received_at: float) -> Event:
    """Parse one JSON text frame.

    Args:
        frame: ``{type, seq, data?, …}``; fields may stand in ``data`` or beside ``type``.
        received_at: Seconds on the connection's clock.

    Raises:
        ProtocolError: Not a JSON object with a ``type``, or audio that is not base64.
    """
    try:
        body: Any = json.loads(frame)
    except ValueError as error:
        raise ProtocolError("a text frame is not JSON") from error
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        raise ProtocolError("a text frame is not an object with a type")
    name: str = body["type"]
    data: dict[str, Any] = {key: value for key, value in body.items() if key not in _ENVELOPE}
    if isinstance(body.get("data"), dict):
        data.update(body["data"])
    seq = body.get("seq")
    common: dict[str, Any] = {"seq": seq if isinstance(seq, int) else None, "received_at": received_at}
    if name == Audio.type:
        return Audio(item_id=str(data.get("item_id") or ""), pcm=_decode(data.get("audio")), **common)
    cls = _TYPES.get(name)
    if cls is None:
        return Notice(name=name, data=data, **common)
    return cls(**_known(cls, data), **common)


def _known(cls: type[Event], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(cls)} - {"seq", "received_at"}
    renamed = {_RENAMED.get(key, key): value for key, value in data.items()}
    return {key: value for key, value in renamed.items() if key in names and value is not None}


def _decode(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise ProtocolError("an audio frame is not base64") from error
