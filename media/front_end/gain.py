"""Quiet and loud phones alike: a slow gain for the speech detector, and a level for every utterance recognised.

The detector hears a stream, so its gain follows the voice; the recogniser hears whole utterances, so a quiet one is
lifted at once. Neither lifts a room in which nobody speaks.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.pcm import BYTES_PER_SAMPLE, SAMPLE_RATE, audioop, to_float
from media.vad import Frame

#: Level of speech below which the detector begins to lose frames (11 % of them at -55 dBFS, none at -45).
_QUIET_DBFS: Final = -42.0
_TARGET_DBFS: Final = -30.0
_MOST_DB: Final = 30.0
#: The gain never lifts the room above this: it would only turn a quiet room into a loud one.
_NOISE_CEILING_DBFS: Final = -52.0
#: How far above the room a frame must be to be taken for a voice that is too quiet for the detector.
_ABOVE_ROOM_DB: Final = 15.0
_VOICE: Final = 0.5
_STEP_DB: Final = 0.5
"""A frame of 32 ms may move the gain this far: 16 dB a second."""

#: Level to which a quiet utterance is lifted, and what is quiet: the recogniser hears nothing at -55 dBFS, and at
#: -45 as well as at -15.
UTTERANCE_DBFS: Final = -23.0
_QUIET_UTTERANCE_DBFS: Final = -40.0
_PEAK: Final = 0.95
#: Blocks this far below the loudest of an utterance do not count for its level: they are its pauses.
_PAUSE_DB: Final = 30.0
#: Quieter than this there is no utterance to lift.
_NOTHING_DBFS: Final = -70.0


class AutomaticGain:
    """Follows the level of one speaker; works on what the speech detector is given.

    Attributes:
        decibels: The gain applied now, 0 for anybody who is loud enough.
    """

    def __init__(self) -> None:
        self.decibels = 0.0
        self._speech_dbfs: float | None = None
        self._factor = 1.0

    def push(self, pcm: bytes) -> bytes:
        """PCM16 with the gain applied; what would be louder than full scale is clipped."""
        return audioop.mul(pcm, BYTES_PER_SAMPLE, self._factor) if self._factor != 1.0 else pcm

    def judged(self, frame: Frame) -> None:
        """What the detector made of the amplified audio."""
        loudest = max(frame.levels) - self.decibels
        room = frame.noise_floor - self.decibels
        if frame.probability < _VOICE and loudest < room + _ABOVE_ROOM_DB:
            return
        if self._speech_dbfs is None:
            self._speech_dbfs = loudest
        self._speech_dbfs += (0.3 if loudest > self._speech_dbfs else 0.02) * (loudest - self._speech_dbfs)
        wanted = _TARGET_DBFS - self._speech_dbfs if self._speech_dbfs < _QUIET_DBFS else 0.0
        wanted = max(0.0, min(wanted, _MOST_DB, _NOISE_CEILING_DBFS - room))
        step = max(-4 * _STEP_DB, min(_STEP_DB, wanted - self.decibels))
        if step:
            self.decibels += step
            self._factor = 10 ** (self.decibels / 20)


def at_level(pcm: bytes, rate: int = SAMPLE_RATE) -> bytes:
    """A quiet utterance set to ``UTTERANCE_DBFS`` (its voiced parts), never into clipping.

    One that is loud enough stays as it is, and so does near silence.
    """
    samples = to_float(pcm)
    block = rate // 100
    blocks = samples[: samples.size // block * block].reshape(-1, block)
    if not blocks.size:
        return pcm
    power = np.einsum("bs,bs->b", blocks, blocks) / block
    loudest = float(power.max())
    if loudest < 10 ** (_NOTHING_DBFS / 10):
        return pcm
    voiced = float(power[power >= loudest * 10 ** (-_PAUSE_DB / 10)].mean())
    if voiced >= 10 ** (_QUIET_UTTERANCE_DBFS / 10):
        return pcm
    factor = min(10 ** (UTTERANCE_DBFS / 20) / voiced**0.5, _PEAK / float(np.abs(samples).max()))
    return audioop.mul(pcm, BYTES_PER_SAMPLE, factor)
