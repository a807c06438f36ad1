"""Who calls at the Realtime door: an access token or a client secret, in a header or (a browser) a sub-protocol."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import HTTPConnection

from serve_app.auth import Claims, Principal, principal_of
from serve_app.client_secrets import PREFIX, ClientSecrets
from serve_app.dependencies import DATABASE_TIMEOUT_S, Dependencies
from serve_app.errors import ApiError

_KEY_PROTOCOL: Final = "openai-insecure-api-key."


async def authenticated(
    connection: HTTPConnection, deps: Dependencies, offered: list[str]
) -> tuple[Principal, dict[str, Any]]:
    """The caller, by access token or client secret, and the session object of the latter. Raises ApiError."""
    key = key_of(connection, offered)
    preset: dict[str, Any] = {}
    if key.startswith(PREFIX):
        secret = await ClientSecrets(deps.redis).find(key)
        if secret is None:
            raise ApiError(401, "invalid_api_key", "The client secret is unknown or has expired.")
        claims, wished, preset = (
            Claims(secret.user_id, secret.business_id),
            secret.business_id,
            dict(secret.session),
        )
    else:
        claims = await deps.access.verify(key)
        wished = connection.query_params.get("business_id") or connection.headers.get("x-business-id")
    async with asyncio.timeout(DATABASE_TIMEOUT_S):
        return await principal_of(claims, wished, deps.directory), preset


def key_of(connection: HTTPConnection, offered: list[str]) -> str:
    """The key, of the Authorization header or a sub-protocol. Raises ApiError."""
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    for protocol in offered:
        if protocol.startswith(_KEY_PROTOCOL):
            return protocol.removeprefix(_KEY_PROTOCOL)
    raise ApiError(401, "missing_api_key", "Send an access token or a client secret: Authorization: Bearer …")
