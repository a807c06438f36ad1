"""The arithmetic in numpy gives what Silero's own file gives on onnxruntime, frame after frame."""

from __future__ import annotations

import os

import numpy as np
import pytest

from media.errors import MediaError
from media.pcm import to_float
from media.silero import FRAME_SAMPLES, SileroModel, VadState, shared_model
from tests.media.audio import clips, in_room
from tests.support.silero_onnx import OnnxSilero


@pytest.mark.parametrize("room_dbfs", [-80, -40])
def test_it_is_the_same_network(silero: SileroModel, room_dbfs: int) -> None:
    for clip in clips():
        audio = to_float(in_room(clip.pcm, room_dbfs))
        original, state = OnnxSilero(), VadState()
        frames = [
            audio[at : at + FRAME_SAMPLES] for at in range(0, audio.size - FRAME_SAMPLES, FRAME_SAMPLES)
        ]
        ours = [silero.probability(frame, state) for frame in frames]
        assert ours == pytest.approx([original.probability(frame) for frame in frames], abs=2e-4)


def test_loud_noise_and_silence_are_no_limit(silero: SileroModel) -> None:
    rng = np.random.default_rng(3)
    original, state = OnnxSilero(), VadState()
    frames = [np.zeros(FRAME_SAMPLES, np.float32)] * 5
    frames += [np.sign(rng.normal(size=FRAME_SAMPLES)).astype(np.float32) for _ in range(20)]
    ours = [silero.probability(frame, state) for frame in frames]
    assert ours == pytest.approx([original.probability(frame) for frame in frames], abs=2e-4)
    state.reset()
    assert silero.probability(frames[0], state) == pytest.approx(
        OnnxSilero().probability(frames[0]), abs=1e-5
    )


def test_one_model_is_made_for_a_process() -> None:
    assert shared_model() is shared_model()


def test_a_frame_has_512_samples(silero: SileroModel) -> None:
    with pytest.raises(MediaError, match="512 samples"):
        silero.probability(np.zeros(256, np.float32), VadState())


def test_a_forked_child_computes_the_same(silero: SileroModel) -> None:
    frame = np.random.default_rng(1).normal(0.0, 0.1, FRAME_SAMPLES).astype(np.float32)
    here = silero.probability(frame, VadState())
    if not (child := os.fork()):
        os._exit(0 if silero.probability(frame, VadState()) == here else 3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
