"""The audio ring against the plainest possible model of itself: a list of everything ever appended."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MediaError
from media.ring import AudioRing


def numbered(first: int, count: int) -> bytes:
    """Samples whose value tells their absolute index (modulo 30,000)."""
    return (np.arange(first, first + count) % 30_000).astype("<i2").tobytes()


@given(sizes=st.lists(st.integers(0, 400), max_size=30), data=st.data())
def test_it_holds_the_latest_samples_under_their_own_index(sizes: list[int], data: st.DataObject) -> None:
    ring = AudioRing(10)
    for size in sizes:
        ring.append(numbered(ring.end, size))
    total = sum(sizes)
    assert (ring.start, ring.end, ring.dropped) == (max(0, total - 160), total, max(0, total - 160))
    begin = data.draw(st.integers(ring.start, ring.end))
    end = data.draw(st.integers(begin, ring.end))
    assert ring.read(begin, end) == numbered(begin, end - begin)


@pytest.mark.parametrize(("begin", "end"), [(0, 10), (290, 301), (200, 190), (-5, 0)])
def test_what_is_gone_or_has_not_come_is_refused(begin: int, end: int) -> None:
    ring = AudioRing(10)
    ring.append(numbered(0, 300))
    with pytest.raises(MediaError) as error:
        ring.read(begin, end)
    assert error.value.code == "audio_out_of_range"


def test_read_available_gives_the_part_that_is_there() -> None:
    ring = AudioRing(10)
    ring.append(numbered(0, 300))
    assert ring.read_available(0, 1000) == (140, numbered(140, 160))
    assert ring.read_available(0, 50) == (140, b"")
    assert ring.read_available(900, 1000) == (300, b"")


def test_memory_is_bounded_and_bad_input_changes_nothing() -> None:
    ring = AudioRing(1000)
    for _ in range(100):
        ring.append(bytes(64_000))
    assert len(ring.read(ring.start, ring.end)) == 32_000
    end = ring.end
    with pytest.raises(MediaError):
        ring.append(b"abc")
    assert ring.end == end
    with pytest.raises(ValueError, match="positive"):
        AudioRing(0)
