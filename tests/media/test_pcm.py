"""Bytes ⇄ floats and levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import pcm
from media.errors import MediaError


@given(st.lists(st.integers(-32768, 32767), max_size=500))
def test_floats_and_back_is_the_identity(values: list[int]) -> None:
    audio = np.array(values, "<i2").tobytes()
    assert pcm.from_float(pcm.to_float(audio)) == audio


def test_too_loud_is_clipped_not_wrapped() -> None:
    audio = pcm.from_float(np.array([1.7, -1.7, 1.0, -1.0], np.float32))
    assert np.frombuffer(audio, "<i2").tolist() == [32767, -32768, 32767, -32768]


def test_half_a_sample_is_refused_with_its_code() -> None:
    for function in (pcm.check_pcm16, pcm.to_int16, pcm.to_float):
        with pytest.raises(MediaError, match="3") as error:
            function(b"abc")
        assert error.value.code == "audio_odd_byte_count"


def test_levels_of_known_signals() -> None:
    time = np.arange(16_000) / 16_000
    sine = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    assert pcm.rms_dbfs(sine) == pytest.approx(-9.03, abs=0.02)
    assert pcm.peak_dbfs(sine) == pytest.approx(-6.02, abs=0.02)
    for nothing in (np.zeros(0, np.float32), np.zeros(100, np.float32)):
        assert pcm.rms_dbfs(nothing) == pcm.peak_dbfs(nothing) == pcm.SILENCE_DBFS


def test_silence_lasts_what_was_asked() -> None:
    assert pcm.duration_ms(pcm.silence(250)) == 250
    assert pcm.duration_ms(pcm.silence(20, 48_000), 48_000) == 20
    assert not any(pcm.silence(10))
