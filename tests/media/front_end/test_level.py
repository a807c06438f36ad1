"""Quiet, loud and overdriven microphones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engines.moonshine import MoonshineRecogniser
from media.front_end.clipping import HEADROOM, Declipper
from media.front_end.front_end import FrontEnd
from media.front_end.gain import UTTERANCE_DBFS, at_level
from media.pcm import from_float, rms_dbfs, silence, to_float
from media.silero import SileroModel
from media.vad import VoiceDetector
from tests.media.audio import clips, room
from tests.media.front_end.scenes import active_rms, at_dbfs

CLIPS = clips()
CLIP = next(clip for clip in CLIPS if clip.file == "slt_day_overview.wav")


def voiced_share(model: SileroModel, audio: bytes, front: FrontEnd | None) -> int:
    detector, count = VoiceDetector(model), 0
    for at in range(0, len(audio), 640):
        packet = audio[at : at + 640]
        for frame in detector.push(front.push(packet).detector if front else packet):
            count += frame.probability >= 0.5
            if front:
                front.judged(frame)
    return count


def whispered(dbfs: float) -> bytes:
    speech = np.concatenate([at_dbfs(to_float(clip.pcm), dbfs) for clip in CLIPS[:8]])
    return from_float(speech + room(speech.size / 16_000, dbfs - 35)[: speech.size])


def test_a_quiet_phone_is_heard_as_well_as_a_loud_one(silero: SileroModel) -> None:
    loud = voiced_share(silero, whispered(-22), None)
    without = voiced_share(silero, whispered(-57), None)
    front = FrontEnd()
    with_gain = voiced_share(silero, whispered(-57), front)
    assert without < 0.93 * loud
    assert with_gain > 0.95 * loud
    assert front.gain_db > 10


@pytest.mark.parametrize("level", [-75.0, -60.0, -45.0])
def test_a_room_is_not_amplified(silero: SileroModel, level: float) -> None:
    front = FrontEnd()
    assert voiced_share(silero, from_float(room(20, level)), front) == 0
    assert front.gain_db == 0.0


def test_a_loud_speaker_is_left_alone(silero: SileroModel) -> None:
    front = FrontEnd()
    voiced_share(silero, whispered(-18), front)
    assert front.gain_db == 0.0


def test_gain_goes_back_when_somebody_louder_speaks(silero: SileroModel) -> None:
    front = FrontEnd()
    voiced_share(silero, whispered(-57), front)
    voiced_share(silero, whispered(-20), front)
    assert front.gain_db == 0.0


def test_a_quiet_utterance_is_lifted_for_the_recogniser(recogniser: MoonshineRecogniser) -> None:
    quiet = from_float(at_dbfs(to_float(CLIP.pcm), -57.0))
    assert rms_dbfs(to_float(at_level(quiet))) == pytest.approx(UTTERANCE_DBFS, abs=4)
    assert recogniser.recognise(at_level(quiet)).text == recogniser.recognise(CLIP.pcm).text
    assert recogniser.recognise(quiet).text != recogniser.recognise(CLIP.pcm).text


@pytest.mark.parametrize("pcm", [b"", silence(50), silence(1000), CLIP.pcm])
def test_what_is_loud_enough_or_nothing_stays_as_it_is(pcm: bytes) -> None:
    assert at_level(pcm) == pcm


def overdriven(db: float) -> tuple[bytes, np.ndarray]:
    true = at_dbfs(to_float(CLIP.pcm), -20)
    true = true / np.abs(true).max() * 10 ** (db / 20)
    return from_float(true.astype(np.float32)), true


def packets(pcm: bytes, declipper: Declipper) -> np.ndarray:
    return to_float(b"".join(declipper.push(pcm[at : at + 640], 16_000) for at in range(0, len(pcm), 640)))


def test_clipped_peaks_come_back() -> None:
    clipped, true = overdriven(8)
    declipper = Declipper()
    restored = packets(clipped, declipper)[32_000 // 4 :] / HEADROOM
    flat = to_float(clipped)[32_000 // 4 :]
    wanted = true[32_000 // 4 : 32_000 // 4 + restored.size]
    late = slice(restored.size // 2, None)  # the level has come down by then
    error = np.sqrt(np.mean((restored[late] - wanted[late]) ** 2))
    before = np.sqrt(np.mean((flat[late] - wanted[late]) ** 2))
    assert declipper.clipped > 100
    assert error < 0.75 * before
    assert active_rms(restored) > active_rms(flat)


def test_audio_that_is_not_clipped_is_not_touched() -> None:
    declipper = Declipper()
    assert declipper.push(CLIP.pcm, 16_000) == CLIP.pcm
    peak = np.array([0, 20_000, 32_767, 20_000, 0], "<i2").tobytes()
    assert declipper.push(peak, 16_000) == peak, "one sample at full scale is a peak"
    assert declipper.clipped == 0


def test_the_level_comes_back_when_the_microphone_calms_down() -> None:
    declipper = Declipper()
    declipper.push(overdriven(12)[0], 16_000)
    assert declipper.push(CLIP.pcm, 16_000) != CLIP.pcm
    for _ in range(25):
        declipper.push(silence(1000), 16_000)
    assert declipper.push(CLIP.pcm, 16_000) == CLIP.pcm


@given(st.lists(st.integers(-32768, 32767), max_size=60), st.lists(st.booleans(), max_size=60))
def test_any_samples_are_survived(samples: list[int], full: list[bool]) -> None:
    made = [32767 if loud else sample for sample, loud in zip(samples, full, strict=False)]
    pcm = np.array(made, "<i2").tobytes()
    assert len(Declipper().push(pcm, 8_000)) == len(pcm)
