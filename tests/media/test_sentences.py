"""Sentences out of a stream, whatever the pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.sentences import SentenceSplitter, split_sentences

SENTENCES = [
    "Mr. Smith paid $1,250.50 at 9 a.m. on Friday.",
    "He owes 2.5 more.",
    "Really?",
    "Yes!",
    "J. K. Rowling came at 5 p.m.",
    "Then she left (in a hurry).",
    'She said "no."',
    "Meet Dr. Lee at Oak St. tomorrow.",
    "No. 5 is done.",
    "Wait... so what?",
]


def test_sentences_are_told_from_abbreviations_and_numbers() -> None:
    assert split_sentences(" ".join(SENTENCES)) == SENTENCES


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    text = " ".join(SENTENCES)
    splitter, got, at, turn = SentenceSplitter(), [], 0, 0
    while at < len(text):
        size = cuts[turn % len(cuts)]
        got += splitter.push(text[at : at + size])
        at, turn = at + size, turn + 1
    assert got + splitter.flush() == SENTENCES


@given(st.text(st.sampled_from("ab Cd.!?, \n1"), max_size=300))
def test_nothing_is_lost(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("deltas", "first"), [(["You have three jobs.", " The"], 1), (["Okay! ", "Next"], 0), (["Done.\n"], 0)]
)
def test_a_sentence_is_given_as_soon_as_it_is_sure(deltas: list[str], first: int) -> None:
    splitter = SentenceSplitter()
    given_at = [number for number, delta in enumerate(deltas) if splitter.push(delta)]
    assert given_at[:1] == [first]


def test_text_without_an_end_is_cut_and_bounded() -> None:
    splitter = SentenceSplitter()
    pieces = [piece for _ in range(300) for piece in splitter.push("more words, and ")]
    assert len(pieces) >= 10
    assert max(map(len, pieces)) <= 400
    assert len("".join(splitter.flush())) <= 400
    assert splitter.flush() == []


def streamed(text: str, size: int = 4) -> list[tuple[int, str]]:
    """Pieces with the number of characters after which each was there."""
    splitter = SentenceSplitter(early_clause=True)
    found = [
        (at + size, piece)
        for at in range(0, len(text), size)
        for piece in splitter.push(text[at : at + size])
    ]
    return found + [(len(text), piece) for piece in splitter.flush()]


def test_the_first_clause_does_not_wait_for_its_sentence() -> None:
    text = (
        "I've moved the water heater inspection to Thursday, and Sarah Johnson will get a message about it, "
        "since she asked for one. Anything else?"
    )
    pieces = streamed(text)
    assert [piece for _, piece in pieces] == [
        "I've moved the water heater inspection to Thursday,",
        "and Sarah Johnson will get a message about it, since she asked for one.",
        "Anything else?",
    ]
    assert pieces[0][0] < 65


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "You have three invoices that are open: $300 from Sarah and more. Fine?",
            "You have three invoices that are open:",
        ),
        (
            "That is all there is for today - the rest of it is for tomorrow. Fine?",
            "That is all there is for today -",
        ),
        (
            "It would cost two thousand dollars, and she has agreed to it. Fine?",
            "It would cost two thousand dollars,",
        ),
    ],
)
def test_a_clause_ends_where_a_speaker_draws_breath(text: str, first: str) -> None:
    assert streamed(text)[0][1] == first


@pytest.mark.parametrize(
    "text",
    [
        "You have jobs with Sarah Johnson, Robert Smith, Luis Hernandez and Maria Lopez today. Fine?",
        "It is due on Thursday December 3, 2026 and it is still open. Fine?",
        "Okay, I have moved it. Fine?",
        "The address is 412 Oak Street, Denver, CO 80202, if I am right. Fine?",
        "All of it together comes to one thousand, two hundred and fifty dollars today. Fine?",
        "The technician is on his way to five oak street, unit 5, and calls from there. Fine?",
        "Unquestionably, Congratulations Mister Anderson, they have accepted it. Fine?",
    ],
)
def test_names_dates_and_short_beginnings_are_not_cut_off(text: str) -> None:
    first = streamed(text)[0][1]
    assert first == text.removesuffix(" Fine?") or len(first) > 40


def test_a_text_in_whole_sentences_is_never_cut() -> None:
    text = "I've moved the water heater inspection to Thursday, and Sarah will get a message."
    splitter = SentenceSplitter(early_clause=True)
    assert [*splitter.push(text), *splitter.flush()] == [text]


@given(st.lists(st.sampled_from(["word", "and so", ",", ". ", " ", "Then", "3", "; ", "— "]), max_size=40))
def test_early_clauses_lose_nothing(parts: list[str]) -> None:
    text = "".join(parts)
    assert "".join("".join(piece for _, piece in streamed(text)).split()) == "".join(text.split())
