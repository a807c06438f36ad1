"""Utterances as recognisers write them, made fit to be read."""

from __future__ import annotations

from conversation.brain.reading import clean


def test_a_day_that_was_written_apart_is_one_word() -> None:
    assert clean("Book it to morrow at two.") == "Book it tomorrow at two"
    assert clean("what's on to-day") == "what's on today"
    assert clean("give it to Dayton") == "give it to Dayton"
