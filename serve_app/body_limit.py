"""Refuses request bodies that are larger than their path takes, before they are in memory."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.errors import MAX_BODY_BYTES, too_large


class BodyLimit:
    """ASGI middleware: 413 beyond the limit, by the declared length or while it streams in.

    Args:
        app: What is protected.
        larger: Paths that take more than ``MAX_BODY_BYTES``, by their beginnings.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counted body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        most = next((size for start, size in self._larger.items() if path.startswith(start)), MAX_BODY_BYTES)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            await too_large(most).response()(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, str(most))  # the one kind of error that body parsing lets through
            return message

        await self._app(scope, counted, send)
