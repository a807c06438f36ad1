"""What is known of somebody's speech over the assistant, and what follows when the time to decide is up. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.turn_commands import Overlap

_LISTENING = frozenset({Overlap.BACK_CHANNEL, Overlap.HUM})


@dataclass(slots=True)
class SpeechOver:
    """Speech over one answer of the assistant.

    Attributes:
        first_look: Token of the first look that still counts.
        heard: What it is, as far as is known.
        over: Its speaker is silent again.
        waited: The last look has been waited for.
        doubted: In this answer it was once decided against him although he perhaps had something to say.
    """

    first_look: int = 0
    heard: Overlap | None = None
    over: bool = False
    waited: bool = False
    doubted: bool = False

    def begin(self, token: int) -> None:
        """Somebody begins to speak; looks from ``token`` on are about him."""
        self.first_look, self.heard, self.over, self.waited = token, None, False, False

    def waits_for_a_look(self, looking: bool) -> bool:
        """Whether to wait a moment, once: nothing is certain, and what was said is being listened to at this moment."""
        waits = (looking or self.over) and self.heard not in _LISTENING and not self.waited
        self.waited = True
        return waits

    def is_nothing(self) -> bool:
        """Whether the assistant goes on. Who still speaks has something to say; noise without a word has not.

        A back-channel that is not over stops the assistant once more, if it goes on, and then for good.
        """
        if self.heard in _LISTENING:
            return self.over or not self.doubted
        return self.heard is Overlap.NOTHING or (self.heard is Overlap.UNCLEAR and self.over)
