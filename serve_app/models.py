"""Requests and responses of the HTTP surface. Requests take both spellings; responses are snake_case.

Shapes only: who may do what and what an engine can honour is decided elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from conversation.option_changes import EITHER_SPELLING, ConfigChanges, OptionChanges
from conversation.options import OptionWarning, SessionOptions


class SessionRequest(BaseModel):
    """Names a session of the caller's."""

    model_config = EITHER_SPELLING

    session_id: str = Field(min_length=1, max_length=128)


class StartRequest(OptionChanges):
    """The options a conversation starts with; all have defaults."""


class ConfigRequest(ConfigChanges):
    """The options to change in a conversation that is under way."""

    session_id: str = Field(min_length=1, max_length=128)


class LocationShown(BaseModel):
    """Where the user is; degrees (WGS 84)."""

    latitude: float | None
    longitude: float | None
    address: str | None


class AgentConfig(BaseModel):
    """The options that hold in a conversation."""

    agent_type: str
    voice: str
    voice_speed: str
    language: str
    instructions: str | None
    temperature: float | None
    location: LocationShown | None
    is_driving: bool
    safety_mode: bool
    enable_noise_cancellation: bool
    max_duration: float = Field(description="Seconds")
    greeting_name: str | None

    @classmethod
    def of(cls, options: SessionOptions) -> AgentConfig:
        """The options as they are shown."""
        place = options.location
        return cls(
            agent_type=options.agent_type,
            voice=options.voice,
            voice_speed=options.voice_speed,
            language=options.language,
            instructions=options.instructions,
            temperature=options.temperature,
            location=None
            if place is None
            else LocationShown(latitude=place.latitude, longitude=place.longitude, address=place.address),
            is_driving=options.is_driving,
            safety_mode=options.safety_mode,
            greeting_name=options.greeting_name,
            enable_noise_cancellation=options.enable_noise_cancellation,
            max_duration=options.max_duration_s,
        )


class Warned(BaseModel):
    """An option that was taken but has no effect on this server."""

    code: str
    option: str
    message: str

    @classmethod
    def of(cls, warnings: tuple[OptionWarning, ...]) -> list[Warned]:
        """The warnings as they are shown."""
        return [cls(code=each.code, option=each.option, message=each.message) for each in warnings]


class WebSocketConnection(BaseModel):
    """How to open the session's socket. The URL holds the ticket: use it once, soon, and never log it."""

    websocket_url: str
    audio_format: Literal["pcm16"] = "pcm16"
    sample_rate: int = Field(description="Hz, until the client's hello says otherwise")
    chunk_size: int = Field(description="Bytes of one audio frame from the server")
    ticket_expires_in: int = Field(description="Seconds")


class StartResponse(BaseModel):
    """A conversation that is ready to be talked to."""

    session_id: str
    agent_type: str
    greeting: str
    available_tools: list[str]
    websocket_connection: WebSocketConnection
    agent_config: AgentConfig
    warnings: list[Warned]


class TicketResponse(WebSocketConnection):
    """A fresh ticket for a session that is under way."""

    session_id: str
    ticket: str


class StatusResponse(BaseModel):
    """A conversation as it is now, or as it was at its end; null where its actor died without last words."""

    model_config = ConfigDict(extra="allow")

    session_id: str
    agent_type: str | None = None
    is_active: bool
    connection_status: str
    duration: float | None = Field(None, description="Seconds")
    message_count: int | None = None
    tools_used: dict[str, int] | None = Field(None, description="Calls of each tool")
    current_context: dict[str, Any] | None = None
    usage: dict[str, Any] | None = Field(None, description="Of paid models, with their estimated cost")


class SessionSummary(BaseModel):
    """What happened in a conversation; null where its actor died without last words."""

    model_config = ConfigDict(extra="allow")

    duration: float | None = Field(None, description="Seconds")
    total_messages: int | None = None
    tools_used: dict[str, int] | None = Field(None, description="Calls of each tool")
    usage: dict[str, Any] | None = Field(None, description="Of paid models, with their estimated cost")
    completed_tasks: list[str] | int | None = None
    audio_duration: float | None = Field(None, description="Seconds of audio")


class StopResponse(BaseModel):
    """A conversation that has ended."""

    session_id: str
    session_summary: SessionSummary


class ConfigResponse(BaseModel):
    """A change that holds from now on; ``changed`` has the new value of each option that was named."""

    session_id: str
    changed: dict[str, Any]
    warnings: list[Warned]
    remembered: list[str] = Field(description="What later conversations begin with")


class SessionShown(BaseModel):
    """One of the caller's own conversations."""

    session_id: str
    state: str
    created_at: datetime


class SessionsResponse(BaseModel):
    """The caller's conversations in this business that have not ended, newest first."""

    sessions: list[SessionShown]
    total: int


class ToolShown(BaseModel):
    """One voice tool; ``parameters`` is a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]
    confirmation: Literal["never", "sometimes", "always"]


class ToolsResponse(BaseModel):
    """The catalogue of voice tools."""

    tools: list[ToolShown]
    total: int


class ErrorInfo(BaseModel):
    """What was refused and why; ``code`` is stable."""

    type: str
    message: str
    code: str
    details: dict[str, Any]


class ErrorResponse(BaseModel):
    """The body of every refusal."""

    error: ErrorInfo


class DependencyHealth(BaseModel):
    """One part the server needs. Parts of a pool carry their own figures beside."""

    model_config = ConfigDict(extra="allow")

    status: Literal["ok", "degraded", "down"]
    latency_ms: float | None = None
    code: str | None = Field(None, description="Why it is not ok; stable")


class ProxyHealth(BaseModel):
    """What stands in front of the ingress."""

    mode: Literal["haproxy", "default"]
    warning: str | None


class HealthResponse(BaseModel):
    """The server as it is now."""

    status: Literal["ok", "degraded", "down"]
    dependencies: dict[str, DependencyHealth]
    sessions: dict[str, Any]
    ingress: dict[str, Any]
    proxy: ProxyHealth
    versions: dict[str, str]
