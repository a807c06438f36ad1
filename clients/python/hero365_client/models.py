"""What the HTTP surface answers, as small frozen records.

Never validates beyond what the client itself needs: fields a newer server adds stay reachable under ``raw``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hero365_client.errors import ProtocolError


@dataclass(frozen=True, slots=True)
class Session:
    """A started session, ready to be connected to.

    Attributes:
        session_id: Its id.
        websocket_url: Absolute or relative URL with a single-use ticket (60 s).
        sample_rate: Hz of the microphone audio the server expects by default.
        audio_format: Normally ``pcm16``.
        agent_type: ``personal`` or ``orchestrated``.
        greeting: What the agent opens with.
        available_tools: Names of the tools this session can use.
        raw: The whole answer.
    """

    session_id: str
    websocket_url: str
    sample_rate: int
    audio_format: str
    agent_type: str
    greeting: str
    available_tools: tuple[str, ...]
    raw: dict[str, Any]

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Session:
        """Read the answer of ``/openai/start``. Raises ProtocolError when a needed field is missing."""
        connection: Any = body.get("websocket_connection") or {}
        try:
            tools: list[Any] = body.get("available_tools") or []
            return cls(
                session_id=str(body["session_id"]),
                websocket_url=str(connection["websocket_url"]),
                sample_rate=int(connection.get("sample_rate") or 16_000),
                audio_format=str(connection.get("audio_format") or "pcm16"),
                agent_type=str(body.get("agent_type") or ""),
                greeting=str(body.get("greeting") or ""),
                available_tools=tuple(str(t["name"]) if isinstance(t, dict) else str(t) for t in tools),
                raw=body,
            )
        except KeyError as error:
            raise ProtocolError(f"the start answer has no {error.args[0]}") from error


@dataclass(frozen=True, slots=True)
class Ticket:
    """A fresh single-use ticket. ``websocket_url`` carries it already, ready to connect to."""

    session_id: str
    websocket_url: str
    raw: dict[str, Any]

    @classmethod
    def from_json(cls, session_id: str, body: dict[str, Any]) -> Ticket:
        """Read the answer of ``/openai/ticket``. Raises ProtocolError without a URL or a ticket."""
        nested: Any = body.get("websocket_connection") or {}
        url = body.get("websocket_url") or nested.get("websocket_url")
        if not url:
            if not body.get("ticket"):
                raise ProtocolError("the ticket answer has neither websocket_url nor ticket")
            url = f"/ws/voice-agent/{session_id}?ticket={body['ticket']}"
        return cls(session_id, str(url), body)
