"""How many actors are kept ready, under a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass

from actors.demand import Demand


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def calls(demand: Demand, clock: Clock, *, per_s: float, for_s: float) -> None:
    for _ in range(round(per_s * for_s)):
        clock.now += 1 / per_s
        demand.arrived()


def test_nobody_calls_the_least_is_wanted():
    clock = Clock()
    demand = Demand(2, 12, clock)
    demand.started(0.4)
    assert demand.wanted == 2


def test_a_steady_stream_wants_as_many_as_come_while_one_starts():
    clock = Clock()
    demand = Demand(2, 50, clock)
    demand.started(2.0)
    calls(demand, clock, per_s=2.0, for_s=120)
    assert 1.8 < demand.arrivals_per_s < 2.2
    assert demand.wanted == 2 + 8 or demand.wanted == 2 + 9  # 4 come meanwhile, and two deviations


def test_slower_starts_want_more_and_there_is_a_most():
    clock = Clock()
    demand = Demand(2, 12, clock)
    demand.started(0.3)
    calls(demand, clock, per_s=2.0, for_s=60)
    quick = demand.wanted
    for _ in range(10):
        demand.started(30.0)
    assert quick < demand.wanted == 12


def test_a_rush_is_forgotten():
    clock = Clock()
    demand = Demand(1, 20, clock)
    demand.started(1.0)
    calls(demand, clock, per_s=5.0, for_s=20)
    assert demand.wanted > 3
    clock.now += 200
    assert demand.wanted == 1


def test_before_the_first_start_the_least_is_wanted():
    clock = Clock()
    demand = Demand(3, 20, clock)
    calls(demand, clock, per_s=5.0, for_s=20)
    assert demand.wanted == 3


def test_one_caller_a_minute_wants_no_more_than_the_least():
    clock = Clock()
    demand = Demand(2, 20, clock)
    demand.started(0.4)
    calls(demand, clock, per_s=1 / 60, for_s=600)
    clock.now += 15
    assert demand.wanted == 2
