"""The model of what is said to the assistant, and what the second recogniser is told."""

from __future__ import annotations

import random

import pytest

from conversation.hearing.context import MOST_NAMES, said_before
from conversation.hearing.count import counted, filled, sentences, template_files
from conversation.hearing.language import NAME, NUMBER, Language, classes, language, load
from conversation.name_book import NameBook
from conversation.understanding.examples import FILLERS

BOOK = NameBook(("Sarah Johnson", "Anil Patel"))


@pytest.mark.parametrize(
    ("likely", "unlikely"),
    [
        ("Move it to Friday", "Move it to thrive"),
        ("Book it for Thursday", "Book it for thirsty"),
        ("Put the job on hold", "But the job on hold"),
        ("Yes please", "Guess please"),
        ("Bill Sarah Johnson 300 dollars", "Bill area Johnson 300 dollars"),
        ("Remind me to call Anil Patel", "Remind me to call a nil pedal"),
    ],
)
def test_requests_are_likelier_than_what_sounds_like_them(likely: str, unlikely: str) -> None:
    assert language().score(likely, BOOK) > language().score(unlikely, BOOK) + 2


def test_one_name_or_number_is_as_likely_as_another() -> None:
    scores = {
        round(language().score(text, BOOK), 6) for text in ("Bill Anil Patel 80", "Bill Sarah Johnson 1,200")
    }
    assert len(scores) == 1


def test_names_and_numbers_are_classes() -> None:
    assert classes("Bill Sarah Johnson three hundred at 10:30", BOOK) == ["bill", NAME, NUMBER, "at", NUMBER]
    assert classes("Call Zelda Quixote", NameBook(()), frozenset({"call"})) == ["call", NAME]
    assert classes("Mark it done", BOOK, frozenset({"mark", "it", "done"})) == ["mark", "it", "done"]


def test_probabilities_of_what_may_follow_add_up_to_no_more_than_one() -> None:
    small = Language(counted([["a", "b"], ["a", "c"], ["b"]]))
    total = sum(
        2.718281828 ** small.score(text, NameBook(())) for text in ("a", "b", "c", "a b", "a c", "b a")
    )
    assert 0.2 < total < 1


def test_the_counts_are_those_of_the_sentences() -> None:
    ours, made = load(), counted(sentences(template_files()))
    assert ours.words == made.words, "run: python -m conversation.hearing.count"
    assert (ours.triples[0] == made.triples[0]).all()
    assert (ours.triples[1] == made.triples[1]).all()


def test_templates_are_written_out_to_the_last_value() -> None:
    text = filled("(bill|charge) {name} {amount} for (the|a) {work}", random.Random(1), FILLERS)
    assert not set("(){}|") & set(text)
    assert text.split()[0] in {"bill", "charge"}


def test_the_likeliest_names_are_told_last_and_others_not_at_all() -> None:
    names = [f"Name{letter}" for letter in "ABCDEFGHIJ"]
    told = said_before(names)
    assert told.index("NameG") < told.index("NameD") < told.index("NameA")
    assert sum(name in told for name in names) == MOST_NAMES
    assert "{" not in said_before(())
