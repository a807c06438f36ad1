"""Usage over the API, and what becomes of a start when the day's budget is spent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from business.actor import Actor
from business.entities.usage import ModelUsage
from business.sql.database import Database
from business.use_cases.usage import Usage
from config.settings import Settings
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from serve_app.routes.usage import UsageReport
from tests.serve_app.conftest import MARIA, NOW, SPRINGS, MemoryControl, client_of

MakeDeps = Callable[..., Dependencies]
Tokens = Callable[..., str]


async def spend(database: Database, usd: float) -> date:
    """So much on the business's day."""
    async with database.tenant(Actor.system(SPRINGS)) as uow:
        micro_usd = round(usd * 1_000_000)
        entry = ModelUsage(
            "s", 1, uow.today, "gpt-4.1", NOW, 2, 0, 900, 100, 50, heard_ms=1500, micro_usd=micro_usd
        )
        await Usage(uow).note([entry])
        return uow.today


def paid(make_deps: MakeDeps, settings: Settings, **more: Any) -> FastAPI:
    changes = {"openai_api_key": SecretStr("k"), "business_budget_usd": 5.0, **more}
    return build_app(make_deps(settings=settings.model_copy(update=changes)))


async def test_the_owner_reads_what_was_used(maria: httpx.AsyncClient, database: Database):
    today = await spend(database, 0.25)
    answer = await maria.get("/usage", params={"date_to": today.isoformat()})
    assert answer.status_code == 200
    (shown,) = UsageReport.model_validate(answer.json()).days
    assert (shown.day, shown.model, shown.conversations, shown.requests) == (today, "gpt-4.1", 1, 2)
    assert (shown.input_tokens, shown.cached_tokens, shown.heard_s) == (900, 100, 1.5)
    assert shown.estimated_cost_usd == 0.25


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"date_from": "2020-01-01"}, "validation"),
        ({"date_from": "soon"}, "invalid_request"),
        ({"from": "2026-01-01"}, "unknown_parameter"),
    ],
)
async def test_a_report_that_cannot_be_is_refused(maria: httpx.AsyncClient, query: dict[str, str], code: str):
    answer = await maria.get("/usage", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


async def test_who_may_not_see_the_accounts_may_not_see_this(tom: httpx.AsyncClient):
    assert (await tom.get("/usage")).status_code == 403


async def test_a_spent_day_refuses_new_conversations(
    make_deps: MakeDeps, settings: Settings, token_of: Tokens, database: Database
):
    async with client_of(paid(make_deps, settings), token_of(MARIA)) as client:
        await spend(database, 4.99)
        assert (await client.post("/openai/start")).status_code == 200
        await spend(database, 4.99)  # nothing new
        assert (await client.post("/openai/start")).status_code == 200
        async with database.tenant(Actor.system(SPRINGS)) as uow:
            await Usage(uow).note([ModelUsage("t", 1, uow.today, "gpt-4.1", NOW, 1, micro_usd=10_000)])
        refused = await client.post("/openai/start")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "budget_exhausted")
    assert 0 < int(refused.headers["retry-after"]) <= 86_400


async def test_or_has_them_held_by_the_servers_own_engines(
    make_deps: MakeDeps, settings: Settings, token_of: Tokens, database: Database, control: MemoryControl
):
    await spend(database, 5)
    app = paid(make_deps, settings, budget_spent="local")
    async with client_of(app, token_of(MARIA)) as client:
        begun = (await client.post("/openai/start")).json()
        assert [each["code"] for each in begun["warnings"]] == ["budget_exhausted"]
        assert begun["agent_config"]["voice"] == "heart"
        (spec,) = control.specs.values()
        assert not spec.may_spend
        refused = await client.post("/openai/start", json={"voice": "coral"})
        assert refused.status_code == 400, "a voice of OpenAI's cannot be had"
