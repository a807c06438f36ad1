"""Every refusal of the HTTP surface: one body ``{error:{type,message,code,details}}``, stable codes.

Raw exception text never leaves the process: what is not expected becomes ``internal_error`` with an id that
finds the log record.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from business.errors import (
    Ambiguous,
    BusinessError,
    Conflict,
    Forbidden,
    InvalidTransition,
    NotFound,
    Unavailable,
    ValidationFailed,
)
from conversation.options import OptionRefused
from conversation.spec import AtCapacity, SessionNotActive

logger = logging.getLogger(__name__)

RETRY_UNAVAILABLE_S = 5.0
MAX_BODY_BYTES = 64 * 1024
_TYPES = {
    400: "validation",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "unavailable",
}


class ApiError(Exception):
    """A refusal that a route decided on. ``retry_after_s`` becomes the Retry-After header, rounded up."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.retry_after_s = retry_after_s

    def response(self) -> JSONResponse:
        """The refusal as it goes over the wire."""
        headers: dict[str, str] = {}
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after_s)))
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(
            error_body(self.status, self.code, self.message, self.details), self.status, headers=headers
        )


def error_body(status: int, code: str, message: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """The body of every refusal."""
    kind = _TYPES.get(status, "internal" if status >= 500 else "invalid_request")
    return {"error": {"type": kind, "message": message, "code": code, "details": dict(details)}}


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of ``app`` answer with the one body."""
    app.add_exception_handler(RequestValidationError, _handler(_from_validation))
    app.add_exception_handler(HTTPException, _handler(_from_http))
    app.add_exception_handler(Exception, _handler(_from_unexpected))
    for kind in (
        ApiError,
        BusinessError,
        OptionRefused,
        AtCapacity,
        SessionNotActive,
        RedisError,
        TimeoutError,
    ):
        app.add_exception_handler(kind, _handler(as_api_error))


def as_api_error(error: Exception) -> ApiError:
    """An expected error of a lower layer as a refusal; anything else as ``internal_error``."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, BusinessError):
        return _from_business(error)
    if isinstance(error, OptionRefused):
        details: dict[str, Any] = {"field": error.option}
        if error.allowed:
            details["allowed"] = list(error.allowed)
        return ApiError(400, error.code, error.message, details=details)
    if isinstance(error, AtCapacity):
        message = "All conversations are taken; try again shortly."
        return ApiError(503, error.code, message, retry_after_s=error.retry_after_s)
    if isinstance(error, SessionNotActive):
        return ApiError(409, error.code, "The session has ended.")
    if isinstance(error, RedisError | TimeoutError):
        logger.warning("a dependency failed: %s", type(error).__name__)
        message = "A part of the server is not available; try again shortly."
        return ApiError(503, "dependency_unavailable", message, retry_after_s=RETRY_UNAVAILABLE_S)
    return _from_unexpected(error)


def _from_business(error: BusinessError) -> ApiError:
    details: dict[str, Any] = {}
    match error:
        case NotFound():
            status = 404
        case Forbidden():
            status = 403
        case ValidationFailed():
            status, details = 400, {"field": error.field}
        case InvalidTransition():
            status, details = 409, {"current": error.current, "allowed": list(error.allowed)}
        case Ambiguous():
            status, details = 409, {"candidates": list(error.candidates)}
        case Conflict():
            status, details = 409, error.details
        case Unavailable():
            status = 503
        case _:
            status = 409
    retry = RETRY_UNAVAILABLE_S if status == 503 else None
    return ApiError(status, error.code, error.message, details=details, retry_after_s=retry)


def _from_validation(error: Exception) -> ApiError:
    """Pydantic's findings, each with its field and reason but never with the value (it may be a secret)."""
    findings = cast("RequestValidationError", error).errors()
    if any(finding["type"] == "json_invalid" for finding in findings):
        return ApiError(400, "invalid_json", "The request body is not valid JSON.")
    fields = [
        {"field": ".".join(str(part) for part in finding["loc"][1:]) or "body", "message": finding["msg"]}
        for finding in findings
    ]
    first = fields[0]
    message = f"{first['field']}: {first['message']}"
    return ApiError(400, "invalid_request", message, details={"fields": fields})


def _from_http(error: Exception) -> ApiError:
    """What the framework itself refuses: no such path, wrong method."""
    refused = cast("HTTPException", error)
    status = refused.status_code
    if status == 413:
        return too_large(int(refused.detail) if refused.detail.isdigit() else MAX_BODY_BYTES)
    codes = {
        404: ("no_such_path", "There is nothing at this path."),
        405: ("wrong_method", "Not this method."),
    }
    code, message = codes.get(status, ("http_error", "The request was refused."))
    return ApiError(status, code, message)


def too_large(most: int = MAX_BODY_BYTES) -> ApiError:
    """The refusal of a body beyond ``most`` bytes."""
    message = f"A request body has at most {most} bytes."
    return ApiError(413, "body_too_large", message, details={"max_bytes": most})


def _from_unexpected(error: Exception) -> ApiError:
    error_id = secrets.token_hex(6)
    logger.error("unexpected error %s", error_id, exc_info=error)
    message = "Something went wrong on our side."
    return ApiError(500, "internal_error", message, details={"error_id": error_id})


def _handler(
    translate: Callable[[Exception], ApiError],
) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def handle(_request: Request, error: Exception) -> JSONResponse:
        return translate(error).response()

    return handle
