"""Turns a desk's answers into HTTP: its refusals into the one error body, its bytes into responses untouched."""

from __future__ import annotations

from fastapi import Response

from business.transfer.desk import Answer, Refused
from serve_app.errors import RETRY_UNAVAILABLE_S, ApiError

_STATUS = {"forbidden": 403, "not_found": 404, "conflict": 409, "ambiguous": 409, "unavailable": 503}


def accepted(answer: Answer) -> Answer:
    """The answer, unless it is a refusal. Raises ApiError."""
    if answer.refused is not None:
        raise _as_error(answer.refused)
    return answer


def json_response(answer: Answer) -> Response:
    """The answer's JSON. Raises ApiError."""
    headers = {"Cache-Control": "no-store"}
    return Response(accepted(answer).body, media_type="application/json", headers=headers)


def _as_error(refused: Refused) -> ApiError:
    status = _STATUS.get(refused.code, 400)
    retry = RETRY_UNAVAILABLE_S if status == 503 else None
    return ApiError(status, refused.code, refused.message, details=refused.details, retry_after_s=retry)
