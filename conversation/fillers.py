"""What the assistant says while work takes long: short, true whatever comes of it, and not the same twice in a row.

Pure but for its memory of the last one. It never promises that something will be done.
"""

from __future__ import annotations

from random import Random
from typing import Final

_THINKING: Final = ("One moment.", "Let me see.", "Just a second.", "Hmm, let me think.")
_LOOKING: Final = ("Let me look that up.", "Let me check.", "Checking now.", "One second, I'm looking.")
_CHANGING: Final = ("Working on it.", "I'm on it.", "One moment, please.", "Just a second.")
_STILL: Final = ("Still working on it.", "This takes a little longer.", "I'm still here, one moment.")


class Fillers:
    """The fillers of one conversation. ``seed`` makes them follow in the same order again."""

    def __init__(self, seed: str = "") -> None:
        self._random = Random(seed)  # noqa: S311  (for variety)
        self._last: str | None = None

    def next(self, number: int, *, changes: bool | None) -> str:
        """A filler: the ``number``-th of its turn, from 0.

        ``changes`` tells whether the running tool changes something; None while no tool runs.
        """
        if number:
            fitting = _STILL
        elif changes is None:
            fitting = _THINKING
        else:
            fitting = _CHANGING if changes else _LOOKING
        self._last = self._random.choice([phrase for phrase in fitting if phrase != self._last])
        return self._last
