"""The second recogniser on spoken commands, on nothing, and on too much."""

from __future__ import annotations

import numpy as np
import pytest

from media.engines.log_mel import BANDS, log_mel
from media.engines.whisper_tiny import WhisperTinyRecogniser
from media.errors import MediaError
from media.pcm import silence
from tests.media.audio import clips


@pytest.fixture(scope="module")
def whisper() -> WhisperTinyRecogniser:
    return WhisperTinyRecogniser()


def test_a_spoken_command_comes_through(whisper: WhisperTinyRecogniser) -> None:
    clip = next(clip for clip in clips() if clip.file == "slt_bill_customer.wav")
    heard = whisper.recognise(clip.pcm)
    assert "Sarah Johnson" in heard.text
    assert "300" in heard.text
    assert 0.4 < heard.confidence <= 1


def test_it_spells_a_name_as_it_was_told(whisper: WhisperTinyRecogniser) -> None:
    clip = next(clip for clip in clips() if clip.file == "slt_bill_customer.wav")
    told = whisper.recognise(clip.pcm, before="Call Robert Smith, and bill Sara Jonson.")
    untold = whisper.recognise(clip.pcm)
    assert "Sara" in told.text  # which of its spellings comes first is for the processor's rounding to say
    assert any("Sara Jonson" in guess.text for guess in told.guesses)
    assert not any("Jonson" in guess.text for guess in untold.guesses)


def test_names_that_are_not_said_are_not_heard(whisper: WhisperTinyRecogniser) -> None:
    clip = next(clip for clip in clips() if clip.file == "slt_day_overview.wav")
    told = [f"Anil Patel{number}" for number in range(300)]
    assert "Patel" not in whisper.recognise(clip.pcm, before=", ".join(told)).text


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3.0, 31.0])
def test_silence_says_nothing(whisper: WhisperTinyRecogniser, seconds: float) -> None:
    heard = whisper.recognise(silence(seconds * 1000))
    assert (heard.text, heard.confidence) == ("", 0.0)


def test_half_a_sample_is_refused(whisper: WhisperTinyRecogniser) -> None:
    with pytest.raises(MediaError) as error:
        whisper.recognise(b"abc")
    assert error.value.code == "audio_odd_byte_count"


def test_a_tone_lights_up_its_own_band() -> None:
    seconds = np.arange(16_000) / 16_000
    low, high = (log_mel(np.sin(2 * np.pi * f * seconds).astype(np.float32)) for f in (300.0, 3000.0))
    assert low.shape == (BANDS, 100)
    assert low.mean(axis=1).argmax() < high.mean(axis=1).argmax()
    assert low.max() - low.min() == pytest.approx(2.0, abs=1e-3)
