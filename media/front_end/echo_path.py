"""Does our own voice come back in the user's microphone, and how late? Told from loudness alone, every 10 ms.

A headset gives no echo, and a canceller that expects one there takes the user's words away; so this decides whether
there is anything to cancel. It costs a few additions a frame and never touches audio.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: The longest time from sending to hearing that is looked for, in frames of 10 ms: network, buffers, air, network.
MAX_LAG: Final = 70
#: Frames that the comparison looks at, how many of them must have had something to send, and how often it is made.
_LOOK: Final = 150
_ENOUGH: Final = 50
_EVERY: Final = 16
#: Correlation of the two loudness curves (dB) above which the one is the echo of the other.
_SURE: Final = 0.6
#: Comparisons in a row without any likeness after which there is no echo.
_DOUBTS: Final = 3
_UNLIKE: Final = 0.4
#: Below this a microphone hears nothing, and what was sent is a pause.
_SILENT_DB: Final = -60.0
_LOUD_DB: Final = -42.0
#: A microphone that has heard nothing for so many frames hears no echo, if for every possible delay so many of the
#: frames sent in that time were loud.
_QUIET_RUN: Final = 40
_LOUD_ENOUGH: Final = 12
#: Loud enough for a faint echo of it to stand out of the room.
_PLAIN_DB: Final = -30.0
#: Loud frames that have to come back where there was no echo before.
_ENOUGH_AGAIN: Final = 65
#: Share of the plain frames that the microphone hears where there is an echo.
_HEARD_SHARE: Final = 0.7
#: So far above the quietest frame lately is still nothing.
_ABOVE_ROOM_DB: Final = 6.0


class Echo(Enum):
    """What is known about the way from the client's loudspeaker to its microphone."""

    UNKNOWN = auto()
    PRESENT = auto()
    ABSENT = auto()


class EchoPath:
    """Follows the loudness of what was sent and of what was heard.

    Attributes:
        state: What is known by now; kept from one answer of the assistant to the next.
        lag: Frames of 10 ms from sending to hearing, once an echo was found.
    """

    def __init__(self) -> None:
        self.state = Echo.UNKNOWN
        self.lag: int | None = None
        self._near: deque[float] = deque(maxlen=_LOOK)
        self._far: deque[float] = deque(maxlen=_LOOK + MAX_LAG)
        self._frames = 0
        self._doubts = 0
        self._quiet = 0

    def expect_none(self) -> None:
        """There is no echo, until one is found; does nothing where it is known."""
        if self.state is Echo.UNKNOWN:
            self.state = Echo.ABSENT

    def restart(self) -> None:
        """The frames that follow do not continue those before; what is known stays."""
        self._near.clear()
        self._far.clear()
        self._quiet = 0

    def push(self, near_db: float, far_db: float) -> None:
        """The loudness (dBFS) of 10 ms of the microphone, and of what the client was sent to play meanwhile."""
        self._near.append(max(near_db, _SILENT_DB))
        self._far.append(max(far_db, _SILENT_DB))
        room = min(self._near) if len(self._near) >= _ENOUGH else _SILENT_DB
        self._quiet = self._quiet + 1 if near_db <= room + _ABOVE_ROOM_DB else 0
        self._frames += 1
        if self._frames % _EVERY == 0 and len(self._far) > MAX_LAG:
            far = np.array(self._far, np.float32)
            if self._quiet < _QUIET_RUN or not self._came_to_nothing(far):
                self._compare(far)

    def _came_to_nothing(self, far: NDArray[np.float32]) -> bool:
        """Whether an echo, had there been one, would have been heard in the quiet that just was."""
        if len(far) < MAX_LAG + _QUIET_RUN:
            return False
        loud = np.concatenate(([0], np.cumsum(far > _PLAIN_DB)))
        lags = np.arange(MAX_LAG + 1) if self.lag is None else np.array([self.lag])
        ends = len(far) - lags
        if (loud[ends] - loud[ends - _QUIET_RUN]).min() < _LOUD_ENOUGH:
            return False
        self.state, self.lag = Echo.ABSENT, None
        return True

    def _compare(self, far: NDArray[np.float32]) -> None:
        count = min(len(self._near), len(far) - MAX_LAG)
        if count < _ENOUGH or (far[MAX_LAG - 20 : -20] > _LOUD_DB).sum() < _ENOUGH // 2:
            return
        level = np.array(self._near, np.float32)[-count:]
        near = level - level.mean()
        windows = np.lib.stride_tricks.sliding_window_view(far[-count - MAX_LAG :], count)
        centred = windows - windows.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.einsum("lt,lt->l", centred, centred) * float(near @ near)) + 1e-6
        likeness = (centred @ near) / spread  # from the largest lag to none
        best = int(likeness.argmax())
        enough = _ENOUGH_AGAIN if self.state is Echo.ABSENT else _ENOUGH
        if likeness[best] > _SURE and _is_heard(level, windows[best], enough):
            self.state, self.lag, self._doubts = Echo.PRESENT, MAX_LAG - best, 0
        elif self.state is Echo.UNKNOWN and likeness[best] < _UNLIKE:
            self._doubts += 1
            if self._doubts >= _DOUBTS:
                self.state = Echo.ABSENT


def _is_heard(near: NDArray[np.float32], far: NDArray[np.float32], enough: int) -> bool:
    """Whether the microphone heard something nearly whenever what was sent was loud, in ``enough`` frames.

    A word of the user's rises and falls as some word of the assistant's does, most of all where both begin; only an
    echo is there with all of them.
    """
    plain = far > _PLAIN_DB
    if plain.sum() < enough:
        return False
    return bool((near[plain] > near.min() + _ABOVE_ROOM_DB).mean() >= _HEARD_SHARE)
