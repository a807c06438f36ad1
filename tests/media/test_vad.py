"""The detector on real speech, on noise, in pieces and across a fork."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MediaError
from media.pcm import from_float, silence
from media.silero import SileroModel, VadState
from media.vad import FRAME_SAMPLES, Frame, GateSettings, VoiceDetector
from tests.media.audio import LEAD, TAIL, clips, in_room, room

CLIPS = clips()


def frames_of(pcm: bytes, model: SileroModel, gate: GateSettings | None = None) -> list[Frame]:
    return VoiceDetector(model, gate).push(pcm)


def test_every_command_is_heard_and_its_silences_are_not(silero: SileroModel) -> None:
    for clip in CLIPS:
        frames = frames_of(silence(1000) + clip.pcm + silence(1000), silero, GateSettings())
        begin, end = 16_000 + LEAD, 16_000 + len(clip.pcm) // 2 - TAIL
        inside = [frame for frame in frames if begin <= frame.start and frame.end <= end]
        voiced = [frame for frame in inside if frame.probability >= 0.5]
        assert len(voiced) / len(inside) > 0.7, clip.file
        far = [frame for frame in frames if frame.end < begin - 800 or frame.start > end + 4_800]
        assert max(frame.probability for frame in far) < 0.5, clip.file


def test_noise_is_not_speech_and_the_gate_closes_on_it(silero: SileroModel) -> None:
    for level in (-65, -50, -40, -30):
        detector = VoiceDetector(silero)
        first = detector.push(from_float(room(5, level)))
        scored = detector.counters.scored
        then = detector.push(from_float(room(10, level, seed=2)))
        assert max(frame.probability for frame in first + then) < 0.5, level
        assert detector.counters.scored - scored < 0.05 * len(then), level


@pytest.mark.parametrize("level", [-70, -55, -45])
def test_the_gate_hides_no_speech(silero: SileroModel, level: int) -> None:
    speech = missed = 0
    for clip in CLIPS:
        audio = from_float(room(2, level)) + in_room(clip.pcm, level)
        for free, gated in zip(
            frames_of(audio, silero), frames_of(audio, silero, GateSettings()), strict=True
        ):
            speech += free.probability >= 0.5
            missed += free.probability >= 0.5 > gated.probability
    assert speech > 500
    assert missed / speech < 0.01


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 2000), min_size=1, max_size=6))
def test_packet_sizes_do_not_matter(cuts: list[int]) -> None:
    model = _shared_model()
    pcm = CLIPS[0].pcm
    whole = frames_of(pcm, model, GateSettings())
    detector, pieces, at, turn = VoiceDetector(model), [], 0, 0
    while at < len(pcm):
        size = 2 * cuts[turn % len(cuts)]
        pieces += detector.push(pcm[at : at + size])
        at, turn = at + size, turn + 1
    assert pieces == whole
    assert [frame.start for frame in pieces] == list(range(0, FRAME_SAMPLES * len(pieces), FRAME_SAMPLES))


_MODELS: list[SileroModel] = []


def _shared_model() -> SileroModel:
    """One for all examples: hypothesis and function-scoped fixtures do not go together."""
    if not _MODELS:
        _MODELS.append(SileroModel())
    return _MODELS[0]


def test_two_conversations_on_one_model_do_not_mix(silero: SileroModel) -> None:
    first, second = VoiceDetector(silero, None), VoiceDetector(silero, None)
    expected = frames_of(CLIPS[0].pcm, silero)
    got: list[Frame] = []
    for at in range(0, len(CLIPS[0].pcm), 640):
        got += first.push(CLIPS[0].pcm[at : at + 640])
        second.push(CLIPS[1].pcm[at : at + 640])
    assert got == expected


def test_a_model_made_before_a_fork_works_after_it() -> None:
    program = """
import os, sys
import numpy as np
from media.silero import SileroModel, VadState
model = SileroModel()
frame = np.sin(np.arange(512) / 9).astype(np.float32)
here = model.probability(frame, VadState())
child = os.fork()
if child == 0:
    os._exit(0 if abs(model.probability(frame, VadState()) - here) < 1e-6 else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_reset_forgets_the_voice_but_not_the_position(silero: SileroModel) -> None:
    detector = VoiceDetector(silero, None)
    first = detector.push(CLIPS[0].pcm[: 1024 * 20])
    detector.reset()
    again = detector.push(CLIPS[0].pcm[: 1024 * 20])
    assert [frame.probability for frame in again] == [frame.probability for frame in first]
    assert again[0].start == first[-1].end


def test_bad_input_has_its_code(silero: SileroModel) -> None:
    with pytest.raises(MediaError) as odd:
        VoiceDetector(silero).push(b"abc")
    assert odd.value.code == "audio_odd_byte_count"
    with pytest.raises(MediaError) as short:
        silero.probability(np.zeros(511, np.float32), VadState())
    assert short.value.code == "audio_bad_frame"
