"""Hints to the autoscaler: a fake of the one function of Ray's."""

from __future__ import annotations

import pytest
import ray.autoscaler.sdk

from actors.node_hints import LOWER_AFTER_S, NodeHints, request_cpus


class Autoscaler:
    """Remembers what it was asked for; fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.asked: list[int] = []
        self.now = 0.0
        self._failures = failures

    def request(self, cpus: int) -> None:
        if self._failures:
            self._failures -= 1
            raise ConnectionError("no autoscaler")
        self.asked.append(cpus)

    def clock(self) -> float:
        return self.now

    def hints(self, per_cpu: int = 40) -> NodeHints:
        return NodeHints(per_cpu, self.request, self.clock)


def test_room_is_asked_for_before_it_is_needed_and_only_when_it_changes() -> None:
    there = Autoscaler()
    hints = there.hints()
    for sessions in (0, 1, 40, 41, 80, 81):
        hints.wanted(sessions)
    assert there.asked == [1, 2, 3]


def test_the_floor_is_lowered_only_when_fewer_are_wanted_for_a_while() -> None:
    there = Autoscaler()
    hints = there.hints()
    hints.wanted(100)
    there.now = LOWER_AFTER_S - 1
    hints.wanted(10)
    hints.wanted(100)  # they are back: the while begins anew
    there.now = LOWER_AFTER_S + 1
    hints.wanted(10)
    assert there.asked == [3]
    there.now = 2 * LOWER_AFTER_S
    hints.wanted(10)
    assert there.asked == [3, 1]
    there.now = 3 * LOWER_AFTER_S
    hints.wanted(0)
    assert there.asked == [3, 1, 0], "nobody is there: no node has to stay for us"


def test_a_hint_that_fails_is_given_again() -> None:
    there = Autoscaler(failures=1)
    hints = there.hints()
    hints.wanted(5)
    assert there.asked == []
    hints.wanted(5)
    assert there.asked == [1]


def test_the_hint_is_rays_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(ray.autoscaler.sdk, "request_resources", lambda *, num_cpus: asked.append(num_cpus))
    request_cpus(7)
    assert asked == [7]
