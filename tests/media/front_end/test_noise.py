"""Noise and telephones: the detector starts at speech and at nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from media.endpointing import Endpointer, SpeechStarted
from media.front_end.front_end import FrontEnd
from media.pcm import from_float, to_float
from media.resample import StreamResampler
from media.silero import SileroModel
from media.vad import VoiceDetector
from tests.media.audio import LEAD, clips, room
from tests.media.front_end.scenes import at_dbfs

CLIPS = clips()[::3]


def starts(model: SileroModel, audio: bytes, front: FrontEnd, *, rate: int = 16_000) -> list[int]:
    detector, endpointer = VoiceDetector(model), Endpointer()
    resampler = StreamResampler(rate, 16_000)
    found: list[int] = []
    for at in range(0, len(audio), rate // 25):
        for frame in detector.push(front.push(resampler.push(audio[at : at + rate // 25])).detector):
            front.judged(frame)
            found += [event.at for event in endpointer.push(frame) if isinstance(event, SpeechStarted)]
            if endpointer.paused and endpointer.silence_ms > 400:
                endpointer.end_turn()
    return found


def mu_law(audio: np.ndarray) -> np.ndarray:
    """What 8 bits of G.711 leave of a signal."""
    squeezed = np.sign(audio) * np.log1p(255 * np.abs(np.clip(audio, -1, 1))) / np.log(256)
    coarse = np.round(squeezed * 127) / 127
    return (np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255).astype(np.float32)


@pytest.mark.parametrize("suppression", [False, True])
@pytest.mark.parametrize("level", [-45.0, -32.0])
def test_noise_alone_starts_nothing(silero: SileroModel, level: float, suppression: bool) -> None:
    front = FrontEnd(noise_suppression=suppression)
    assert starts(silero, from_float(room(20, level, seed=7)), front) == []


@pytest.mark.parametrize("suppression", [False, True])
@pytest.mark.parametrize("snr_db", [15.0, 8.0])
def test_speech_in_noise_is_found_where_it_is(silero: SileroModel, snr_db: float, suppression: bool) -> None:
    found = 0
    for seed, clip in enumerate(CLIPS):
        speech = at_dbfs(to_float(clip.pcm), -24.0)
        audio = np.concatenate([np.zeros(32_000, np.float32), speech])
        noisy = audio + room(audio.size / 16_000, -24.0 - snr_db, seed)[: audio.size]
        first = starts(silero, from_float(noisy), FrontEnd(noise_suppression=suppression))
        begin = 32_000 + LEAD
        assert all(at > begin - 4_800 for at in first), clip.file
        found += bool(first) and first[0] < begin + 8_000
    assert found >= len(CLIPS) - 1


@pytest.mark.parametrize("level", [-24.0, -50.0])
def test_a_telephone_is_heard(silero: SileroModel, level: float) -> None:
    for seed, clip in enumerate(CLIPS):
        speech = at_dbfs(to_float(clip.pcm), level)
        audio = np.concatenate([np.zeros(16_000, np.float32), speech])
        audio = audio + room(audio.size / 16_000, level - 30, seed)[: audio.size]
        narrow = to_float(StreamResampler(16_000, 8_000).push(from_float(audio)))
        found = starts(silero, from_float(mu_law(narrow)), FrontEnd(), rate=8_000)
        begin = 16_000 + LEAD
        assert found, clip.file
        assert begin - 4_800 < found[0] < begin + 8_000, clip.file
