"""Interactions: what was said and done with a contact. A log; entries are added, never edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from business.errors import ValidationFailed


class InteractionType(StrEnum):
    """Kinds of interaction."""

    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    PROPOSAL = "proposal"
    QUOTE = "quote"
    CONTRACT = "contract"
    SERVICE = "service"
    FOLLOW_UP = "follow_up"
    NOTE = "note"

    @property
    def is_contact(self) -> bool:
        """Whether it counts as having spoken to the contact (sets ``last_contacted``)."""
        return self in (InteractionType.CALL, InteractionType.EMAIL, InteractionType.MEETING)


@dataclass(frozen=True, slots=True)
class Interaction:
    """One entry in a contact's history.

    Attributes:
        performed_by: User who did it.
        occurred_at: When it happened (UTC).
        scheduled_follow_up: When to come back to it (UTC).
    """

    id: str
    contact_id: str
    type: InteractionType
    description: str
    performed_by: str
    occurred_at: datetime
    outcome: str | None = None
    next_action: str | None = None
    scheduled_follow_up: datetime | None = None

    def __post_init__(self) -> None:
        if not self.description.strip():
            raise ValidationFailed("notes", "Tell me what to note about it.")
        if len(self.description) > 5000:
            raise ValidationFailed("notes", "That note is too long.")
