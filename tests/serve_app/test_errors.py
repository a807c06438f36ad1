"""Every refusal has the one body, the right status and no raw text."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from business import errors as business
from business.sql.database import Database
from conversation.options import OptionRefused
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from serve_app.errors import as_api_error
from tests.serve_app.conftest import MARIA, MemoryControl, client_of

Make = Callable[..., Dependencies]


def error_of(answer: httpx.Response) -> dict[str, object]:
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"type", "message", "code", "details"}
    return error


async def test_a_path_that_is_not_there(maria: httpx.AsyncClient):
    answer = await maria.get("/nowhere")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "no_such_path")


async def test_the_wrong_method(maria: httpx.AsyncClient):
    answer = await maria.get("/openai/start")
    assert (answer.status_code, error_of(answer)["code"]) == (405, "wrong_method")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"voice": }'])
async def test_broken_json(maria: httpx.AsyncClient, content: bytes):
    answer = await maria.post("/openai/start", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, error_of(answer)["code"]) == (400, "invalid_json")


async def test_a_message_never_repeats_the_value(maria: httpx.AsyncClient):
    answer = await maria.post("/openai/start", json={"voice_speed": "sk-private-value"})
    assert answer.status_code == 400
    assert "sk-private-value" not in answer.text


async def test_bodies_that_are_too_large(maria: httpx.AsyncClient):
    declared = await maria.post("/openai/start", json={"instructions": "x" * 70_000})
    assert (declared.status_code, error_of(declared)["code"]) == (413, "body_too_large")

    async def endless():
        while True:
            yield b" " * 8192

    streamed = await maria.post(
        "/openai/start", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert (streamed.status_code, error_of(streamed)["code"]) == (413, "body_too_large")


async def test_what_nobody_expected_is_logged_and_not_told(
    maria: httpx.AsyncClient,
    control: MemoryControl,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    async def broken(_session_id: str) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(control, "record", broken)
    with caplog.at_level(logging.ERROR):
        answer = await maria.post("/openai/status", json={"session_id": "s"})
    error = error_of(answer)
    assert (answer.status_code, error["type"], error["code"]) == (500, "internal", "internal_error")
    assert "hunter2" not in answer.text
    assert isinstance(error["details"], dict)
    assert str(error["details"]["error_id"]) in caplog.text


async def test_without_redis_the_answer_is_503(make_deps: Make, token_of: Callable[..., str]):
    unreachable = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    async with client_of(build_app(make_deps(redis=unreachable)), token_of(MARIA)) as client:
        answer = await client.post("/openai/start")
    assert (answer.status_code, error_of(answer)["code"]) == (503, "dependency_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    await unreachable.aclose()


async def test_without_the_database_the_answer_is_503(
    make_deps: Make, token_of: Callable[..., str], tmp_path: Path
):
    gone = Database(f"sqlite+aiosqlite:///{tmp_path}/no/such/x.db")
    async with client_of(build_app(make_deps(directory=gone.directory)), token_of(MARIA)) as client:
        answer = await client.post("/openai/start")
    await gone.close()
    assert (answer.status_code, error_of(answer)["code"]) == (503, "unavailable")
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (business.NotFound("job", "42"), 404, "not_found"),
        (business.Forbidden("No."), 403, "forbidden"),
        (business.ValidationFailed("amount", "Too small."), 400, "validation"),
        (business.Conflict("Taken.", {"with": "x"}), 409, "conflict"),
        (business.InvalidTransition("job", "paid", "draft", ()), 409, "invalid_transition"),
        (business.Ambiguous("contact", "Smith", ("A", "B")), 409, "ambiguous"),
        (business.Unavailable("Later."), 503, "unavailable"),
        (OptionRefused("invalid_option", "voice", "No such voice.", ("heart",)), 400, "invalid_option"),
    ],
)
def test_errors_of_lower_layers(error: Exception, status: int, code: str):
    refusal = as_api_error(error)
    assert (refusal.status, refusal.code) == (status, code)


def test_refused_options_survive_the_way_between_processes():
    import pickle

    sent = OptionRefused("invalid_option", "voice", "No such voice.", ("heart",))
    error = pickle.loads(pickle.dumps(sent))  # noqa: S301
    assert (error.code, error.option, str(error), error.allowed) == (
        "invalid_option", "voice", "No such voice.", ("heart",),
    )  # fmt: skip


async def test_pages_of_other_sites(make_deps: Make, app: FastAPI):
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    async with client_of(app) as client:
        closed = await client.options("/openai/start", headers=preflight)
    assert "access-control-allow-origin" not in closed.headers
    deps = make_deps()
    opened = build_app(
        make_deps(settings=deps.settings.model_copy(update={"allowed_origins": ("https://app.example",)}))
    )
    async with client_of(opened) as client:
        allowed = await client.options("/openai/start", headers=preflight)
        foreign = await client.options(
            "/openai/start", headers={**preflight, "Origin": "https://evil.example"}
        )
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in foreign.headers
