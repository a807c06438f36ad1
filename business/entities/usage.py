"""What conversations have used of paid models. Sums only; money is the list price, in millionths of a US dollar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from business.errors import ValidationFailed


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What one conversation has used of one model on one day, so far.

    Attributes:
        session_id: The conversation.
        epoch: Its incarnation: one that takes over counts anew.
        day: The day in the business's time zone.
        micro_usd: List price, millionths of a US dollar; None for a model without one.
        id: Made of what it is about.
    """

    session_id: str
    epoch: int
    day: date
    model: str
    updated_at: datetime
    requests: int = 0
    estimated: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    heard_ms: int = 0
    spoken_ms: int = 0
    micro_usd: int | None = None
    id: str = ""

    def __post_init__(self) -> None:
        if not self.model or len(self.model) > 100:
            raise ValidationFailed("model", "A model has a name of at most 100 letters.")
        of = f"{self.session_id}\n{self.epoch}\n{self.day}\n{self.model}"
        object.__setattr__(self, "id", f"usage_{hashlib.sha256(of.encode()).hexdigest()[:40]}")


@dataclass(frozen=True, slots=True)
class DayUsage:
    """What a business has used of one model on one day.

    Attributes:
        conversations: How many took part in it.
        amounts: The counts of ``ModelUsage`` by name.
        micro_usd: List price of what has one, millionths of a US dollar; None where nothing has.
    """

    day: date
    model: str
    conversations: int
    amounts: dict[str, int]
    micro_usd: int | None
