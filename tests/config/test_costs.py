"""Prices and budgets in the settings: read from JSON, families of models, and no budget without prices."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from config.prices import Prices, parse_prices
from config.settings import Settings


def test_a_dated_model_costs_what_its_family_does():
    prices = Prices()
    assert prices.of("gpt-4.1-mini-2025-04-14") == prices.of("gpt-4.1-mini") != prices.of("gpt-4.1")
    assert prices.of("gpt-4.1-mini-tuned") is None
    assert prices.of("qwen3:8b") is None


def test_own_prices_go_before_the_list():
    prices = Settings(prices='{"gpt-4.1": {"input": 1}, "qwen3:8b": {}}').price_list  # pyright: ignore[reportCallIssue]
    known, free = prices.of("gpt-4.1"), prices.of("qwen3:8b")
    assert known is not None
    assert (known.input, known.output) == (1, 0)
    assert free is not None
    assert free.input == 0


@pytest.mark.parametrize("text", ["{", "[]", '{"m": {"inputs": 1}}', '{"m": {"input": -1}}', '{"m": 3}'])
def test_prices_that_make_no_sense_are_refused(text: str):
    with pytest.raises(ValueError, match="heard_minute"):
        parse_prices(text)


def test_a_budget_without_prices_is_refused():
    def settings(**more: object) -> Settings:
        values = {"openai_api_key": SecretStr("k"), "openai_model": "qwen3:8b", **more}
        return Settings.model_validate(values)

    assert not settings().has_budget
    with pytest.raises(ValidationError, match="HERO365_PRICES: a budget needs a price for qwen3:8b"):
        settings(business_budget_usd=5)
    assert settings(business_budget_usd=5, prices='{"qwen3:8b": {}}').has_budget
    assert settings(business_budget_usd=5, provider="local").has_budget
