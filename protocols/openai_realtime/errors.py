"""Refusals in the words of the OpenAI Realtime API."""

from __future__ import annotations

from typing import Any

from protocols.door import ProtocolError


class Refused(ProtocolError):  # noqa: N818  (named as the code reads)
    """A client event that is not done. ``param`` names the field that is at fault, from the event's root."""

    def __init__(self, code: str, message: str, param: str | None = None, **details: Any) -> None:
        super().__init__(code, message, param=param, **details)
        self.param = param


def unsupported(param: str, message: str) -> Refused:
    """A value that the API knows and this server cannot honour."""
    return Refused("unsupported_value", message, param)


def error_body(
    code: str, message: str, *, param: str | None = None, event_id: str | None = None, ours: bool = False
) -> dict[str, Any]:
    """The ``error`` of an error event; ``ours`` when the client is not to blame."""
    return {
        "type": "server_error" if ours else "invalid_request_error",
        "code": code,
        "message": message,
        "param": param,
        "event_id": event_id,
    }
