"""A conversation as one stereo WAV: the user left, the assistant as heard right, both on the same clock.

Pure on what microphone and player kept; never resamples in time, only in rate.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from hero365_client import Microphone, Player, write_wav


def stereo(left: bytes, left_rate: int, left_origin: float, player: Player) -> tuple[NDArray[np.int16], int]:
    """Both sides on one time line that begins with the microphone's.

    Args:
        left: What the microphone sent, mono PCM16 at ``left_rate`` Hz, first sample at ``left_origin``.
        left_rate: Hz.
        left_origin: Seconds on the clock the player uses too.
        player: What was heard.

    Returns:
        ``(samples, rate)`` with samples of shape ``(n, 2)``, int16, at the player's rate.
    """
    rate = player.sample_rate
    user = np.frombuffer(left, dtype="<i2")
    if left_rate != rate:
        user = soxr.resample(user, left_rate, rate)
    begin = round((left_origin - player.origin) * rate)
    heard = np.frombuffer(player.render(begin, max(begin + len(user), player.position)), dtype="<i2")
    both = np.zeros((max(len(user), len(heard)), 2), dtype=np.int16)
    both[: len(user), 0] = user
    both[: len(heard), 1] = heard
    return both, rate


def save_conversation(path: Path, microphone: Microphone, player: Player) -> None:
    """Write the stereo recording of a conversation whose microphone recorded."""
    samples, rate = stereo(microphone.recording(), microphone.sample_rate, microphone.origin, player)
    write_wav(path, samples.astype("<i2").tobytes(), rate, channels=2)
