"""The HTTP side of a Hero365 Voice server: start, ticket, status, stop, config, sessions, tools, health.

Every answer that is not 2xx is raised as a typed error. Never retries on its own: the caller knows whether
it may.
"""

from __future__ import annotations

from datetime import date
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx

from hero365_client.connection import DEFAULT_OUTPUT_RATE, RECONNECT_S, VoiceConnection
from hero365_client.errors import ProtocolError, ServerUnreachable, api_error
from hero365_client.models import Session, Ticket

PREFIX = "/api/v1/voice-agent"


class Hero365Client:
    """Talks to one server on behalf of one user.

    Args:
        base_url: Where the server listens, for example ``http://127.0.0.1:8000``.
        token: Bearer token of the user; None for the public routes only.
        business_id: Which of the user's businesses to act for; None leaves the choice to the server.
        timeout: Seconds for one HTTP call.
        transport: For tests: an httpx transport in place of the network.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        business_id: str | None = None,
        timeout: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        headers: dict[str, str] = {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if business_id:
            headers["X-Business-ID"] = business_id
        self._http = httpx.AsyncClient(
            base_url=self.base_url, headers=headers, timeout=timeout, transport=transport, trust_env=False
        )

    async def __aenter__(self) -> Hero365Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the HTTP connections; open voice connections live on."""
        await self._http.aclose()

    async def start(self, **options: Any) -> Session:
        """Start a session with options of the HTTP surface (``agent_type``, ``voice``, ``is_driving``, …)."""
        return Session.from_json(await self._call("POST", "/openai/start", options))

    async def ticket(self, session_id: str) -> Ticket:
        """A fresh single-use ticket, to connect again."""
        return Ticket.from_json(
            session_id, await self._call("POST", "/openai/ticket", {"session_id": session_id})
        )

    async def status(self, session_id: str) -> dict[str, Any]:
        """Where a session stands: ``agent_type``, ``is_active``, ``connection_status``, ``duration``, …."""
        return await self._call("POST", "/openai/status", {"session_id": session_id})

    async def stop(self, session_id: str) -> dict[str, Any]:
        """End a session; returns its ``session_summary``."""
        return await self._call("POST", "/openai/stop", {"session_id": session_id})

    async def config(self, session_id: str, **options: Any) -> dict[str, Any]:
        """Change options of a running session."""
        return await self._call("POST", "/openai/config", {"session_id": session_id, **options})

    async def usage(self, date_from: date | None = None, date_to: date | None = None) -> list[dict[str, Any]]:
        """Tokens, seconds of audio and estimated cost of paid models, by day and model; of 30 days unless told."""
        days = {"date_from": date_from, "date_to": date_to}
        query = urlencode({name: day.isoformat() for name, day in days.items() if day is not None})
        return _rows(await self._json("GET", f"/usage?{query}" if query else "/usage"), "days")

    async def sessions(self) -> list[dict[str, Any]]:
        """The caller's own sessions in this business."""
        return _rows(await self._json("GET", "/openai/sessions"), "sessions")

    async def tools(self) -> list[dict[str, Any]]:
        """The tool catalogue with JSON schemas."""
        return _rows(await self._json("GET", "/openai/tools"), "tools")

    async def health(self) -> dict[str, Any]:
        """Status of each dependency. Public; a degraded server answers too, so 503 is not an error here."""
        return await self._call("GET", "/openai/health", accept=503)

    async def connect(
        self,
        session: Session | Ticket,
        *,
        audio_in: int | None = None,
        audio_out: int | None = DEFAULT_OUTPUT_RATE,
        binary: bool = True,
        reconnect: bool = True,
        reconnect_s: float = RECONNECT_S,
    ) -> VoiceConnection:
        """Open the voice connection of a session.

        Args:
            session: What ``start`` or ``ticket`` returned; its ticket is used up by this call.
            audio_in: Hz of the microphone audio that will be sent; None takes what the session asked for.
            audio_out: Hz of the reply audio wanted; None takes the session's own.
            binary: Audio as binary frames; False sends base64 in JSON.
            reconnect: Come back by a new ticket and the resume token when the socket breaks.
            reconnect_s: Seconds for which that is tried, with growing pauses.

        Raises:
            ConnectionLost: The server refused the socket (the close code says why).
        """
        rate = audio_in or (session.sample_rate if isinstance(session, Session) else 16_000)

        async def reopen() -> str:
            return self._socket_url((await self.ticket(session.session_id)).websocket_url)

        connection = VoiceConnection(
            self._socket_url(session.websocket_url),
            audio_in=rate,
            audio_out=audio_out,
            binary=binary,
            reopen=reopen if reconnect else None,
            reconnect_s=reconnect_s,
        )
        await connection.open()
        return connection

    def _socket_url(self, url: str) -> str:
        absolute = urljoin(self.base_url + "/", url)
        scheme, rest = absolute.split("://", 1)
        return {"http": "ws://", "https": "wss://"}.get(scheme, f"{scheme}://") + rest

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, accept: int | None = None
    ) -> dict[str, Any]:
        answer = await self._json(method, path, body, accept=accept)
        if not isinstance(answer, dict):
            raise ProtocolError(f"{path} did not answer with an object")
        return answer

    async def _json(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, accept: int | None = None
    ) -> Any:
        try:
            response = await self._http.request(method, PREFIX + path, json=body)
        except httpx.HTTPError as error:
            raise ServerUnreachable(f"{self.base_url}: {error or type(error).__name__}") from error
        try:
            answer: Any = response.json()
        except ValueError:
            answer = None
        if not response.is_success and response.status_code != accept:
            raise api_error(response.status_code, answer, response.headers.get("Retry-After"))
        if answer is None:
            raise ProtocolError(f"{path} did not answer with JSON")
        return answer


def _rows(answer: Any, name: str) -> list[dict[str, Any]]:
    rows: Any = answer.get(name) if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise ProtocolError(f"the answer has no list of {name}")
    return [row if isinstance(row, dict) else {"name": row} for row in rows]
