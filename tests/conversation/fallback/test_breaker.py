"""The breaker under virtual time: whatever happens, it asks neither too much nor never again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conversation.fallback.breaker import Attempt, Breaker, Limits, State

LIMITS = Limits(failures=3, open_s=10.0, longest_s=40.0)


def fail(breaker: Breaker, now: float, wait_s: float = 0.0) -> bool:
    attempt = breaker.begin(now)
    assert attempt is not None
    return breaker.failed(attempt, now, wait_s=wait_s)


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(LIMITS)
    assert [fail(breaker, now) for _ in range(3)] == [False, False, True]
    return breaker


def test_failures_in_a_row_open_it_and_a_success_between_does_not_count() -> None:
    breaker = Breaker(LIMITS)
    for _ in range(5):
        fail(breaker, 0.0)
        fail(breaker, 0.0)
        attempt = breaker.begin(0.0)
        assert attempt is not None
        assert not breaker.succeeded(attempt), "it was closed all the time"
    assert breaker.state(0.0) is State.CLOSED
    assert opened().state(9.9) is State.OPEN


def test_open_it_lets_nobody_ask_and_half_open_one() -> None:
    breaker = opened()
    assert breaker.begin(9.9) is None
    probe = breaker.begin(10.0)
    assert probe is not None
    assert probe.is_probe
    assert breaker.begin(10.1) is None, "one probe at a time"
    assert breaker.succeeded(probe)
    assert breaker.state(10.2) is State.CLOSED


def test_a_failed_probe_doubles_the_time_up_to_the_longest() -> None:
    breaker, now = opened(), 0.0
    for expected in (20.0, 40.0, 40.0):
        now = breaker.open_until or 0.0
        assert fail(breaker, now)
        assert (breaker.open_until or 0.0) - now == expected


def test_a_probe_that_nobody_waits_for_leaves_room_for_another() -> None:
    breaker = opened()
    probe = breaker.begin(10.0)
    assert probe is not None
    breaker.abandoned(probe)
    assert breaker.begin(10.0) is not None


def test_what_was_under_way_when_it_opened_changes_nothing() -> None:
    breaker = Breaker(LIMITS)
    late = [breaker.begin(0.0) for _ in range(2)]
    for _ in range(3):
        fail(breaker, 0.0)
    first, second = late
    assert first is not None
    assert second is not None
    assert not breaker.failed(first, 5.0)
    assert not breaker.succeeded(second)
    assert breaker.open_until == 10.0


def test_a_provider_that_wants_to_be_left_alone_is() -> None:
    breaker = Breaker(LIMITS)
    assert fail(breaker, 0.0, wait_s=25.0)
    assert breaker.state(24.9) is State.OPEN
    other = Breaker(LIMITS)
    fail(other, 0.0, wait_s=100_000.0)
    assert other.state(40.0) is State.HALF_OPEN, "but not for ever"


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "succeed", "fail", "abandon", "told open", "told closed"]),
        st.floats(0.0, 30.0),
        st.integers(0, 5),
    ),
    max_size=80,
)


@given(ACTIONS)
def test_whatever_happens_it_is_asked_again_in_time_and_by_one(actions: list[tuple[str, float, int]]) -> None:
    breaker, now, running = Breaker(LIMITS), 0.0, list[Attempt]()
    for action, seconds, which in actions:
        now += seconds
        attempt = running.pop(which % len(running)) if running else None
        match action:
            case "begin":
                state, begun = breaker.state(now), breaker.begin(now)
                assert (begun is not None) <= (state is not State.OPEN)
                running += [begun] if begun else []
            case "told open":
                breaker.open(now + seconds)
            case "told closed":
                breaker.close()
            case "succeed" if attempt is not None:
                breaker.succeeded(attempt)
            case "fail" if attempt is not None:
                breaker.failed(attempt, now, wait_s=seconds if which == 5 else 0.0)
            case _ if attempt is not None:
                breaker.abandoned(attempt)
            case _:
                pass
        # One that was taken out above and not settled is still under way: settle it, as every wrapper does.
        if attempt is not None and not attempt.settled:
            breaker.abandoned(attempt)
        current = [each for each in running if each.is_probe and not each.settled and each is breaker._probe]
        assert len(current) <= 1
        assert breaker.open_until is None or breaker.open_until - now <= LIMITS.longest_s
    for attempt in running:
        breaker.abandoned(attempt)
    assert breaker.begin(now + LIMITS.longest_s) is not None, (
        "after the longest time it is probed, whatever was"
    )
