"""Circuits of two processes through one Redis: what one finds out the other knows, and Redis may be gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from actors.circuits import SPREAD_S, SharedCircuits, read_circuits
from config.settings import Settings
from conversation.fallback.breaker import State
from conversation.fallback.circuits import Circuits, Part
from tests.serve_app.conftest import RedisProcess, redis, redis_process
from tests.support.polling import eventually

__all__ = ["redis", "redis_process"]


class Clock:
    """The same seconds for both kinds of clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Pair:
    """Two processes."""

    def __init__(self, redis: Redis, folder: Path) -> None:
        self.clock = Clock()
        settings = Settings(data_dir=folder)
        self.circuits = [Circuits(settings, self.clock) for _ in range(2)]
        self.shared = [SharedCircuits(each, redis, self.clock) for each in self.circuits]

    def fail(self, which: int, times: int = 3) -> None:
        for _ in range(times):
            circuit = self.circuits[which][Part.THINKING]
            attempt = circuit.begin()
            assert attempt is not None
            circuit.failed(attempt, ConnectionError())

    def state(self, which: int) -> State:
        return self.circuits[which][Part.THINKING].state


async def written(redis: Redis, *, is_open: bool) -> None:
    async def look() -> bool:
        found = await read_circuits(redis)
        return Part.THINKING in found and (found[Part.THINKING][1] > 0) is is_open

    await eventually(look, "the circuit in Redis")


async def test_what_one_finds_out_the_other_knows(redis: Redis, tmp_path: Path) -> None:
    pair = Pair(redis, tmp_path)
    pair.fail(0)
    await written(redis, is_open=True)
    await pair.shared[1].read()
    assert (pair.state(0), pair.state(1)) == (State.OPEN, State.OPEN)
    assert pair.circuits[1][Part.HEARING].state is State.CLOSED
    # Who found out asks first; the other only later.
    pair.clock.now += pair.circuits[0].settings.circuit_open_s
    assert (pair.state(0), pair.state(1)) == (State.HALF_OPEN, State.OPEN)
    probe = pair.circuits[0][Part.THINKING].begin()
    assert probe is not None
    pair.circuits[0][Part.THINKING].succeeded(probe)
    await written(redis, is_open=False)
    await pair.shared[1].read()
    assert (pair.state(0), pair.state(1)) == (State.CLOSED, State.CLOSED)


async def test_the_finders_death_keeps_nobody_waiting(redis: Redis, tmp_path: Path) -> None:
    pair = Pair(redis, tmp_path)
    pair.fail(0)
    await written(redis, is_open=True)
    await pair.shared[1].read()
    pair.clock.now += pair.circuits[0].settings.circuit_open_s + SPREAD_S
    await pair.shared[1].read()
    assert pair.state(1) is State.HALF_OPEN


async def test_a_probe_that_fails_keeps_all_away_for_longer(redis: Redis, tmp_path: Path) -> None:
    pair = Pair(redis, tmp_path)
    pair.fail(0)
    pair.clock.now += pair.circuits[0].settings.circuit_open_s
    pair.fail(0, times=1)
    found: list[float] = []

    async def doubled() -> bool:
        found[:] = [(await read_circuits(redis)).get(Part.THINKING, (0.0, 0.0))[1] - pair.clock.now]
        return found[0] == pytest.approx(2 * pair.circuits[0].settings.circuit_open_s)

    await eventually(doubled, "the second opening in Redis")


async def test_without_redis_everybody_finds_out_alone(tmp_path: Path) -> None:
    process = RedisProcess(tmp_path)
    client = Redis.from_url(process.url, socket_timeout=1, socket_connect_timeout=1)
    pair = Pair(client, tmp_path)
    process.stop()
    pair.fail(0)
    await pair.shared[0].read()
    await pair.shared[1].read()
    assert (pair.state(0), pair.state(1)) == (State.OPEN, State.CLOSED)
    await client.aclose()
