"""Use cases of a user's own preferences: nobody reads or changes another's, whatever his role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from business.entities.activities import ReminderChannel
from business.entities.preferences import Preferences, PreferredAgent, PreferredSpeed
from business.errors import Forbidden, ValidationFailed
from business.repositories import UnitOfWork

_ENUMS: dict[str, type[ReminderChannel | PreferredAgent | PreferredSpeed]] = {
    "reminder_channel": ReminderChannel,
    "agent_type": PreferredAgent,
    "voice_speed": PreferredSpeed,
}
_FLAGS = frozenset({"is_driving", "safety_mode"})
NAMES = frozenset(field.name for field in fields(Preferences)) - {"id", "updated_at"}


class UserPreferences:
    """The preferences of the acting user."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def mine(self) -> Preferences:
        """What the acting user has wished; nothing at first. Raises Forbidden for our own schedulers."""
        if self._uow.actor.is_system:
            raise Forbidden("Only people have preferences.")
        user_id = self._uow.actor.user_id
        return await self._uow.preferences.find(user_id) or Preferences(user_id, self._uow.now)

    async def remember(self, wishes: Mapping[str, Any]) -> Preferences:
        """Keep the wishes, None to drop one. Raises Forbidden, ValidationFailed; then nothing is kept."""
        known = await self.mine()
        changed = replace(known, updated_at=self._uow.now, **_checked(wishes))
        if await self._uow.preferences.find(changed.id) is None:
            await self._uow.preferences.add(changed)
        else:
            await self._uow.preferences.save(changed)
        return changed


def _checked(wishes: Mapping[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in wishes.items():
        if name not in NAMES:
            raise ValidationFailed(name, f"I can't remember {name.replace('_', ' ')}.")
        try:
            checked[name] = _ENUMS[name](value) if name in _ENUMS and value is not None else value
        except ValueError as error:
            raise ValidationFailed(name, f"That is no {name.replace('_', ' ')}.") from error
        kind = bool if name in _FLAGS else str
        if checked[name] is not None and not isinstance(checked[name], kind):
            raise ValidationFailed(name, f"That is no {name.replace('_', ' ')}.")
    return checked
