"""Silero VAD (16 kHz) in a few multiplications: how much 32 ms of audio sound like speech.

The network is small (0.4 million multiplications a frame), the graph in its ONNX file is not: over a hundred nodes
that look at shapes, and costs two fifths more in a process that has just been woken (``python -m bench.engines``:
``vad_woken_us``, ``vad_onnx_woken_us``). So the arithmetic stands here, in numpy, on the same weights: short-time
Fourier transform, four convolutions over time, one LSTM cell, one output. A test holds it against the ONNX file. It
needs no thread and no session, so a process may fork before or after it was made.

Source: https://github.com/snakers4/silero-vad, version 5, MIT License; weights by ``scripts/silero_weights.py``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.errors import MediaError, MediaErrorCode
from media.pcm import Samples

FRAME_SAMPLES: Final = 512
CONTEXT_SAMPLES: Final = 64
"""What the network sees of the frame before."""
_SEEN: Final = CONTEXT_SAMPLES + FRAME_SAMPLES
_MIRRORED: Final = 64
_FFT: Final = 256
_HOP: Final = 128
_STEPS: Final = 4
_BINS: Final = _FFT // 2 + 1
_WIDTHS: Final = (128, 64, 64, 128)
_CELL: Final = 128
_FLOAT: Final = 4
_WEIGHTS: Final = Path(__file__).with_name("silero_vad.npz")


class VadState:
    """What one conversation carries from frame to frame, with the space to work in: 14 kB.

    Attributes:
        hidden: Output and memory of the LSTM cell, shape (2, 128).
        window: The 64 samples of context, the frame, and the frame's last 64 samples mirrored.
    """

    __slots__ = ("hidden", "layer", "spectrum", "window")

    def __init__(self) -> None:
        self.hidden: NDArray[np.float32] = np.zeros((2, _CELL), np.float32)
        self.window: NDArray[np.float32] = np.zeros(_SEEN + _MIRRORED, np.float32)
        # One step of nothing before and behind the others: the padding of the convolutions.
        self.spectrum: NDArray[np.float32] = np.zeros((_STEPS + 2, _BINS), np.float32)
        self.layer: NDArray[np.float32] = np.zeros((_STEPS + 2, _WIDTHS[0]), np.float32)

    def reset(self) -> None:
        """As if nothing had been heard."""
        self.hidden.fill(0.0)
        self.window.fill(0.0)


class SileroModel:
    """The network. Holds no conversation: one instance serves every conversation of a process, in any thread."""

    def __init__(self) -> None:
        """Load. Raises MediaError ``model_missing``."""
        if not _WEIGHTS.is_file():
            raise MediaError(MediaErrorCode.MODEL_MISSING, f"{_WEIGHTS.name} is not in {_WEIGHTS.parent}")
        with np.load(_WEIGHTS) as weights:
            self._taper: NDArray[np.float32] = weights["window"]
            self._layers: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = [
                (weights[f"conv{layer}"], weights[f"bias{layer}"]) for layer in range(4)
            ]
            self._gates: NDArray[np.float32] = weights["gates"]
            self._gates_bias: NDArray[np.float32] = weights["gates_bias"]
            self._out: NDArray[np.float32] = weights["out"]
            self._out_bias = float(weights["out_bias"][0])
        self.probability(np.zeros(FRAME_SAMPLES, np.float32), VadState())

    def probability(self, frame: Samples, state: VadState) -> float:
        """Probability of speech in 512 samples; moves ``state`` on. Raises MediaError ``audio_bad_frame``."""
        if frame.shape != (FRAME_SAMPLES,):
            message = f"a frame has {FRAME_SAMPLES} samples, got shape {frame.shape}"
            raise MediaError(MediaErrorCode.BAD_FRAME, message)
        window = state.window
        window[:CONTEXT_SAMPLES] = window[FRAME_SAMPLES:_SEEN]
        window[CONTEXT_SAMPLES:_SEEN] = frame
        window[_SEEN:] = window[_SEEN - 2 : _SEEN - 2 - _MIRRORED : -1]
        return self._decoded(self._encoded(state), state)

    def _encoded(self, state: VadState) -> NDArray[np.float32]:
        """The frame in 128 numbers."""
        (first, first_bias), (second, second_bias), (third, third_bias), (last, last_bias) = self._layers
        steps = np.ndarray((_STEPS, _FFT), np.float32, state.window, 0, (_HOP * _FLOAT, _FLOAT))
        np.abs(np.fft.rfft(steps * self._taper), out=state.spectrum[1:-1])
        # Three steps of time next to each other are the input of a convolution at one place.
        seen = np.ndarray((_STEPS, 3 * _BINS), np.float32, state.spectrum, 0, (_BINS * _FLOAT, _FLOAT))
        np.maximum(seen @ first + first_bias, 0.0, out=state.layer[1:-1])
        width = _WIDTHS[0]
        seen = np.ndarray((2, 3 * width), np.float32, state.layer, 0, (2 * width * _FLOAT, _FLOAT))
        code = np.maximum(seen @ second + second_bias, 0.0).ravel()
        code = np.maximum(code @ third + third_bias, 0.0)
        return np.maximum(code @ last + last_bias, 0.0)

    def _decoded(self, code: NDArray[np.float32], state: VadState) -> float:
        """One step of the LSTM cell, and its output."""
        hidden, memory = state.hidden
        gates = np.concatenate((code, hidden)) @ self._gates + self._gates_bias
        sigmoid = 1.0 / (1.0 + np.exp(-gates))
        take, keep, show = sigmoid[:_CELL], sigmoid[_CELL : 2 * _CELL], sigmoid[3 * _CELL :]
        memory *= keep
        memory += take * np.tanh(gates[2 * _CELL : 3 * _CELL])
        np.multiply(show, np.tanh(memory), out=hidden)
        score = float(np.maximum(hidden, 0.0) @ self._out) + self._out_bias
        return float(1.0 / (1.0 + np.exp(-score)))


@lru_cache(maxsize=1)
def shared_model() -> SileroModel:
    """The one model of this process, made at the first call (before a fork, where a fork server runs)."""
    return SileroModel()
