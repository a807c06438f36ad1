from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.budget import ClientBudget, Limits, TokenBucket


def seconds_until_refused(factor: float, message_s: float = 0.064, limit_s: float = 3600.0) -> float | None:
    """How long a client that sends ``factor`` times real time is listened to."""
    budget, now = ClientBudget(Limits()), 50.0
    while now < 50.0 + limit_s:
        if not budget.audio(message_s, now):
            return now - 50.0
        now += message_s / factor
    return None


def test_ten_times_real_time_is_refused_within_seconds():
    refused = seconds_until_refused(10)
    assert refused is not None
    assert refused < 6


@pytest.mark.parametrize("factor", [1.0, 1.05, 2.9])
def test_real_time_is_never_refused(factor: float):
    assert seconds_until_refused(factor) is None


def test_a_recording_sent_at_once_is_allowed_and_minutes_of_it_are_not():
    budget = ClientBudget(Limits())
    assert all(budget.audio(2.0, 1.0) for _ in range(10))
    assert not all(budget.audio(2.0, 1.0) for _ in range(10))


def test_pings_and_reports_have_a_larger_budget():
    budget = ClientBudget(Limits(control_per_minute=60))
    assert sum(budget.control(1.0) for _ in range(1000)) == 60
    assert sum(budget.control(1.0, small=True) for _ in range(1000)) == 600
    assert sum(budget.control(11.0) for _ in range(1000)) == 10


def test_mistakes_are_forgiven_slowly():
    budget = ClientBudget(Limits(mistakes=5))
    assert [budget.mistake(1.0) for _ in range(6)] == [True] * 5 + [False]
    assert budget.mistake(2.0)
    assert not budget.mistake(2.1)
    assert all(budget.mistake(100.0 + second) for second in range(1000))


@given(
    takes=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 3)), max_size=60),
    rate=st.floats(0.1, 10),
    capacity=st.floats(1, 20),
)
def test_a_bucket_never_gives_more_than_its_rate_and_capacity(
    takes: list[tuple[float, float]], rate: float, capacity: float
):
    bucket, now, given_out = TokenBucket(capacity, rate), 7.0, 0.0
    for amount, pause in takes:
        now += pause
        if bucket.take(amount, now):
            given_out += amount
        assert given_out <= capacity + (now - 7.0) * rate + 1e-6
