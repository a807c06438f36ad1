from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.spoken.numbers import find_numbers, parse_number, parse_reference_number
from tools.spoken.ordinals import find_percent, parse_percent, parse_position

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_ONES = f"{_SMALL} fifteen sixteen seventeen eighteen nineteen".split()
_TENS = ["x", "x", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")


def in_words(number: int) -> str:
    """English cardinal of 0..999,999, with "and" before the last two digits."""
    if number < 100:
        return below_hundred(number)
    if number < 1000:
        rest = f" and {below_hundred(number % 100)}" if number % 100 else ""
        return f"{_ONES[number // 100]} hundred{rest}"
    rest = number % 1000
    tail = f" and {below_hundred(rest)}" if 0 < rest < 100 else f" {in_words(rest)}" if rest else ""
    return f"{in_words(number // 1000)} thousand{tail}"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("ten forty two", 1042),
        ("twenty thirty one", 2031),
        ("three hundred and fifty", 350),
        ("fifteen hundred", 1500),
        ("8.5k", 8500),
        ("$1,250.50", Decimal("1250.50")),
        ("forty two", 42),
        ("forty-two", 42),
        ("1042", 1042),
        ("ten-forty-two", 1042),
        ("one oh four two", 1042),
        ("ten oh five", 1005),
        ("one zero four two", 1042),
        ("10 42", 1042),
        ("number 42", 42),
        ("one fifty", 150),
        ("three twenty", 320),
        ("nineteen ninety nine", 1999),
        ("eighty five hundred", 8500),
        ("forty two hundred", 4200),
        ("fifteen hundred and twenty", 1520),
        ("15 hundred", 1500),
        ("two grand", 2000),
        ("2 grand", 2000),
        ("a hundred", 100),
        ("a thousand two hundred", 1200),
        ("half a grand", 500),
        ("eight and a half thousand", 8500),
        ("8 and a half thousand", 8500),
        ("eight point five k", 8500),
        ("one point two five million", 1_250_000),
        ("one thousand, two hundred and five", 1205),
        ("one twenty thousand", 120_000),
    ],
)
def test_a_number_is_read(said: str, value: Decimal) -> None:
    assert parse_number(said) == value


@pytest.mark.parametrize(
    "said",
    [
        "",
        "the second one",
        "this one",
        "at 9am",
        "on the 15th",
        "oh no",
        "a man",
        "2:30",
        "banana",
        "and",
        "point",
    ],
)
def test_what_is_no_number_stays_none(said: str) -> None:
    assert find_numbers(said) == []


@given(st.integers(0, 999_999))
def test_every_cardinal_in_words_and_in_digits_is_itself(number: int) -> None:
    assert parse_number(in_words(number)) == number
    assert parse_number(f"{number:,}") == number


@given(st.integers(10, 99), st.integers(10, 99))
def test_pairs_are_written_side_by_side(first: int, second: int) -> None:
    if first % 10 == 0 and second < 10:
        return
    assert parse_number(f"{below_hundred(first)} {below_hundred(second)}") == first * 100 + second


@given(st.text(max_size=60))
def test_any_text_is_taken_and_spans_lie_in_it(text: str) -> None:
    spans = find_numbers(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_spans_cut_the_number_out_of_a_sentence() -> None:
    text = "Charge the Okafors fifteen hundred for job ten forty two"
    assert [(text[s.start : s.end], s.whole, s.labelled) for s in find_numbers(text)] == [
        ("fifteen hundred", 1500, False),
        ("ten forty two", 1042, True),
    ]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("job ten forty two", 1042),
        ("JOB-001042", 1042),
        ("#17", 17),
        ("invoice thirty one", 31),
        ("the job number 8", 8),
        ("31", 31),
        ("thirty one and forty", None),
        ("the Okafor job", None),
    ],
)
def test_a_reference_number_is_read(said: str, number: int | None) -> None:
    assert parse_reference_number(said) == number


@pytest.mark.parametrize(
    ("said", "position"),
    [
        ("the second one", 2),
        ("the first", 1),
        ("third job", 3),
        ("the last one", -1),
        ("number three", 3),
        ("number one", 1),
        ("the 3rd", 3),
        ("the twenty first one", 21),
        ("Okafor", None),
        ("that one", None),
        ("job two", None),
    ],
)
def test_a_position_is_read(said: str, position: int | None) -> None:
    assert parse_position(said) == position


@pytest.mark.parametrize(
    ("said", "percent"),
    [
        ("70 percent", 70),
        ("seventy percent", 70),
        ("seventy per cent done", 70),
        ("70%", 70),
        ("halfway", 50),
        ("three quarters", 75),
        ("finished", 100),
        ("ninety", 90),
        ("soon", None),
    ],
)
def test_a_share_is_read(said: str, percent: int | None) -> None:
    assert parse_percent(said) == percent


def test_a_share_is_found_in_a_sentence() -> None:
    text = "The bakery is sixty five percent done"
    found = find_percent(text)
    assert found is not None
    assert (text[found[0] : found[1]], found[2]) == ("sixty five percent", 65)
