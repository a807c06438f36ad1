"""Which of two hearings is believed, where, and when it is in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.hearing.language import language
from conversation.hearing.readings import alternatives, letters, matter, mixtures, rated
from conversation.name_book import NameBook
from media.engines.transcription import Guess

BOOK = NameBook(("Sarah Johnson", "Anil Patel", "Grace Okafor", "Maria Delgado"))


def sure(text: str) -> tuple[Guess, ...]:
    return (Guess(text, 1.0),) if text else ()


def best(first: str, second: str) -> str:
    return rated(sure(first), sure(second), BOOK, language())[0].text


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            "Move the jaw to thrive at nine.",
            "Move the job to Friday at night.",
            "Move the job to Friday at nine.",
        ),
        (
            "Book a colleague repaired for Thursday.",
            "Look a leak repair for thirsty.",
            "Book a leak repair for Thursday.",
        ),
        ("Who knows me money?", "Who owes me money?", "Who owes me money?"),
        (
            "Bill Sarah Johnson 300 dollars.",
            "Pill Sarah Johnson 300 dollars.",
            "Bill Sarah Johnson 300 dollars.",
        ),
        ("Call grey soccer.", "Call Grace Okafor.", "Call Grace Okafor."),
        ("Put it on hold.", "", "Put it on hold."),
    ],
)
def test_each_is_believed_where_it_makes_sense(first: str, second: str, said: str) -> None:
    assert matter(best(first, second)) == matter(said)
    if second:
        assert matter(best(second, first)) == matter(said)


def test_what_both_heard_stays_however_odd_it_is() -> None:
    odd = "The heron wears a velvet barometer."
    assert best(odd, odd) == odd


def test_a_guess_that_one_is_nearly_sure_of_outweighs_one_it_is_not() -> None:
    first = (Guess("Move it to Tuesday.", 0.95), Guess("Move it to Thursday.", 0.05))
    second = (Guess("Move it to Tuesday.", 0.6), Guess("Move it to Thursday.", 0.4))
    assert rated(first, second, BOOK, language())[0].text == "Move it to Tuesday."
    assert rated(first[::-1], second[::-1], BOOK, language())[0].text == "Move it to Tuesday."


def test_another_day_is_doubted_sooner_than_another_word() -> None:
    days = rated(sure("Move it to Tuesday."), sure("Move it to Thursday."), BOOK, language())
    assert len(alternatives(days)) == 1
    assert {matter(days[0].text)[-1], matter(alternatives(days)[0])[-1]} == {"tuesday", "thursday"}
    odd = rated(sure("Who owes me money?"), sure("Who knows me money?"), BOOK, language())
    assert alternatives(odd) == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Move it to 3:30.", "move it to three thirty", True),
        ("Bill her $300", "Bill her three hundred dollars, please.", True),
        ("At 2 pm", "At 2 am", False),
        ("Call the Millers", "Call Millers", True),
        ("Friday at nine", "Friday at night", False),
    ],
)
def test_only_words_that_matter_make_a_difference(one: str, other: str, same: bool) -> None:
    assert (matter(one) == matter(other)) is same


def test_names_are_written_as_the_book_writes_them() -> None:
    assert best("call grace okafor now.", "call grace okafor now.") == "call Grace Okafor now."


def test_a_time_stays_in_one_piece() -> None:
    assert best("Look it for Friday at 4:30.", "Book it for thrive at 4:30.") == "Book it for Friday at 4:30."


def test_nothing_heard_is_nothing_said() -> None:
    assert rated((), (), BOOK, language()) == []
    assert alternatives([]) == ()


_WORD = st.sampled_from(
    (
        "book",
        "a",
        "job",
        "for",
        "Sarah",
        "Johnson",
        "Okafor",
        "on hold",
        "friday",
        "at nine",
        "300",
        "the",
        "jaw",
    )
)
_TEXT = st.lists(_WORD, min_size=1, max_size=9).map(" ".join)


@given(_TEXT, _TEXT)
def test_no_word_comes_out_that_nobody_heard(first: str, second: str) -> None:
    heard = set(letters(f"{first} {second}").split()) | {
        word for text in (first, second) for word in letters(BOOK.corrected(text)).split()
    }
    for each in rated(sure(first), sure(second), BOOK, language()):
        assert set(letters(each.text).split()) <= heard


@given(_TEXT, _TEXT)
def test_mixtures_hold_both_texts_and_are_few(first: str, second: str) -> None:
    mixed = [letters(text) for text in mixtures(first, second)]
    assert letters(first) in mixed
    assert len(mixed) <= 32


@given(_TEXT, _TEXT)
def test_the_best_comes_first_and_is_no_alternative_to_itself(first: str, second: str) -> None:
    candidates = rated(sure(first), sure(second), BOOK, language())
    scores = [each.score for each in candidates]
    assert scores == sorted(scores, reverse=True)
    assert matter(candidates[0].text) not in {matter(text) for text in alternatives(candidates)}
