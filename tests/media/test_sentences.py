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
