from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.spoken.dates import combine, find_when, parse_when
from tools.spoken.durations import Duration, find_durations, parse_duration
from tools.spoken.say import say_when
from tools.spoken.when import When

TZ = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=TZ)  # a Wednesday


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


def at(month: int, number: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, number, hour, minute, tzinfo=TZ)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("today", day(11, 18)),
        ("tomorrow", day(11, 19)),
        ("the day after tomorrow", day(11, 20)),
        ("yesterday", day(11, 17)),
        ("Friday", day(11, 20)),
        ("on friday", day(11, 20)),
        ("this Friday", day(11, 20)),
        ("Wednesday", day(11, 25)),
        ("this Wednesday", day(11, 18)),
        ("next Tuesday", day(11, 24)),
        ("next Friday", day(11, 27)),
        ("Friday next week", day(11, 27)),
        ("next week Friday", day(11, 27)),
        ("Friday after next", day(11, 27)),
        ("last Friday", day(11, 13)),
        ("the 15th", day(12, 15)),
        ("the 20th", day(11, 20)),
        ("on the fifteenth", day(12, 15)),
        ("on the third", day(12, 3)),
        ("December 3rd", day(12, 3)),
        ("December third", day(12, 3)),
        ("the third of December", day(12, 3)),
        ("Dec 3", day(12, 3)),
        ("december twenty second", day(12, 22)),
        ("March 3rd", day(3, 3, 2027)),
        ("December 3rd 2027", day(12, 3, 2027)),
        ("12/3", day(12, 3)),
        ("12/3/2027", day(12, 3, 2027)),
        ("2026-12-03", day(12, 3)),
        ("in thirty days", day(12, 18)),
        ("within 30 days", day(12, 18)),
        ("thirty days", day(12, 18)),
        ("net 30", day(12, 18)),
        ("in a week", day(11, 25)),
        ("in two weeks", day(12, 2)),
        ("in a month", day(12, 18)),
        ("two weeks from Friday", day(12, 4)),
        ("a week from Tuesday", day(12, 1)),
        ("three days ago", day(11, 15)),
        ("end of the week", day(11, 20)),
        ("by the end of the month", day(11, 30)),
        ("end of next month", day(12, 31)),
        ("this weekend", day(11, 21)),
        ("next week", day(11, 23)),
        ("Thursday the third", day(12, 3)),
        ("the third of next month", day(12, 3)),
        ("first of the month", day(12, 1)),
        ("next week on Thursday", day(11, 26)),
        ("the following Monday", day(11, 23)),
        ("Monday the twenty third", day(11, 23)),
        ("11-30", day(11, 30)),
        ("Christmas", day(12, 25)),
        ("Christmas Eve", day(12, 24)),
        ("Thanksgiving", day(11, 26)),
        ("New Year's Day", day(1, 1, 2027)),
        ("next month", day(12, 1)),
    ],
)
def test_a_day_is_read(said: str, meant: date) -> None:
    when = parse_when(said, NOW, TZ)
    assert when is not None
    assert (when.value, when.has_date, when.has_time) == (meant, True, False)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("tomorrow at nine", at(11, 19, 9)),
        ("Friday at two", at(11, 20, 14)),
        ("Friday at 2 p.m.", at(11, 20, 14)),
        ("next Tuesday at 2 p.m.", at(11, 24, 14)),
        ("two thirty on Monday", at(11, 23, 14, 30)),
        ("monday 10 am", at(11, 23, 10)),
        ("3 p.m. tomorrow", at(11, 19, 15)),
        ("Friday the 20th at 3", at(11, 20, 15)),
        ("December 3rd at 10:30", at(12, 3, 10, 30)),
        ("Saturday morning at 8", at(11, 21, 8)),
        ("tomorrow at seven in the evening", at(11, 19, 19)),
        ("tonight at 8", at(11, 18, 20)),
        ("today at eight", at(11, 18, 20)),
        ("today at 9 am", at(11, 18, 9)),
        ("in two hours", at(11, 18, 12)),
        ("in an hour and a half", at(11, 18, 11, 30)),
        ("in twenty minutes", at(11, 18, 10, 20)),
        ("2026-12-03T14:00", at(12, 3, 14)),
        ("2026-12-03T20:00:00Z", at(12, 3, 14)),
        ("half past nine on Thursday", at(11, 19, 9, 30)),
        ("tomorrow at quarter to five", at(11, 19, 16, 45)),
        ("tomorrow at noon", at(11, 19, 12)),
        ("Friday at 230", at(11, 20, 14, 30)),
        ("Friday between 2 and 4", at(11, 20, 14)),
        ("midnight tonight", at(11, 19, 0)),
        ("at three on the 15th", at(12, 15, 15)),
        ("2 tomorrow afternoon", at(11, 19, 14)),
        ("on Monday, December 7th at 8 a.m.", at(12, 7, 8)),
    ],
)
def test_a_moment_is_read(said: str, meant: datetime) -> None:
    when = parse_when(said, NOW, TZ)
    assert when is not None
    assert (when.value, when.has_date, when.has_time) == (meant, True, True)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("at nine", at(11, 19, 9)),
        ("at two p.m.", at(11, 18, 14)),
        ("at 2:30", at(11, 18, 14, 30)),
        ("ten thirty", at(11, 18, 10, 30)),
        ("two thirty", at(11, 18, 14, 30)),
        ("four", at(11, 18, 16)),
        ("half past nine", at(11, 19, 9, 30)),
        ("quarter past three", at(11, 18, 15, 15)),
        ("ten to five", at(11, 18, 16, 50)),
        ("noon", at(11, 18, 12)),
        ("midnight", at(11, 19, 0)),
        ("nine o'clock", at(11, 19, 9)),
        ("nine in the morning", at(11, 19, 9)),
        ("14:00", at(11, 18, 14)),
        ("2 p m", at(11, 18, 14)),
        ("at 6", at(11, 18, 18)),
        ("at 7", at(11, 19, 7)),
        ("at 12", at(11, 18, 12)),
    ],
)
def test_a_time_alone_is_the_next_one_in_business_hours(said: str, meant: datetime) -> None:
    when = parse_when(said, NOW, TZ)
    assert when is not None
    assert (when.value, when.has_date, when.has_time) == (meant, False, True)


@pytest.mark.parametrize(
    ("said", "part", "meant"),
    [
        ("tomorrow morning", "morning", at(11, 19, 9)),
        ("Friday afternoon", "afternoon", at(11, 20, 14)),
        ("tomorrow evening", "evening", at(11, 19, 18)),
        ("tonight", "night", at(11, 18, 20)),
        ("first thing tomorrow", "morning", at(11, 19, 9)),
        ("this afternoon", "afternoon", at(11, 18, 14)),
        ("end of the day", "end of day", at(11, 18, 17)),
    ],
)
def test_a_part_of_the_day_has_its_usual_hour(said: str, part: str, meant: datetime) -> None:
    when = parse_when(said, NOW, TZ)
    assert when is not None
    assert (when.value, when.part_of_day, when.has_time) == (meant, part, False)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("from Friday to Saturday", day(11, 21)),
        ("from two to four", at(11, 18, 16)),
        ("at 4 instead of 2", at(11, 18, 16)),
        ("not Friday, Saturday", day(11, 21)),
        ("Saturday rather than Friday", day(11, 21)),
        ("from Monday at nine to Tuesday at ten", at(11, 24, 10)),
    ],
)
def test_the_wanted_one_of_two_counts(said: str, meant: datetime | date) -> None:
    when = parse_when(said, NOW, TZ)
    assert when is not None
    assert when.value == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "banana",
        "the second one",
        "Okafor",
        "may",
        "job 1042",
        "seventy percent",
        "good morning",
        "a second",
    ],
)
def test_what_is_no_date_stays_none(said: str) -> None:
    assert parse_when(said, NOW, TZ) is None


@pytest.mark.parametrize("said", ["next Friday", "next week", "next month", "Wednesday", "at nine"])
def test_an_open_reading_is_marked(said: str) -> None:
    when = parse_when(said, NOW, TZ)
    assert when is not None
    assert when.ambiguous


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Move job ten forty two to Friday at two thirty", [("to Friday at two thirty", "target")]),
        ("Book a leak repair for Ines tomorrow at nine", [("tomorrow at nine", "target")]),
        ("At two put the Okafors down for a visit tomorrow", [("At two", "target"), ("tomorrow", "target")]),
        ("Shift the Friday job to Saturday", [("Friday", "label"), ("Saturday", "target")]),
        ("Change it to 4 instead of 2", [("to 4", "target"), ("of 2", "source")]),
        ("Tell me about tomorrow's jobs", [("tomorrow's", "label")]),
        ("Remind me in twenty minutes to check the boiler", [("in twenty minutes", "target")]),
        ("Quote Ines 8,500, valid until the end of the month", [("until the end of the month", "target")]),
        ("Mark job ten thirty done", []),
        ("The bakery is at 70 percent", []),
        ("Good morning, what is the second one?", []),
    ],
)
def test_dates_are_cut_out_of_sentences(text: str, spans: list[tuple[str, str]]) -> None:
    cut = [(text[span.start : span.end], span.role) for span in find_when(text, NOW, TZ)]
    assert cut == spans


def test_a_price_that_could_be_a_time_is_uncertain() -> None:
    price, due = find_when("Bill Okafor for twelve fifty, due in 30 days", NOW, TZ)
    assert (price.certain, due.certain) == (False, True)


def test_a_day_and_a_time_said_apart_belong_together() -> None:
    when = combine(find_when("At two put Ines down for a repair tomorrow", NOW, TZ), NOW, TZ)
    assert when is not None
    assert when.value == at(11, 19, 14)


def test_spring_forward_gives_a_time_that_exists() -> None:
    before = datetime(2027, 3, 13, 12, 0, tzinfo=TZ)
    when = parse_when("tomorrow at 2:30 am", before, TZ)
    assert when is not None
    assert when.value == datetime(2027, 3, 14, 3, 30, tzinfo=TZ)


def test_across_the_end_of_summer_time_the_wall_clock_stays() -> None:
    before = datetime(2026, 10, 31, 12, 0, tzinfo=TZ)
    tomorrow = parse_when("tomorrow at nine", before, TZ)
    later = parse_when("in 24 hours", before, TZ)
    assert tomorrow is not None
    assert later is not None
    assert isinstance(tomorrow.value, datetime)
    assert isinstance(later.value, datetime)
    assert tomorrow.clock == time(9)
    assert tomorrow.value.utcoffset() == timedelta(hours=-6)
    assert later.clock == time(11)


_PHRASES = (
    "today|tomorrow|Friday|this Monday|next Tuesday|the 15th|December 3rd|in two hours|in ten days|at nine|at 2:30|"
    "tomorrow at noon|Saturday at five p.m.|half past four|end of the month|next week|tomorrow evening"
)
_ZONES = st.sampled_from(["America/Chicago", "Europe/London", "Australia/Sydney"])
_FIRST = datetime(2026, 1, 1)  # noqa: DTZ001  (hypothesis wants naive bounds)
_LAST = datetime(2028, 12, 1)  # noqa: DTZ001


@given(st.sampled_from(_PHRASES.split("|")), st.datetimes(_FIRST, _LAST), _ZONES)
@settings(max_examples=200)
def test_nothing_to_come_lands_in_the_past(said: str, naive: datetime, zone: str) -> None:
    tz = ZoneInfo(zone)
    now = naive.replace(tzinfo=tz)
    when = parse_when(said, now, tz)
    assert when is not None
    assert not when.is_past(now, tz)


@given(st.datetimes(_FIRST, _LAST), st.integers(1, 20 * 24 * 4))
@settings(max_examples=200)
def test_what_we_say_is_understood(naive: datetime, quarters: int) -> None:
    now = naive.replace(tzinfo=TZ)
    moment = (now + timedelta(minutes=15 * quarters)).replace(second=0, microsecond=0)
    moment = moment.replace(minute=moment.minute - moment.minute % 15)
    exists = moment.astimezone(ZoneInfo("UTC")).astimezone(TZ).replace(tzinfo=None) == moment.replace(
        tzinfo=None
    )
    if moment <= now or not exists or moment.fold:
        return
    when = parse_when(say_when(moment, now, TZ), now, TZ)
    assert when is not None
    assert when.value == moment


_WORDS = (
    "at on the to from in by for next this last first second third fifteenth Friday Monday week month day morning "
    "night noon midnight half quarter past after before between and a an one two ten thirty 2 9 15 30 230 2:30 p.m. am "
    "o'clock tomorrow today tonight yesterday December 3rd thing end of hour hours days weeks ago now later instead "
    "not net lunch christmas eve 12/3 11-30 - , . job number may"
)


@pytest.mark.parametrize(
    "text",
    ["in 943787 months", "in 9999999 weeks", "in 99999999999 hours", "net 99999999", "in a million years"],
)
def test_more_than_a_century_is_no_date(text: str) -> None:
    assert parse_when(text, NOW, TZ) is None


@given(st.lists(st.sampled_from(_WORDS.split()), max_size=9).map(" ".join))
@settings(max_examples=1500)
def test_any_mixture_of_date_words_is_taken(text: str) -> None:
    parse_when(text, NOW, TZ)
    spans = find_when(text, NOW, TZ)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    for span in find_when(text, NOW, TZ):
        assert 0 <= span.start < span.end <= len(text)
        assert isinstance(span.when, When)


@pytest.mark.parametrize(
    ("said", "minutes", "months"),
    [
        ("two hours", 120, 0),
        ("an hour and a half", 90, 0),
        ("half an hour", 30, 0),
        ("two and a half hours", 150, 0),
        ("one hour 30 minutes", 90, 0),
        ("90 minutes", 90, 0),
        ("a couple of hours", 120, 0),
        ("thirty days", 43_200, 0),
        ("a week", 10_080, 0),
        ("two months", 0, 2),
    ],
)
def test_a_duration_is_read(said: str, minutes: int, months: int) -> None:
    duration = parse_duration(said)
    assert isinstance(duration, Duration)
    assert (duration.minutes, duration.months) == (minutes, months)


@pytest.mark.parametrize("said", ["the second one", "the third one", "one", "a second opinion"])
def test_no_duration_is_invented(said: str) -> None:
    assert find_durations(said) == []
