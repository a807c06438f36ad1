"""What is written and how it is said."""

from __future__ import annotations

import unicodedata

import pytest
import text_to_num
from hypothesis import given, settings
from hypothesis import strategies as st

from media.speakable import speakable, spoken_progress
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
    ("1208 N Main Ave. Apt. 4B", "twelve oh eight North Main Avenue apartment four B"),
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
    (
        "1204 W. 5th St., Apt 3B, Denver, CO 80202-1234",
        "twelve oh four West fifth Street, apartment three B, Denver, CO eight zero two zero two",
    ),
    ("350 5th Ave, Ste 200", "three fifty, fifth Avenue, suite two hundred"),
    ("1000 W 12th Ave Unit 12-B", "one thousand West twelfth Avenue Unit twelve B"),
    ("PO Box 1234", "PO Box one two three four"),
    (
        "555-0134 or (303) 555-0142 ext. 12",
        "five five five, zero one three four or three zero three, five five five, zero one four two extension one two",
    ),
    (
        "INV-2026-0031, #1042, AB-1203",
        "invoice twenty twenty six, thirty one, number ten forty two, AB twelve oh three",
    ),
    ("$99/hr, 2 gal/min", "ninety nine dollars per hour, two gallons per minute"),
    (
        "$100-$200 or $5k–$10k",
        "one hundred dollars to two hundred dollars or five thousand dollars to ten thousand dollars",
    ),
    ("USD 300, 50¢, ¥500", "three hundred dollars, fifty cents, five hundred yen"),
    ("72°F, -5°C, 90°", "seventy two degrees Fahrenheit, minus five degrees Celsius, ninety degrees"),
    ("10 ft x 12 ft, 2x4, 5'10\"", "ten feet by twelve feet, two by four, five feet ten inches"),
    ("½ cup, 1¾ inch", "one half cup, one and three quarters inch"),
    (
        "1 hr 30 min, 5lbs, 12 oz, 1 sq ft",
        "one hour thirty minutes, five pounds, twelve ounces, one square foot",
    ),
    (
        "220 V, 30A breaker, 1.5 HP, 50 psi",
        "two hundred twenty volts, thirty amp breaker, one point five horsepower, fifty P S I",
    ),
    ("~20 min, ≥10, <5, 100+", "about twenty minutes, at least ten, less than five, one hundred plus"),
    ("j_d+x2@mail-house.co.uk", "j underscore d plus x two at mail dash house dot co dot uk"),
    ("https://www.hero365.com/pay.", "hero three six five dot com slash pay."),
    (
        "3 Dec 2026, 2026-12-22T14:30",
        "December third, twenty twenty six, December twenty second, twenty twenty six at two thirty P M",
    ),
    ("Mon-Fri 9am-5pm, 24/7", "Monday to Friday nine A M to five P M, twenty four seven"),
    ("the 1990s and 80s", "the nineteen nineties and eighties"),
    ("A/C w/o permit, c/o Bob @ $3", "A C without permit, care of Bob at three dollars"),
    ("Smith/Jones, 40 gallons @ $3", "Smith or Jones, forty gallons at three dollars"),
    ("٣ and ５ and ①", "three and five and one"),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_figures_become_words(written: str, said: str | None) -> None:
    spoken = speakable(written)
    if said is not None:
        assert spoken == said
    assert not any(sign.isdigit() for sign in spoken)
    assert speakable(spoken) == spoken


MARKS = set(" \n.,;:!?'’-\"“”()…")
SIGNS = "abc ABC.,:;-/$#@%()0123456789\n'\"St May pm½²°€£¥¢+=<>~&*_x×–—№"
PIECES = [
    "$1,250.50",
    "JOB-001042",
    "12/22",
    "3:30 PM",
    "Apt",
    "3B",
    "5th",
    "Elm St.",
    "1204",
    "W.",
    "80202",
    "CO",
    "10 ft",
    "-5°C",
    "a@b.co",
    "www.x.com/1",
    "#12",
    "1/2",
    "in.",
    "555-0134",
    "ext. 4",
    "Dec.",
    "2026",
    "w/",
    "A/C",
    "%",
]


def unspeakable(text: str) -> list[str]:
    """What a voice would stumble over: figures of any script, and signs that are no punctuation."""
    return [sign for sign in text if not (sign.isalpha() or sign in MARKS or unicodedata.combining(sign))]


@settings(max_examples=300)
@given(st.text(st.sampled_from(SIGNS), max_size=60) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_no_figure_and_no_sign_reaches_the_voice(text: str) -> None:
    assert unspeakable(speakable(text)) == []


@given(st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_it_is_safe_to_repeat(text: str) -> None:
    assert speakable(speakable(text)) == speakable(text)


@given(st.integers(0, 10**9 - 1))
def test_every_number_can_be_said_and_read_back(number: int) -> None:
    assert text_to_num.text2num(speakable(str(number)), "en") == number


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_unicode_is_survived(text: str) -> None:
    assert not any(sign.isdigit() for sign in speakable(text))


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


def test_progress_follows_what_is_said() -> None:
    text = "You owe $1,250.50 now."
    ends, shares = zip(*spoken_progress(text), strict=True)
    assert [text[:end].split()[-1] for end in ends] == ["You", "owe", "$1,250.50", "now."]
    assert shares[1] < 0.2
    assert shares[2] > 0.9
    assert shares[3] == 1.0


@given(st.text(st.sampled_from(SIGNS), max_size=60))
def test_progress_only_goes_on(text: str) -> None:
    shares = [share for _, share in spoken_progress(text)]
    assert shares == sorted(shares)
    assert not shares or shares[-1] == 1.0
    assert [end for end, _ in spoken_progress(text)][-1:] in ([], [len(text)])
