"""What one user of one business wants remembered from conversation to conversation. Pure rules; None means no wish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from business.entities.activities import ReminderChannel
from business.errors import ValidationFailed

_NAME = re.compile(r"[^\W\d_][^\W\d_ .'’-]*(?:[ .'’-]+[^\W\d_]+)*\.?")
_LONGEST_NAME = 60
_LONGEST_VOICE = 64


class PreferredSpeed(StrEnum):
    """How fast the assistant speaks."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


class PreferredAgent(StrEnum):
    """Who answers."""

    PERSONAL = "personal"
    ORCHESTRATED = "orchestrated"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The wishes of one user in one business.

    Attributes:
        id: The user; there is one of these for each.
        voice: Name of a voice; one that is no longer there is passed over.
        is_driving: Conversations begin in driving mode.
        safety_mode: Conversations begin in safety mode.
        greeting_name: What the user is called, instead of the name that colleagues say.
        reminder_channel: How reminders reach the user.
    """

    id: str
    updated_at: datetime
    voice: str | None = None
    voice_speed: PreferredSpeed | None = None
    agent_type: PreferredAgent | None = None
    is_driving: bool | None = None
    safety_mode: bool | None = None
    greeting_name: str | None = None
    reminder_channel: ReminderChannel | None = None

    def __post_init__(self) -> None:
        name = self.greeting_name
        if name is not None and (len(name) > _LONGEST_NAME or not _NAME.fullmatch(name)):
            raise ValidationFailed("greeting_name", "A name has letters, up to 60 of them.")
        if self.voice is not None and not 0 < len(self.voice) <= _LONGEST_VOICE:
            raise ValidationFailed("voice", "That is no name of a voice.")
