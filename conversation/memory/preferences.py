"""What a user wants remembered, between the business's record of it and the options of a conversation. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from business.entities.preferences import Preferences
from conversation.options import Capabilities

#: Name under which wishes travel beside option changes.
REMEMBER: Final = "remember"
#: Options that are a user's taste; the others belong to one conversation.
REMEMBERED: Final = ("agent_type", "voice", "voice_speed", "is_driving", "safety_mode", "greeting_name")


def remembered_options(wishes: Preferences | None, capabilities: Capabilities) -> dict[str, Any]:
    """The options that a conversation begins with, as changes; a voice that is no longer there is passed over."""
    if wishes is None:
        return {}
    found = {name: getattr(wishes, name) for name in REMEMBERED}
    if found["voice"] not in capabilities.voices:
        del found["voice"]
    given = {name: value for name, value in found.items() if value is not None}
    return {name: value if isinstance(value, bool) else str(value) for name, value in given.items()}


def to_remember(changes: Mapping[str, Any], reminder_channel: str | None) -> dict[str, Any]:
    """What of option changes can be remembered, with the channel for reminders if it was named."""
    wishes = {name: value for name, value in changes.items() if name in REMEMBERED}
    return wishes | ({"reminder_channel": reminder_channel} if reminder_channel is not None else {})
