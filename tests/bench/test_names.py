"""The counting behind ``make bench-names``, and its sentences."""

from __future__ import annotations

import pytest

from bench.names.score import Score, plain_words, total
from bench.names.sentences import demo_names, known, strangers
from conversation.name_book import NameBook

BOOK = NameBook(("Sarah Johnson", "Anil Patel"))


def scored(said: str, names: tuple[str, ...], heard: str) -> Score:
    score = Score()
    score.add(said, names, heard, BOOK)
    return score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bill her three hundred dollars.", "bill her $300"),
        ("Move it to three thirty.", "Move it to 3:30."),
        ("Kevin O'Brien's job", "Kevin O’Brien's job"),
    ],
)
def test_what_is_the_same_said_counts_as_the_same(one: str, other: str) -> None:
    assert plain_words(one) == plain_words(other)


def test_a_wrong_name_is_no_wrong_word() -> None:
    score = scored("Bill Sarah Johnson 300 dollars", ("Sarah Johnson",), "Bill Sara Jonson 300 dollars")
    assert (score.names, score.name_errors, score.word_errors, score.all_errors) == (1, 1, 0, 2)
    assert (score.words, score.all_words) == (2, 4)


def test_a_wrong_word_is_no_wrong_name() -> None:
    score = scored("Bill Sarah Johnson 300 dollars", ("Sarah Johnson",), "Pill Sarah Johnson 200 dollars now")
    assert (score.name_errors, score.word_errors, score.all_errors) == (0, 3, 3)


def test_a_name_that_nobody_said_is_counted() -> None:
    assert scored("Bill Tim Jonas", ("Tim Jonas",), "Bill Anil Patel").invented == 1
    assert scored("Bill Anil Patel", ("Anil Patel",), "Bill Anil Patel").invented == 0


def test_sums_are_of_all() -> None:
    parts = [scored("Call Anil Patel", ("Anil Patel",), heard) for heard in ("Call Anil Patel", "Call a nil")]
    whole = total(parts)
    assert (whole.clips, whole.names, whole.name_errors) == (2, 2, 1)
    assert whole.figures()["name_error_rate"] == 50.0


def test_strangers_are_strangers() -> None:
    names = set(demo_names())
    assert all(set(each.names) <= names for each in known(20))
    assert not any(set(each.names) & names for each in strangers(20))
    assert known(20) == known(20)
