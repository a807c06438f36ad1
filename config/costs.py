"""Settings of what OpenAI may cost. A part of ``config.settings.Settings``.

A limit needs prices: a server whose models have none refuses to start with one, rather than never reach it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from config.prices import Prices, parse_prices


class CostSettings(BaseSettings):
    """Prices, and how much may be spent by list price."""

    prices: str = Field(
        "",
        description="Prices by model, as JSON, beside or instead of the list prices of config/prices.py, US dollars "
        'for a million tokens or a minute of audio: {"my-model": {"input": 1.5, "output": 6}}.',
    )
    session_budget_usd: float | None = Field(
        None, gt=0, le=1e6, description="Most that one conversation may cost, by list price. Empty: no limit."
    )
    business_budget_usd: float | None = Field(
        None,
        gt=0,
        le=1e9,
        description="Most that all conversations of a business may cost in one of its days. Empty: no limit.",
    )
    budget_spent: Literal["refuse", "local"] = Field(
        "refuse",
        description="New conversations of a business whose day's budget is spent: refused, or held by the embedded "
        "engines.",
    )

    @field_validator("prices")
    @classmethod
    def _are_prices(cls, value: str) -> str:
        parse_prices(value)
        return value

    @property
    def price_list(self) -> Prices:
        """The price of each model that has one."""
        return Prices(parse_prices(self.prices))

    @property
    def has_budget(self) -> bool:
        """Whether there is a limit to what may be spent."""
        return self.session_budget_usd is not None or self.business_budget_usd is not None

    def check_priced(self, models: Iterable[str]) -> None:
        """Raise ValueError where there is a limit and one of ``models`` has no price."""
        unpriced = [model for model in models if self.price_list.of(model) is None]
        if self.has_budget and unpriced:
            raise ValueError(f"HERO365_PRICES: a budget needs a price for {', '.join(unpriced)}")
