"""The figures of the tool actors, as Prometheus gets them from Ray's metrics endpoint of the running cluster."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter as Tally
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import ray

from actors.loop_lag import LoopLag
from actors.metrics import PoolMetrics, ProviderMetrics, UsageMetrics
from actors.pool import PoolBusy
from actors.socket_counts import SocketCounts
from actors.tool_actor import ToolActor
from actors.vitals import Vitals
from business.clock import SystemClock
from business.migrations.runner import upgrade
from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID, seed
from business.sql.database import Database
from config.prices import Prices
from config.settings import Settings
from conversation.fallback.circuits import Circuits, Part
from conversation.latency import TurnTrace
from conversation.usage import Amounts
from tests.support.polling import eventually
from tools.envelope import Caller, ToolCall

pytestmark = pytest.mark.usefixtures("cluster")

CALLER = Caller(DEMO_BUSINESS_ID, DEMO_OWNER_ID, "metrics-session")
DEADLINE_S = 60.0


def call(name: str, turn: int, **arguments: Any) -> ToolCall:
    return ToolCall(name, json.dumps(arguments), CALLER, turn, 0)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the tool actor's database."""
    return tmp_path_factory.mktemp("metrics") / "a.db"


@pytest.fixture(scope="module")
def member(cluster: None, books: Path) -> Any:
    """A tool actor of its own on a database of its own, in the run's cluster."""
    url = f"sqlite:///{books}"

    async def plant() -> None:
        await upgrade(url)
        database = Database(url)
        await seed(database, SystemClock().now())
        await database.close()

    asyncio.run(plant())
    actor_class = cast("Any", ToolActor)
    settings = Settings(database_url=url, log_level="WARNING")  # pyright: ignore[reportCallIssue]
    handle = actor_class.options(max_concurrency=100).remote(settings)
    ray.get(handle.warm.remote())
    yield handle
    ray.kill(handle)


async def scraped(is_there: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    """Series by name and labels, as soon as they are as wanted; the agent reports every few seconds."""
    node = next(each for each in ray.nodes() if each["Alive"])
    url = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
    deadline = asyncio.get_running_loop().time() + DEADLINE_S
    series: dict[str, float] = {}
    async with httpx.AsyncClient(trust_env=False) as http:
        while asyncio.get_running_loop().time() < deadline:
            series = {}
            for line in (await http.get(url)).text.splitlines():
                if line.startswith("ray_hero365_"):
                    name, value = line.rsplit(" ", 1)
                    series[name] = float(value)
            if is_there(series):
                return series
    raise AssertionError(series)


@ray.remote(num_cpus=0)
class Counting:
    """A process that counts what a session would."""

    async def count(self) -> None:
        circuits = Circuits(Settings())  # pyright: ignore[reportCallIssue]
        provider, usage = ProviderMetrics(), UsageMetrics(Prices())
        provider.outcome(Part.THINKING, "server_error")
        provider.stepped_in(Part.THINKING)
        provider.state(circuits[Part.THINKING])
        usage.used("gpt-4.1", Amounts(1, 0, 1_000_000, 0, 500_000, spoken_ms=2_500))
        usage.budget("session", "near")

    async def fare(self) -> None:
        lag, counts = LoopLag(), SocketCounts(dropped_audio=3, cut_off=1, closes=Tally({1008: 2}))
        vitals = Vitals("session", lag, counts, lambda: 1)
        lag.note(0.007)
        for _ in range(2):  # the second time nothing new has happened
            vitals.report()
        vitals.answered(TurnTrace(last_voiced=1.0, first_sentence=1.5, first_audio=1.8, tts_ms=280.0))
        PoolMetrics("recognisers").refused("busy")


def of(series: dict[str, float], name: str, *labels: str) -> float:
    """Sum of the series of a name with these labels."""
    return sum(
        value for key, value in series.items() if key.startswith(name) and all(each in key for each in labels)
    )


async def test_calls_move_the_counters_by_tool_and_outcome(member: Any) -> None:
    def calls(series: dict[str, float], tool: str, outcome: str) -> float:
        return of(series, "ray_hero365_tool_calls_total", f'tool="{tool}"', f'outcome="{outcome}"')

    reminder = call("set_reminder", 1, message="order pipe", reminder_time="tomorrow at nine")
    wanted = [
        call("get_today_jobs", 2),
        call("get_today_jobs", 3),
        reminder,
        reminder,
        call("get_contact_info", 4, contact="Xyzzy Qwertz"),
        call("order_a_pizza", 5),
    ]
    before = await scraped(lambda series: True)
    for each in wanted:
        await member.execute.remote(each)

    def moved(series: dict[str, float], tool: str, outcome: str) -> float:
        return calls(series, tool, outcome) - calls(before, tool, outcome)

    series = await scraped(lambda now: moved(now, "unknown", "not_found") == 1)
    assert moved(series, "get_today_jobs", "ok") == 2
    assert moved(series, "set_reminder", "ok") == 1
    assert moved(series, "set_reminder", "replayed") == 1
    assert moved(series, "get_contact_info", "not_found") == 1
    assert not any("pizza" in key or "Xyzzy" in key or DEMO_BUSINESS_ID in key for key in series)
    count = "ray_hero365_tool_seconds_count"
    assert of(series, count, 'tool="get_today_jobs"') - of(before, count, 'tool="get_today_jobs"') == 2
    assert of(series, "ray_hero365_tool_outstanding") == 0


async def test_a_call_that_finds_no_room_is_counted_as_busy(member: Any, books: Path) -> None:
    before = await scraped(lambda series: True)
    label = 'tool="set_reminder"'

    def moved(series: dict[str, float], outcome: str) -> float:
        labels = (label, f'outcome="{outcome}"')
        return sum(
            sign * of(each, "ray_hero365_tool_calls_total", *labels)
            for each, sign in ((series, 1), (before, -1))
        )

    async def remind(number: int) -> Any:
        wanted = call(
            "set_reminder", 10 + number, message=f"order {number}", reminder_time="tomorrow at nine"
        )
        try:
            return await member.execute.remote(wanted)
        except PoolBusy as busy:
            return busy

    with closing(sqlite3.connect(books, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")  # nobody else writes meanwhile, so every slot is taken
        reminders = [asyncio.create_task(remind(number)) for number in range(80)]
        await eventually(lambda: any(each.done() for each in reminders), "a call without a slot")
        somebody.execute("ROLLBACK")
    answers = await asyncio.gather(*reminders)
    refused = sum(isinstance(answer, PoolBusy) for answer in answers)
    assert refused > 0
    series = await scraped(lambda now: moved(now, "busy") == refused)
    assert moved(series, "ok") == 80 - refused


async def test_what_a_provider_does_and_costs_is_there_too() -> None:
    counting = cast("Any", Counting).remote()
    await counting.count.remote()
    series = await scraped(lambda now: of(now, "ray_hero365_usage_usd") > 0)
    assert of(series, "ray_hero365_usage_usd") == pytest.approx(6.0)
    assert of(series, "ray_hero365_usage_tokens", 'kind="output"') == 500_000
    assert of(series, "ray_hero365_usage_audio_seconds", 'kind="spoken"') == 2.5
    assert of(series, "ray_hero365_budget", 'budget="session"', 'state="near"') == 1
    assert of(series, "ray_hero365_provider_requests", 'part="thinking"', 'outcome="server_error"') == 1
    assert of(series, "ray_hero365_provider_fallbacks", 'part="thinking"') == 1
    assert any(key.startswith("ray_hero365_provider_circuit") for key in series)
    ray.kill(counting)


async def test_how_a_session_fares_is_there_and_each_loss_once() -> None:
    counting = cast("Any", Counting).remote()
    await counting.fare.remote()
    series = await scraped(lambda now: of(now, "ray_hero365_pool_refusals", 'pool="recognisers"') > 0)
    lag = "ray_hero365_event_loop_lag_ms"
    assert [of(series, lag, 'kind="session"', f'stat="{stat}"') >= 7.0 for stat in ("max", "p99")] == [
        True
    ] * 2
    assert of(series, "ray_hero365_dropped_audio_frames") >= 3
    assert of(series, "ray_hero365_clients_cut_off") >= 1
    assert of(series, "ray_hero365_socket_closes", 'code="1008"') == 2
    assert of(series, "ray_hero365_turns") >= 1
    assert of(series, "ray_hero365_sessions") >= 1
    assert of(series, "ray_hero365_voice_to_voice_seconds_count") >= 1
    assert of(series, "ray_hero365_added_seconds_count") >= 1
    ray.kill(counting)
