"""What the brain makes of a text, to compare what was heard with what was said: the tool and its parameters."""

from __future__ import annotations

from datetime import datetime

from bench.names.score import plain_words
from bench.understanding import FOCUS, ZONE
from conversation.brain.dialogue import Dialogue
from conversation.brain.frames import FRAMES
from conversation.brain.state import DialogueState
from conversation.providers import Understanding

Request = tuple[str, tuple[tuple[str, str], ...]]


class Reader:
    """Reads texts one by one, each as the first thing that is said in a conversation."""

    def __init__(self, understanding: Understanding) -> None:
        now = datetime(2026, 11, 24, 10, tzinfo=ZONE)
        self._dialogue = Dialogue(DialogueState(), understanding, lambda: now, ZONE)

    async def read(self, text: str) -> Request | None:
        """The tool that would be called or asked about, and its parameters; None when there is none."""
        self._dialogue.state = DialogueState(focus=dict(FOCUS))
        step = await self._dialogue.user_turn(text, frozenset(FRAMES))
        frames = [step.call, self._dialogue.state.frame, *self._dialogue.state.offer]
        frame = next((each for each in frames if each is not None), None)
        if frame is None:
            return None
        return frame.tool, tuple(sorted((name, _plain(value)) for name, value in frame.slots.items()))


def _plain(value: str) -> str:
    return " ".join(plain_words(value))
