"""What the routes work with, and how a request becomes an authenticated caller.

Holds references only; building and closing them is ``serve_app/deployment.py``'s (or a test's) business.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request, Security, WebSocket
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from actors.loop_lag import LoopLag
from business.entities.memberships import Permission
from business.transfer.desk import Desk
from config.keys import ticket_key
from config.settings import Settings
from conversation.options import Capabilities, capabilities_of
from conversation.tickets import Tickets
from serve_app.auth import AccessTokens, Principal, UserDirectory, principal_of
from serve_app.control import SessionControl
from serve_app.errors import ApiError
from serve_app.haproxy import ProxyMode
from serve_app.limits import Limits

DATABASE_TIMEOUT_S = 5.0

Pipe = Callable[[WebSocket, tuple[str, int], str, Settings], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """A voice tool as the catalogue shows it.

    Attributes:
        name: Stable name.
        description: One line.
        parameters: JSON schema of the arguments.
        confirmation: When it reads back and waits for a yes: never, sometimes, always.
        permission: Needed to use it; None when every member may.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    confirmation: Literal["never", "sometimes", "always"]
    permission: Permission | None


@dataclass(frozen=True)
class Dependencies:
    """Everything the routes use.

    Attributes:
        settings: The configuration.
        control: The sessions.
        directory: Memberships across tenants.
        redis: Limits and tickets.
        desk: Reads, exports and imports the books.
        tools: The catalogue.
        pipe: Pumps frames between a client's socket and a session actor: (socket, (host, port), path and query,
            settings).
        proxy: What stands in front of the ingress.
        edge: Where the edge of the direct route answers; None without that route.
        lag: Measures the replica's event loop; None where nobody does.
        clock: Seconds since the epoch.
        limit_clock: Milliseconds for the rate limits; None for Redis's own clock.
    """

    settings: Settings
    control: SessionControl
    directory: UserDirectory
    redis: Redis
    desk: Desk
    tools: tuple[ToolDescription, ...]
    pipe: Pipe
    proxy: ProxyMode
    edge: tuple[str, int] | None = None
    lag: LoopLag | None = None
    clock: Callable[[], float] = time.time
    limit_clock: Callable[[], int] | None = None
    tickets: Tickets = field(init=False)
    access: AccessTokens = field(init=False)
    limits: Limits = field(init=False)
    capabilities: Capabilities = field(init=False)

    def __post_init__(self) -> None:
        derived: dict[str, Any] = {
            "tickets": Tickets(ticket_key(self.settings), self.settings.ticket_ttl_s, self.clock),
            "access": AccessTokens(self.settings, self.clock),
            "limits": Limits(self.redis, self.settings, self.limit_clock),
            "capabilities": capabilities_of(self.settings),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.fromtimestamp(self.clock(), UTC)


def dependencies_of(connection: HTTPConnection) -> Dependencies:
    """The application's dependencies, for a request or a socket."""
    return connection.app.state.dependencies


Deps = Annotated[Dependencies, Depends(dependencies_of)]

_bearer = HTTPBearer(auto_error=False, description="Access token (JWT) of the Hero365 account")


async def authenticate(
    request: Request,
    deps: Deps,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    business_id: Annotated[str | None, Query(description="Business to act in")] = None,
    x_business_id: Annotated[str | None, Header(description="Business to act in")] = None,
) -> Principal:
    """The caller. The business comes from path, query, header, claim, first membership, in this order.

    Raises:
        ApiError: 401 without a valid token, 403 for a business the caller is no member of.
    """
    if credentials is None:
        raise ApiError(401, "token_missing", "Send an access token: Authorization: Bearer …")
    claims = await deps.access.verify(credentials.credentials)
    wished = request.path_params.get("business_id") or business_id or x_business_id
    async with asyncio.timeout(DATABASE_TIMEOUT_S):
        return await principal_of(claims, wished, deps.directory)


Caller = Annotated[Principal, Depends(authenticate)]


async def admit_control(caller: Caller, deps: Deps) -> Principal:
    """The caller, after counting one control message. Raises ApiError 429."""
    await deps.limits.admit_control(caller.user_id, caller.business_id)
    return caller


ControllingCaller = Annotated[Principal, Depends(admit_control)]
