"""Telling a user something in his running conversation: what is asked of whoever can do that, and what came of it.

Protocol and values only; the sessions are found in ``actors/``, the speaking is in ``conversation/announcements.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to say to one user.

    Attributes:
        id: Opaque and stable: asked for again, it is not said again.
        kind: As in the outbox.
        text: One line.
        is_late: Its time has passed while the user was away.
    """

    id: str
    business_id: str
    user_id: str
    kind: str
    text: str
    is_late: bool = False


class Announced(StrEnum):
    """What came of it: heard to its end; not (yet), though the user is there; nobody is there."""

    HEARD = "heard"
    MISSED = "missed"
    ABSENT = "absent"


class Announcer(Protocol):
    """Speaks to users in their live conversations."""

    async def is_live(self, business_id: str, user_id: str) -> bool:
        """Whether the user is in a conversation now. Never raises."""
        ...

    async def announce(self, announcement: Announcement) -> Announced:
        """Say it at the next good moment; waits for that up to a minute. Never raises."""
        ...


class NobodyThere:
    """An announcer without sessions."""

    async def is_live(self, business_id: str, user_id: str) -> bool:
        """No."""
        del business_id, user_id
        return False

    async def announce(self, announcement: Announcement) -> Announced:
        """Nobody hears it."""
        del announcement
        return Announced.ABSENT
