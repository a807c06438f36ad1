from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.tools.world import NOW, TZ, at
from tools.refusals import Refused
from tools.weather.span import span_of


@pytest.mark.parametrize(
    ("said", "start", "end", "name"),
    [
        ("", NOW, at(1, 0), "today"),
        ("right now", NOW, at(1, 0), "today"),
        ("outside", NOW, at(1, 0), "today"),
        ("today", NOW, at(1, 0), "today"),
        ("this afternoon", at(0, 12), at(0, 18), "this afternoon"),
        ("this morning", NOW, at(0, 12), "this morning"),
        ("tonight", at(0, 18), at(1, 6), "tonight"),
        ("tomorrow", at(1, 0), at(2, 0), "tomorrow"),
        ("tomorrow morning", at(1, 6), at(1, 12), "tomorrow morning"),
        ("Friday", at(2, 0), at(3, 0), "on Friday"),
        ("Friday at two", at(2, 14), at(2, 15), "on Friday at 2 PM"),
        ("at four", at(0, 16), at(0, 17), "today at 4 PM"),
        ("in two hours", at(0, 12), at(0, 13), "today at noon"),
        ("this weekend", at(3, 0), at(5, 0), "at the weekend"),
        ("Saturday and Sunday", at(3, 0), at(5, 0), "from Saturday to Sunday"),
        ("this week", NOW, at(7, 0), "in the next seven days"),
        ("in the next few days", NOW, at(7, 0), "in the next seven days"),
        ("next week", at(5, 0), at(12, 0), "next week"),
        ("later", NOW, NOW + timedelta(hours=12), "in the next 12 hours"),
        ("2026-11-20", at(2, 0), at(3, 0), "on Friday"),
    ],
)
def test_a_time_is_understood(said: str, start: datetime, end: datetime, name: str) -> None:
    span = span_of(said, NOW, TZ)
    assert (span.start, span.end, span.said) == (start, end, name)
    assert span.from_now == (start == NOW)


def test_in_the_evening_today_is_tonight() -> None:
    span = span_of("", at(0, 21, 30), TZ)
    assert (span.end, span.said, span.whole_days) == (at(1, 6), "tonight", False)


@pytest.mark.parametrize("said", ["banana", "yesterday", "the day before yesterday", "this morning"])
def test_what_is_no_time_to_come_is_asked_about(said: str) -> None:
    with pytest.raises(Refused) as refused:
        span_of(said, at(0, 13), TZ)
    assert refused.value.error.field == "when"
    assert refused.value.error.message.endswith("?")
