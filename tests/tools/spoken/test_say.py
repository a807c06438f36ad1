from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tools.spoken.say import (
    say_choice,
    say_count,
    say_day,
    say_document,
    say_list,
    say_minutes,
    say_money,
    say_ordinal,
    say_phone,
    say_time,
    say_when,
)

TZ = ZoneInfo("America/New_York")
TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("1500", "USD", "1,500 dollars"),
        ("450.20", "USD", "450 dollars and 20 cents"),
        ("1", "USD", "1 dollar"),
        ("0.01", "USD", "1 cent"),
        ("0", "USD", "0 dollars"),
        ("-5", "EUR", "minus 5 euros"),
        ("12.5", "GBP", "12 pounds and 50 pence"),
        ("1000", "JPY", "1,000 yen"),
    ],
)
def test_money(amount: str, currency: str, said: str) -> None:
    assert say_money(Decimal(amount), currency) == said


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (time(9), "9 AM"),
        (time(14, 30), "2:30 PM"),
        (time(12), "noon"),
        (time(0), "midnight"),
        (time(0, 5), "12:05 AM"),
    ],
)
def test_times(clock: time, said: str) -> None:
    assert say_time(clock) == said


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (2, "Friday"),
        (7, "Wednesday, November 25th"),
        (30, "December 18th"),
        (-10, "November 8th"),
        (400, "December 23rd, 2027"),
    ],
)
def test_days(ahead: int, said: str) -> None:
    assert say_day(TODAY + timedelta(days=ahead), TODAY) == said


def test_a_moment_is_said_in_the_business_time_zone() -> None:
    now = datetime(2026, 11, 18, 15, 0, tzinfo=ZoneInfo("UTC"))
    assert say_when(datetime(2026, 11, 20, 19, 0, tzinfo=ZoneInfo("UTC")), now, TZ) == "Friday at 2 PM"


@pytest.mark.parametrize(
    ("items", "limit", "said"),
    [
        ([], None, ""),
        (["a"], None, "a"),
        (["a", "b"], None, "a and b"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c", "d"], 2, "a, b and 2 more"),
    ],
)
def test_lists(items: list[str], limit: int | None, said: str) -> None:
    assert say_list(items, limit) == said


def test_choices_counts_and_codes() -> None:
    assert say_choice(["a", "b", "c"]) == "a, b or c"
    assert [say_count(n, "job") for n in (0, 1, 2, 12)] == ["no jobs", "one job", "two jobs", "12 jobs"]
    assert [say_ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 31)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "31st"]
    )
    assert [say_minutes(n) for n in (45, 60, 90, 120)] == [
        "45 minutes",
        "one hour",
        "one hour and 30 minutes",
        "two hours",
    ]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("JOB-001042", "job 1042"),
        ("INV-000031", "invoice 31"),
        ("PROJ-007", "project 7"),
        ("custom-A", "custom-A"),
    ],
)
def test_document_numbers(number: str, said: str) -> None:
    assert say_document(number) == said


def test_phones_are_said_digit_by_digit_in_their_groups() -> None:
    assert say_phone("+15125550142") == "5 1 2, 5 5 5, 0 1 4 2"
    assert say_phone("+442079460958").startswith("plus 4 4, ")
    assert say_phone("nothing") == "nothing"
