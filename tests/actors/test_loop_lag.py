"""How late an event loop is, and what is told of it."""

from __future__ import annotations

import asyncio

import pytest

from actors import loop_lag
from actors.loop_lag import LoopLag
from actors.vitals import worst_of
from tests.support.polling import eventually


def test_it_says_nothing_before_it_has_looked() -> None:
    assert LoopLag().figures() == {}


def test_the_worst_and_one_in_a_hundred_of_the_last_minute() -> None:
    lag = LoopLag()
    lag.note(9.0)
    for _ in range(loop_lag.REMEMBERED):
        lag.note(0.001)
    assert lag.figures() == {"max": 1.0, "p99": 1.0}, "the minute before is forgotten"
    lag.note(0.25)
    assert lag.max_ms == 250.0
    assert lag.p99_ms == 1.0
    lag.note(0.1)
    assert lag.p99_ms == 100.0


def test_a_timer_that_is_early_is_not_late() -> None:
    lag = LoopLag()
    lag.note(-0.001)
    assert lag.max_ms == 0.0


async def test_it_measures_the_loop_it_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_lag, "EVERY_S", 0.01)
    lag = LoopLag()
    running = asyncio.create_task(lag.run())
    await eventually(lambda: lag.figures(), "a look")
    running.cancel()


def test_of_several_processes_the_worst_lag_and_the_sum_of_the_losses() -> None:
    one = {"loop_lag_ms": {"max": 9.0, "p99": 1.0}, "dropped_audio": 1, "cut_off": 0, "unsent_bytes": 10}
    two = {"loop_lag_ms": {"max": 3.0, "p99": 2.0}, "dropped_audio": 2, "cut_off": 1, "unsent_bytes": 5}
    new = {"loop_lag_ms": {}, "dropped_audio": 0, "cut_off": 0, "unsent_bytes": 0}
    assert worst_of([one, two, new, {}]) == {
        "loop_lag_ms": {"max": 9.0, "p99": 2.0},
        "dropped_audio": 3,
        "cut_off": 1,
        "unsent_bytes": 15,
    }
    assert worst_of([])["loop_lag_ms"] == {}
