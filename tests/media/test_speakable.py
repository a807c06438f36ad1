"""What is written and how it is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.speakable import speakable
from media.spoken_numbers import cardinal, clock_time, digits, ordinal, reference, year

SAID = [
    ("It is on Dec. 3rd.", "It is on December third."),
    ("due 2026-11-28", "due November twenty eighth, twenty twenty six"),
    ("due 11/28 or 11/28/2026", "due November twenty eighth or November twenty eighth, twenty twenty six"),
    ("Mon, Dec 7 at 9:00", "Monday, December seventh at nine A M"),
    ("He may 3 times.", "He may three times."),
    ("at 2:00 PM.", "at two P M."),
    ("14:30 and 9 a.m. and 12:05 am", "two thirty P M and nine A M and twelve oh five A M"),
    ("5-7 pm", "five to seven P M"),
    ("$1,250.50", "one thousand two hundred fifty dollars and fifty cents"),
    (
        "$300, $1, $0.75, $1.01",
        "three hundred dollars, one dollar, seventy five cents, one dollar and one cent",
    ),
    ("-$50 balance, $2.5k", "minus fifty dollars balance, two point five thousand dollars"),
    ("£1.50 and €20", "one pound and fifty pence and twenty euros"),
    ("Call (415) 555-0134.", "Call four one five, five five five, zero one three four."),
    ("+1 415-555-0199", "plus one, four one five, five five five, zero one nine nine"),
    ("JOB-001042 and INV-000031", "job ten forty two and invoice thirty one"),
    ("Invoice INV-000028 is paid", "invoice twenty eight is paid"),
    ("job 1042, EST-001200, PROJ-007", "job ten forty two, estimate one thousand two hundred, project seven"),
    ("412 Oak St., Denver, CO 80202", "four twelve Oak Street, Denver, CO eight zero two zero two"),
    ("1208 N Main Ave. Apt. 4B", "twelve oh eight N Main Avenue apartment four B"),
    ("Dr. Smith lives on Elm Dr. and St. John's Rd.", "Dr. Smith lives on Elm Drive and St. John's Road."),
    ("sarah.johnson@example.com", "sarah dot johnson at example dot com"),
    ("1-2 hrs, 45 min.", "one to two hours, forty five minutes."),
    ("1,200 sq. ft. w/ parts & labor", "one thousand two hundred square feet with parts and labor"),
    ("8% tax on #12", "eight percent tax on number twelve"),
    ("2 1/2 inch pipe, 3/4 inch", "two and one half inch pipe, three quarters inch"),
    ("the 22nd and 100th", "the twenty second and one hundredth"),
    ("2.5 hours, 007", "two point five hours, zero zero seven"),
    ("Sarah — overdue — **now**", "Sarah, overdue, now"),
    ("13/45 and 25:99 stay numbers", None),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_figures_become_words(written: str, said: str | None) -> None:
    spoken = speakable(written)
    if said is not None:
        assert spoken == said
    assert not any(sign.isdigit() for sign in spoken)
    assert speakable(spoken) == spoken


@given(st.text(st.sampled_from("abc ABC.,:;-/$#@%()0123456789\n'St May pm")))
def test_no_text_breaks_it_and_no_digit_stays(text: str) -> None:
    assert not any(sign.isdigit() for sign in speakable(text))


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_unicode_is_survived(text: str) -> None:
    assert isinstance(speakable(text), str)


def test_words_are_left_alone() -> None:
    text = "I moved the job to Thursday, and Sarah will call you back. Anything else?"
    assert speakable(text) == text


def test_numbers_in_words() -> None:
    assert [cardinal(n) for n in (0, 13, 21, 100, 1250, -7)] == [
        "zero", "thirteen", "twenty one", "one hundred", "one thousand two hundred fifty", "minus seven",
    ]  # fmt: skip
    assert cardinal(2_000_001) == "two million one"
    assert [ordinal(n) for n in (1, 12, 20, 31, 43)] == [
        "first", "twelfth", "twentieth", "thirty first", "forty third",
    ]  # fmt: skip
    assert [year(n) for n in (1999, 2000, 2005, 2026, 1900)] == [
        "nineteen ninety nine", "two thousand", "two thousand five", "twenty twenty six", "nineteen hundred",
    ]  # fmt: skip
    assert [clock_time(0, 0), clock_time(12, 30), clock_time(23, 5)] == [
        "twelve A M", "twelve thirty P M", "eleven oh five P M",
    ]  # fmt: skip
    assert [reference(n) for n in ("001042", "000031", "001005", "001100", "123456")] == [
        "ten forty two", "thirty one", "one thousand five", "one thousand one hundred", "one two three four five six",
    ]  # fmt: skip
    assert digits("(0) 4-2") == "zero four two"


def test_a_document_named_by_its_word_keeps_the_word() -> None:
    assert speakable("Invoice 2016 is paid.") == "Invoice twenty sixteen is paid."
    assert speakable("job 1042") == "job ten forty two"
