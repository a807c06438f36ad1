"""What a conversation has used of paid models: tokens and seconds of audio, by model and day, with their list price.

Pure but for the clock it is given. Every paid part reports here; what the provider does not tell is estimated, and
counted as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Final

from config.prices import Price, Prices

#: Letters of English text in a token, about.
LETTERS_PER_TOKEN: Final = 4
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Amounts:
    """Counts, all of them sums.

    Attributes:
        requests: Requests that were made.
        estimated: Those among them whose tokens the provider did not tell.
        input_tokens: Tokens in, text and audio, cached ones included.
        cached_tokens: Those among them that the provider had in its cache.
        output_tokens: Tokens out, text and audio.
        audio_input_tokens: Audio among the tokens in, but for the cached.
        audio_output_tokens: Audio among the tokens out.
        heard_ms: Audio that was transcribed.
        spoken_ms: Speech that was made.
    """

    requests: int = 0
    estimated: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    heard_ms: int = 0
    spoken_ms: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    def micro_usd(self, price: Price) -> int:
        """The list price, in millionths of a US dollar."""
        text_in = max(0, self.input_tokens - self.cached_tokens - self.audio_input_tokens)
        text_out = max(0, self.output_tokens - self.audio_output_tokens)
        tokens = (
            text_in * price.input
            + self.cached_tokens * price.cached
            + text_out * price.output
            + self.audio_input_tokens * price.audio_input
            + self.audio_output_tokens * price.audio_output
        )
        minutes = (self.heard_ms * price.heard_minute + self.spoken_ms * price.spoken_minute) / 60_000
        return round(tokens + minutes * _MILLION)


NAMES: Final = tuple(each.name for each in fields(Amounts))


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one conversation has used of one model on one day, so far.

    Attributes:
        micro_usd: Its list price, millionths of a US dollar; None for a model without one.
    """

    day: date
    model: str
    amounts: Amounts
    micro_usd: int | None


@dataclass(slots=True)
class Meter:
    """Counts for one conversation.

    Attributes:
        prices: List prices.
        today: The day in the business's time zone.
        on_use: Called with what was used, when it was: the model and the amounts.
    """

    prices: Prices = field(default_factory=Prices)
    today: Callable[[], date] = date.today
    on_use: Callable[[str, Amounts], None] = lambda _model, _amounts: None
    _used: dict[tuple[date, str], Amounts] = field(default_factory=dict[tuple[date, str], Amounts])

    def add(self, model: str, amounts: Amounts) -> None:
        """So much of ``model`` was used."""
        key = (self.today(), model)
        self._used[key] = self._used.get(key, Amounts()) + amounts
        self.on_use(model, amounts)

    @property
    def rows(self) -> tuple[UsageRow, ...]:
        """All of it, by day and model."""
        return tuple(
            UsageRow(day, model, amounts, self._cost(model, amounts))
            for (day, model), amounts in sorted(self._used.items())
        )

    @property
    def micro_usd(self) -> int:
        """List price of all that has one."""
        return sum(row.micro_usd or 0 for row in self.rows)

    def shown(self) -> dict[str, Any]:
        """As clients see it: sums by model, and the estimated cost; null when some model has no price."""
        models: dict[str, Amounts] = {}
        for row in self.rows:
            models[row.model] = models.get(row.model, Amounts()) + row.amounts
        unpriced = sorted(model for model in models if self.prices.of(model) is None)
        return {
            "models": {model: told(amounts) for model, amounts in models.items()},
            "estimated_cost_usd": None if unpriced else self.micro_usd / _MILLION,
            "unpriced_models": unpriced,
        }

    def _cost(self, model: str, amounts: Amounts) -> int | None:
        price = self.prices.of(model)
        return None if price is None else amounts.micro_usd(price)


def told(amounts: Amounts | Mapping[str, int]) -> dict[str, Any]:
    """Amounts for people: audio in seconds, what is zero left out."""
    counts = dict(amounts) if isinstance(amounts, Mapping) else asdict(amounts)
    shown: dict[str, Any] = {}
    for name, count in counts.items():
        if count:
            seconds = name.endswith("_ms")
            shown[f"{name.removesuffix('_ms')}_s" if seconds else name] = count / 1000 if seconds else count
    return shown


def tokens_of(letters: int) -> int:
    """About how many tokens so many letters are."""
    return -(-letters // LETTERS_PER_TOKEN)
