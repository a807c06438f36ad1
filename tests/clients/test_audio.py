from __future__ import annotations

import wave
from array import array
from pathlib import Path

import pytest

from hero365_client.audio import (
    AudioFormatError,
    clip_of,
    first_audible,
    last_audible,
    level,
    read_wav,
    voiced_span,
    write_wav,
)

RATE = 16_000


def block(seconds: float, value: int) -> bytes:
    return array("h", [value, -value] * int(seconds * RATE / 2)).tobytes()


def test_the_voiced_span_is_that_of_the_speech() -> None:
    pcm = block(0.3, 0) + block(0.5, 6000) + block(0.4, 0)
    assert voiced_span(pcm, RATE) == (int(0.3 * RATE), int(0.8 * RATE))


def test_noise_far_below_the_speech_is_not_speech() -> None:
    pcm = block(0.3, 150) + block(0.5, 12_000) + block(0.4, 150)  # 150 is above -50 dBFS, 38 dB below 12,000
    assert voiced_span(pcm, RATE) == (int(0.3 * RATE), int(0.8 * RATE))


def test_silence_has_no_voiced_span() -> None:
    assert voiced_span(block(0.5, 20), RATE) == (0, 0)
    assert voiced_span(b"", RATE) == (0, 0)


def test_audible_is_above_minus_fifty_dbfs() -> None:
    limit = level(-50.0)
    assert limit == 103
    quiet = array("h", [limit, -limit, limit]).tobytes()
    assert first_audible(quiet) is None
    assert last_audible(quiet) is None
    loud = array("h", [0, 0, -limit - 1, 0, limit + 1, 0]).tobytes()
    assert (first_audible(loud), last_audible(loud)) == (2, 4)


def test_a_wav_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", block(0.1, 900), RATE)
    clip = read_wav(tmp_path / "a.wav")
    assert clip == clip_of(block(0.1, 900), RATE, "a")
    assert clip.seconds == pytest.approx(0.1)


def test_a_file_that_is_no_mono_wav_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(AudioFormatError, match=r"text\.wav is not a PCM WAV"):
        read_wav(tmp_path / "text.wav")
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(8))
    with pytest.raises(AudioFormatError, match="2 channels"):
        read_wav(tmp_path / "stereo.wav")
    with pytest.raises(AudioFormatError, match="cannot be read"):
        read_wav(tmp_path / "missing.wav")
