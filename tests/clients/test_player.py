from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hero365_client.player import TICK_S, Player

RATE = 24_000
TICK = RATE // 50


def loud(samples: int, value: int = 5000) -> bytes:
    return array("h", [value] * samples).tobytes()


def test_audio_starts_at_the_next_tick_after_it_arrived() -> None:
    player = Player(100.0, RATE)
    player.receive("a", loud(TICK * 2), 100.005)
    player.advance(100.2)
    assert player.item("a").started_at == TICK  # tick 0 was at 100.000, before the audio came
    assert player.item("a").ended_at == 3 * TICK
    assert player.first_audible_after(100.0) == pytest.approx(100.02)
    assert player.last_audible_of("a") == pytest.approx(100.02 + (2 * TICK - 1) / RATE)


def test_rendering_does_not_depend_on_when_advance_is_called() -> None:
    often, once = Player(0.0, RATE), Player(0.0, RATE)
    for player, calls in ((often, [n * 0.003 for n in range(100)]), (once, [])):
        pending = [("a", 700, 0.0101), ("a", 500, 0.0604), ("b", 1200, 0.1)]
        for now in calls:
            while pending and pending[0][2] <= now:
                item, samples, at = pending.pop(0)
                player.receive(item, loud(samples), at)
            player.advance(now)
        for item, samples, at in pending:
            player.receive(item, loud(samples), at)
        player.advance(0.3)
    assert often.render() == once.render()
    assert any(often.render())


def test_a_flush_keeps_what_was_played_and_nothing_more() -> None:
    player = Player(0.0, RATE)
    player.receive("a", loud(RATE), 0.0)
    player.flush(0.5, "a")
    item = player.item("a")
    # the tick at 0.5 has begun: a device cannot take back the 20 ms it was given
    assert item.played == pytest.approx(0.5 * RATE, abs=TICK)
    assert item.played + item.flushed == RATE
    assert item.interrupted
    player.receive("a", loud(100), 0.6)
    player.advance(2.0)
    assert player.late_bytes == 200
    assert player.item("a").played == item.played
    assert player.played_ms("a") == item.played * 1000 // RATE


def test_a_gap_within_a_reply_is_an_underrun_and_is_heard_as_silence() -> None:
    player = Player(0.0, RATE)
    player.receive("a", loud(TICK), 0.0)
    player.receive("a", loud(TICK), 0.095)
    player.advance(0.5)
    assert player.item("a").underruns == 1
    rendered = array("h", player.render(0, TICK * 8))
    loud_ticks = [n for n in range(8) if any(rendered[n * TICK : (n + 1) * TICK])]
    assert loud_ticks == [1, 5]


def test_it_is_idle_only_after_the_last_sample_left() -> None:
    player = Player(0.0, RATE)
    player.receive("a", loud(TICK), 0.001)
    assert not player.idle(0.021)  # being played
    assert player.idle(0.041)


def test_the_rate_can_change_only_before_the_first_audio() -> None:
    player = Player(0.0, RATE)
    player.retune(16_000)
    player.receive("a", loud(16_000), 0.0)
    player.advance(1.5)
    assert player.played_ms("a") == 1000
    with pytest.raises(ValueError, match="output rate"):
        player.retune(RATE)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 3000), st.integers(0, 60), st.booleans()),
        max_size=30,
    )
)
def test_every_received_sample_is_played_or_flushed_or_late(
    steps: list[tuple[str, int, int, bool]],
) -> None:
    player = Player(0.0, RATE)
    now, sent = 0.0, 0
    for item, samples, wait_ms, flush in steps:
        now += wait_ms / 1000
        player.receive(item, loud(samples), now)
        sent += samples
        if flush:
            player.flush(now, item)
    player.advance(now + 10)
    items = [player.item(name) for name in ("a", "b") if player.item(name)]
    assert sum(i.played + i.flushed for i in items) + player.late_bytes // 2 == sent
    audible = sum(1 for value in array("h", player.render()) if value)
    assert audible == sum(i.played for i in items)


def test_a_tick_is_twenty_milliseconds() -> None:
    assert pytest.approx(0.02) == TICK_S
    with pytest.raises(ValueError, match="whole number"):
        Player(0.0, 11_025)
