from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.spoken.amounts import NotAnAmount, find_amount, parse_amount
from tools.spoken.say import say_money


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("four hundred fifty dollars", "450"),
        ("$450", "450"),
        ("fifteen hundred", "1500"),
        ("twelve fifty", "1250"),
        ("two fifty", "250"),
        ("eight and a half thousand", "8500"),
        ("nineteen ninety nine", "1999"),
        ("nineteen dollars ninety nine", "19.99"),
        ("nineteen dollars and ninety nine cents", "19.99"),
        ("19.99", "19.99"),
        ("fifty cents", "0.50"),
        ("$8.5k", "8500"),
        ("a couple hundred bucks", "200"),
        ("a couple of thousand", "2000"),
        ("1,250.50 dollars", "1250.50"),
        ("three hundred", "300"),
        ("a thousand euros", "1000"),
        ("twelve dollars and a half", "12.50"),
        (1500, "1500"),
        (0.1, "0.10"),
        (Decimal("2.675"), "2.68"),
    ],
)
def test_an_amount_is_read(said: str | float | Decimal, amount: str) -> None:
    assert parse_amount(said) == Decimal(amount)


@pytest.mark.parametrize(
    "said", ["", "soon", "-5", "minus five dollars", "job 12", -1, float("nan"), float("inf")]
)
def test_what_is_no_amount_is_refused(said: str | float) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(said)


@pytest.mark.parametrize(
    ("text", "cut", "amount"),
    [
        ("Bill Okafor fifteen hundred, due in 30 days", "fifteen hundred", "1500"),
        ("Charge them 300 dollars for job twelve", "300 dollars", "300"),
        ("Invoice the bakery for two hours, eighty dollars", "eighty dollars", "80"),
        ("Offer Ines 8,500 for the kitchen at ten a.m.", "8,500", "8500"),
        ("Quote eighty five hundred for the roof", "eighty five hundred", "8500"),
        ("It's 200 dollars, no, 250 dollars", "250 dollars", "250"),
        ("invoice 31 is for 20 dollars", "20 dollars", "20"),
    ],
)
def test_the_amount_is_found_among_other_numbers(text: str, cut: str, amount: str) -> None:
    span = find_amount(text)
    assert span is not None
    assert text[span.start : span.end] == cut
    assert span.value == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["job ten forty two", "70 percent", "in thirty days", "at 9 am", "number 12"]
)
def test_other_numbers_are_no_money(text: str) -> None:
    assert find_amount(text) is None


@given(st.decimals("0.01", "999999.99", places=2))
def test_what_we_say_is_what_we_hear(amount: Decimal) -> None:
    assert parse_amount(say_money(amount)) == amount
