"""Every way in which a provider fails has one kind, and the kinds decide."""

from __future__ import annotations

import httpx2
import pytest
from openai import APIConnectionError, APIStatusError, APITimeoutError

from conversation.fallback.failures import BrokenAnswer, Failure, failure_of
from conversation.providers import EngineUnavailable

REQUEST = httpx2.Request("POST", "http://provider/v1/responses")


def status(code: int, body: object = None, **headers: str) -> APIStatusError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(code, request=REQUEST, headers=named)
    return APIStatusError("refused", response=response, body=body)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (status(429, retry_after="0"), Failure("rate_limited", 0.0)),
        (status(429, retry_after="7"), Failure("rate_limited", 7.0)),
        (status(429, retry_after_ms="250"), Failure("rate_limited", 0.25)),
        (status(429, retry_after="Mon, 01 Jan 2001 00:00:00 GMT"), Failure("rate_limited", 0.0)),
        (status(429, retry_after="soon"), Failure("rate_limited", 0.0)),
        (status(503, retry_after="2"), Failure("server_error", 2.0)),
        (status(500), Failure("server_error")),
        (status(401), Failure("refused", 60.0)),
        (status(429, {"code": "insufficient_quota"}), Failure("refused", 60.0)),
        (status(400), Failure("refused")),
        (APITimeoutError(REQUEST), Failure("timeout")),
        (TimeoutError(), Failure("timeout")),
        (APIConnectionError(request=REQUEST), Failure("connection")),
        (httpx2.RemoteProtocolError("cut"), Failure("connection")),
        (BrokenAnswer("early"), Failure("malformed")),
        (AttributeError("text"), Failure("malformed")),
    ],
)
def test_its_kind(error: Exception, expected: Failure) -> None:
    assert failure_of(error) == expected
    wrapped = EngineUnavailable("OpenAI")
    wrapped.__cause__ = error
    assert failure_of(wrapped) == expected


def test_a_caller_waits_for_no_second_time_out() -> None:
    assert not Failure("timeout").may_try_again
    assert not Failure("refused", 60.0).may_try_again
    assert Failure("connection").may_try_again
    assert Failure("rate_limited", 0.2).may_try_again
    assert not Failure("rate_limited", 7.0).may_try_again
    assert Failure("rate_limited", 7.0).opens_for_s == 7.0
    assert Failure("server_error").opens_for_s == 0.0
