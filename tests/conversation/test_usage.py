"""What is used of paid models, counted at the real packages: exactly where it is told, by estimate where it is not."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from agents import Agent, ModelSettings, RunConfig, Runner
from pydantic import SecretStr

from config.prices import Price, Prices
from config.settings import Settings
from conversation.events import TextIn, error_event
from conversation.openai_ears import OpenAIEars
from conversation.openai_model import openai_client, openai_model
from conversation.openai_speech import OpenAIRecogniser, OpenAIVoice
from conversation.providers import EngineUnavailable
from conversation.spending import Budgets, Spending
from conversation.usage import Amounts, Meter, UsageRow
from tests.openai_stand_in.brain import says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.server import KEY, StandIn, standing_in
from tests.support.agent import calls, text
from tests.support.call import calling
from tests.support.virtual_time import virtual

Api = Literal["responses", "chat"]
DAY = date(2026, 5, 13)


@contextlib.asynccontextmanager
async def provider(folder: Path, api: Api = "responses") -> AsyncIterator[tuple[StandIn, Settings, Any]]:
    async with standing_in(StandIn(hears=lambda _pcm: "hello")) as stand_in:
        settings = Settings(
            data_dir=folder,
            openai_api_key=SecretStr(KEY),
            openai_base_url=stand_in.base_url,
            openai_api=api,
            openai_model="gpt-4.1",
        )  # pyright: ignore[reportCallIssue]
        async with openai_client(settings) as client:
            yield stand_in, settings, client.with_options(max_retries=0)


async def ask(model: Any) -> None:
    agent: Agent[Any] = Agent("t", model=model, instructions="Be brief.", model_settings=ModelSettings())
    result = Runner.run_streamed(agent, "What time is it?", run_config=RunConfig(tracing_disabled=True))
    async for _event in result.stream_events():
        pass


def test_the_list_price_is_that_of_each_part() -> None:
    price = Price(input=1, cached=0.5, output=2, audio_input=10, audio_output=20, heard_minute=0.06)
    amounts = Amounts(1, 0, 1000, 200, 300, 100, 50, 60_000)
    assert amounts.micro_usd(price) == 700 + 100 + 500 + 1000 + 1000 + 60_000


def test_a_meter_shows_sums_and_says_what_has_no_price() -> None:
    meter = Meter(Prices(), lambda: DAY)
    meter.add("gpt-4.1", Amounts(1, 0, 1000, 0, 100))
    meter.add("gpt-4.1", Amounts(1, 1, 1000, 0, 100))
    assert meter.shown()["estimated_cost_usd"] == pytest.approx(0.0056)
    assert meter.shown()["models"]["gpt-4.1"] == {
        "requests": 2, "estimated": 1, "input_tokens": 2000, "output_tokens": 200,
    }  # fmt: skip
    meter.add("qwen3", Amounts(1, heard_ms=1500))
    shown = meter.shown()
    assert (shown["estimated_cost_usd"], shown["unpriced_models"]) == (None, ["qwen3"])
    assert shown["models"]["qwen3"] == {"requests": 1, "heard_s": 1.5}
    assert meter.micro_usd == 5600


@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_tokens_are_those_that_the_provider_tells(tmp_path: Path, api: Api) -> None:
    async with provider(tmp_path, api) as (stand_in, settings, client):
        meter = Meter(today=lambda: DAY)
        stand_in.brain.will(says("It is noon."))
        await ask(openai_model(settings, client, meter))
        ((day, model, amounts, cost),) = [
            (row.day, row.model, row.amounts, row.micro_usd) for row in meter.rows
        ]
        assert (day, model, amounts.requests, amounts.estimated) == (DAY, "gpt-4.1", 1, 0)
        assert amounts.input_tokens > 0
        assert amounts.output_tokens > 0
        assert cost == amounts.input_tokens * 2 + amounts.output_tokens * 8


async def test_an_answer_that_is_broken_off_is_estimated(tmp_path: Path) -> None:
    async with provider(tmp_path) as (stand_in, settings, client):
        meter = Meter()
        stand_in.brain.will(says("It is noon, and the sun is high above the town."))
        stand_in.faults.will("responses", Fault("cut", after=5))
        with pytest.raises(Exception, match="Connection error"):
            await ask(openai_model(settings, client, meter))
        (row,) = meter.rows
        assert (row.amounts.requests, row.amounts.estimated) == (1, 1)
        assert row.amounts.input_tokens >= len("Be brief.What time is it?") // 4
        assert row.amounts.output_tokens > 0


async def test_a_request_that_is_refused_costs_nothing(tmp_path: Path) -> None:
    async with provider(tmp_path) as (stand_in, settings, client):
        meter = Meter()
        stand_in.faults.will("responses", Fault("status", status=503))
        with pytest.raises(Exception, match="503"):
            await ask(openai_model(settings, client, meter))
        assert meter.rows == ()


async def test_another_model_answers_from_the_next_response_on(tmp_path: Path) -> None:
    async with provider(tmp_path) as (stand_in, settings, client):
        meter = Meter()
        model = openai_model(settings, client, meter)
        for name in (None, "gpt-4.1-mini", None):
            model.use(name)
            stand_in.brain.will(says("Noon."))
            await ask(model)
        assert [each["model"] for each in stand_in.brain.asked] == ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1"]
        assert {row.model: row.amounts.requests for row in meter.rows} == {"gpt-4.1": 2, "gpt-4.1-mini": 1}


async def test_audio_is_counted_in_both_directions(tmp_path: Path) -> None:
    async with provider(tmp_path) as (_stand_in, settings, client):
        meter = Meter()
        second = bytes(32_000)
        await OpenAIRecogniser(client, "whisper-1", "en", meter).recognise(second)
        ears = OpenAIEars(client, "gpt-4o-transcribe", "en", meter)
        await ears.recognise(second, partial=True, at=5)
        await ears.recognise(second * 2, at=5)
        await ears.recognise(second * 3, at=5)  # the same utterance went on: only what is new is heard
        await ears.close()
        size = 0
        async for chunk in OpenAIVoice(client, settings.openai_voice_model, meter).speak(
            "It is noon.", voice="alloy", speed=1.0
        ):
            size += len(chunk)
        amounts = {row.model: row.amounts for row in meter.rows}
        assert amounts["whisper-1"] == Amounts(requests=1, heard_ms=1000)
        assert amounts["gpt-4o-transcribe"] == Amounts(requests=2, heard_ms=3000)
        assert amounts[settings.openai_voice_model].spoken_ms == pytest.approx(size / 48, abs=2)


# --- budgets ---------------------------------------------------------------------------------------------------


class Books:
    """Keeps rows; the day has cost ``others`` beside them."""

    def __init__(self, others: int = 0) -> None:
        self.others = others
        self.rows: tuple[UsageRow, ...] = ()
        self.closed = False

    async def keep(self, rows: tuple[UsageRow, ...]) -> int:
        if self.closed:
            raise EngineUnavailable("the books are closed")
        self.rows = rows
        return self.others + sum(row.micro_usd or 0 for row in rows)


async def test_each_budget_is_told_of_once_when_it_is_near_and_when_it_is_spent() -> None:
    meter, books, told = Meter(), Books(others=3_000_000), list[str]()
    spending = Spending(meter, Budgets(session_usd=0.01, business_usd=3.01), books.keep)
    spending.on_near = lambda budget: told.append(f"{budget} near")
    spending.on_spent = lambda budget: told.append(f"{budget} spent")
    meter.add("gpt-4.1", Amounts(1, output_tokens=1_000))  # 8,000 millionths
    assert told == ["session near"]
    assert await spending.write()
    assert told == ["session near", "business near"]
    meter.add("gpt-4.1", Amounts(1, output_tokens=1_000))
    await spending.write()
    await spending.write()
    meter.add("gpt-4.1", Amounts(1, output_tokens=1_000))
    await spending.write()
    assert told == ["session near", "business near", "session spent", "business spent"]
    assert books.rows == meter.rows


async def test_what_cannot_be_written_is_written_later() -> None:
    meter, books = Meter(), Books()
    spending = Spending(meter, Budgets(), books.keep)
    assert await spending.write(), "nothing was used"
    books.closed = True
    meter.add("gpt-4.1", Amounts(1, output_tokens=10))
    assert not await spending.write()
    books.closed = False
    assert await spending.write()
    assert books.rows == meter.rows


@virtual
async def test_a_conversation_ends_politely_after_the_turn_in_progress() -> None:
    async with calling(text("One is here. Two is there. Three is nowhere."), text("Too late.")) as call:
        call.send(TextIn("go on"))
        await call.until("response_started")
        event = error_event("budget_exhausted", "It is used up.", budget="session")
        for _ in range(2):
            call.assembled.conversation.wind_down("budget_exhausted", event, "I have to stop here. Goodbye.")
        ending = await call.task
    assert (ending.reason, ending.close_code) == ("budget_exhausted", 1000)
    assert [each["code"] for each in call.client.events("error")] == ["budget_exhausted"]
    assert call.history()[0] == ("go on", "One is here. Two is there. Three is nowhere.")
    assert call.voice.said[-1].startswith("I have to stop here") or "Goodbye" in call.voice.said[-1]
    assert call.client.closed is not None
    assert call.client.closed.code == 1000


@virtual
async def test_a_question_about_money_is_answered_before_the_end() -> None:
    steps = calls(("i1", "create_invoice", {"contact": "Sarah", "amount": "300"})), text("Done.")
    async with calling(*steps) as call:
        call.send(TextIn("bill sarah three hundred dollars"))
        await call.until("response_done")
        event = error_event("budget_exhausted", "It is used up.")
        call.assembled.conversation.wind_down("budget_exhausted", event, "Goodbye.")
        call.send(TextIn("yes"))
        await call.task
    assert [each.confirmation_id for each in call.tools.done][-1] is not None
    assert call.history()[-1][1] == "Done."
