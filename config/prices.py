"""What OpenAI's models cost: the list prices of a day, and how a setting adds to them or replaces them. Pure.

Estimates for limits and reports, never an invoice: prices change, and accounts have discounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

AS_OF: Final = "2025-11-01"
"""The day of the list prices below."""


Dollars = Annotated[float, Field(ge=0)]


class Price(BaseModel):
    """US dollars for a million tokens, and for a minute of audio. Zero: not charged by this measure.

    Attributes:
        input: Text in, not cached.
        cached: Text or audio in that the provider had in its cache.
        output: Text out.
        audio_input: Audio in, in tokens.
        audio_output: Audio out, in tokens.
        heard_minute: A minute of audio that is transcribed.
        spoken_minute: A minute of speech that is made.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Dollars = 0.0
    cached: Dollars = 0.0
    output: Dollars = 0.0
    audio_input: Dollars = 0.0
    audio_output: Dollars = 0.0
    heard_minute: Dollars = 0.0
    spoken_minute: Dollars = 0.0


_PRICES: Final[dict[str, Price]] = {
    "gpt-4.1": Price(input=2.0, cached=0.5, output=8.0),
    "gpt-4.1-mini": Price(input=0.4, cached=0.1, output=1.6),
    "gpt-4.1-nano": Price(input=0.1, cached=0.025, output=0.4),
    "gpt-4o": Price(input=2.5, cached=1.25, output=10.0),
    "gpt-4o-mini": Price(input=0.15, cached=0.075, output=0.6),
    "gpt-5": Price(input=1.25, cached=0.125, output=10.0),
    "gpt-5-mini": Price(input=0.25, cached=0.025, output=2.0),
    "gpt-5-nano": Price(input=0.05, cached=0.005, output=0.4),
    "gpt-4o-transcribe": Price(heard_minute=0.006),
    "gpt-4o-mini-transcribe": Price(heard_minute=0.003),
    "whisper-1": Price(heard_minute=0.006),
    "gpt-4o-mini-tts": Price(spoken_minute=0.015),
    "gpt-realtime": Price(input=4.0, cached=0.4, output=16.0, audio_input=32.0, audio_output=64.0),
    "gpt-realtime-mini": Price(input=0.6, cached=0.06, output=2.4, audio_input=10.0, audio_output=20.0),
}
_OVERRIDES: Final = TypeAdapter(dict[str, Price])


class Prices:
    """The price of each model that has one.

    Args:
        more: Prices by model that go before the list.
    """

    def __init__(self, more: Mapping[str, Price] | None = None) -> None:
        self._prices = {**_PRICES, **(more or {})}

    def of(self, model: str) -> Price | None:
        """The price of a model; a dated version (``gpt-4.1-mini-2025-04-14``) costs what its family does."""
        while model:
            if model in self._prices:
                return self._prices[model]
            model = _undated(model)
        return None


def _undated(model: str) -> str:
    """The name without the last of its numbers (``-2025``, ``-04``, ``-14``); empty when there is none."""
    family, _, last = model.rpartition("-")
    return family if last.isdigit() else ""


def parse_prices(text: str) -> dict[str, Price]:
    """Prices by model, from JSON; none of an empty text. Raises ValueError for people."""
    try:
        return _OVERRIDES.validate_json(text) if text.strip() else {}
    except ValidationError as error:
        names = ", ".join(Price.model_fields)
        raise ValueError(f'JSON like {{"my-model": {{"input": 1.5}}}}, with {names}') from error
