"""Rate conversion: exact length, no seams, right pitch, no aliases, constant delay."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from media.errors import MediaError
from media.resample import SUPPORTED_RATES, StreamResampler

PAIRS = [pair for pair in itertools.product(SUPPORTED_RATES, repeat=2) if pair[0] != pair[1]]


def tone(hertz: float, rate: int, seconds: float) -> NDArray[np.float64]:
    return 12_000 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


def as_pcm(samples: NDArray[np.float64]) -> bytes:
    return np.rint(samples).astype("<i2").tobytes()


def convert(audio: bytes, source: int, target: int, cuts: list[int] | None = None) -> bytes:
    """Convert in pieces of the given sample counts, round and round."""
    resampler = StreamResampler(source, target)
    sizes = itertools.cycle(cuts or [source // 50])
    out, at = b"", 0
    while at < len(audio):
        size = 2 * next(sizes)
        out += resampler.push(audio[at : at + size])
        at += size
    return out + resampler.flush()


@settings(max_examples=40, deadline=None)
@given(
    pair=st.sampled_from(PAIRS),
    count=st.integers(0, 3000),
    cuts=st.lists(st.integers(1, 900), min_size=1, max_size=8),
)
def test_cutting_a_stream_changes_neither_length_nor_samples(
    pair: tuple[int, int], count: int, cuts: list[int]
) -> None:
    source, target = pair
    audio = np.random.default_rng(count).integers(-20_000, 20_000, count).astype("<i2").tobytes()
    whole = np.frombuffer(convert(audio, source, target, [max(count, 1)]), "<i2").astype(int)
    pieces = np.frombuffer(convert(audio, source, target, cuts), "<i2").astype(int)
    assert whole.size == round(count * target / source)
    assert pieces.size == whole.size
    # The matrix product may round the last bit differently for another number of rows.
    assert np.max(np.abs(whole - pieces), initial=0) <= 1


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_tone_comes_out_as_the_same_tone_at_the_same_time(source: int, target: int) -> None:
    hertz = 0.4 * min(source, target)
    got = np.frombuffer(convert(as_pcm(tone(hertz, source, 1)), source, target), "<i2").astype(float)
    wanted = tone(hertz, target, 1)
    inner = slice(target // 20, -target // 20)
    noise = np.mean((got - wanted)[inner] ** 2) / np.mean(wanted[inner] ** 2)
    assert 10 * np.log10(noise) < -65


@pytest.mark.parametrize(("source", "target"), [pair for pair in PAIRS if pair[0] > pair[1]])
def test_what_the_lower_rate_cannot_carry_is_gone_and_not_folded_back(source: int, target: int) -> None:
    got = np.frombuffer(convert(as_pcm(tone(0.6 * target, source, 1)), source, target), "<i2").astype(float)
    inner = got[target // 20 : -target // 20]
    assert np.sqrt(np.mean(inner**2)) < 12_000 * 10 ** (-60 / 20)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_output_never_lags_more_than_the_stated_delay(source: int, target: int) -> None:
    resampler = StreamResampler(source, target)
    packet = bytes(2 * (source // 50))
    received = 0
    for number in range(1, 100):
        received += len(resampler.push(packet)) // 2
        lag_ms = number * 20 - received * 1000 / target
        assert 0 <= lag_ms <= resampler.delay_ms + 0.2
    assert resampler.delay_ms < 5


def test_the_same_rate_hands_bytes_through_untouched() -> None:
    resampler = StreamResampler(16_000, 16_000)
    audio = as_pcm(tone(300, 16_000, 0.02))
    assert resampler.push(audio) is audio
    assert resampler.flush() == b""
    assert resampler.delay_ms == 0


def test_after_flush_a_new_stream_starts_clean() -> None:
    resampler = StreamResampler(24_000, 16_000)
    resampler.push(as_pcm(tone(500, 24_000, 0.1)))
    resampler.flush()
    assert not any(resampler.push(bytes(4800)) + resampler.flush())


def test_bad_rates_and_bad_bytes_have_codes() -> None:
    with pytest.raises(MediaError) as rate:
        StreamResampler(44_100, 16_000)
    assert rate.value.code == "audio_unsupported_rate"
    for source in (16_000, 24_000):
        with pytest.raises(MediaError) as odd:
            StreamResampler(source, 16_000).push(b"\0")
        assert odd.value.code == "audio_odd_byte_count"
