"""Word limits: whole sentences, whole names, whole amounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.brain.limits import (
    DRIVING_WORDS,
    REST,
    SAFETY_WORDS,
    limit_words,
    reply_limit,
    sentences,
    share_words,
)


def test_limits_by_mode():
    assert reply_limit(True, False) == DRIVING_WORDS == 20
    assert reply_limit(True, True) == 20
    assert reply_limit(False, True) == SAFETY_WORDS == 50
    assert reply_limit(False, False) is None


def test_no_limit_changes_nothing():
    text = "One, two, three, four, five and six. " * 9
    assert limit_words(text, None) == text


def test_keeps_whole_sentences_from_the_front():
    kept = "You have three jobs today. The first is a leak repair for Maria at nine. The second is at noon."
    assert limit_words(f"{kept} The third is at four.", 20) == kept


def test_keeps_the_closing_question():
    text = (
        "The leak repair for Maria Garcia is marked as complete now and the time was recorded. "
        "It took two hours and ten minutes in all. Shall I bill it?"
    )
    short = limit_words(text, 20)
    assert short.endswith("Shall I bill it?")
    assert len(short.split()) <= 20


def test_lists_have_at_most_three_items():
    first = "On hold are the deck repair, the boiler service, the panel upgrade"
    text = f"{first}, the drain cleaning and the roof inspection."
    assert limit_words(text, 50) == f"{first} and 2 more."


def test_lists_of_three_stay():
    text = "You have the deck repair, the boiler service and the panel upgrade."
    assert limit_words(text, 50) == text


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (
            "The invoice that we sent last month to the family in the old house by the lake is for Sarah Jane Johnson",
            "Sarah Jane Johnson",
        ),
        (
            "What they still owe us for the work on the roof and for all of the parts is $1,250.50 dollars",
            "$1,250.50 dollars",
        ),
        (
            "It was booked for the second week of the month but they asked for it to be moved to December 22 at 10 AM",
            "December 22",
        ),
    ],
)
@pytest.mark.parametrize("limit", [12, 16, 17, 18, 19, 20, 21])
def test_never_cuts_a_name_or_an_amount(text, whole, limit):
    short = limit_words(text + ".", limit)
    assert len(short.split()) <= limit
    present = [word for word in whole.split() if word in short.rstrip(".").split() or word in short]
    assert present == [] or whole in short


def test_sentences_know_titles_and_decimals():
    assert sentences("Mr. Smith owes $8.50. Dr. Lee paid. Done!") == [
        "Mr. Smith owes $8.50.",
        "Dr. Lee paid.",
        "Done!",
    ]


@given(
    st.lists(
        st.sampled_from(
            ["Maria", "owes", "$300", "for", "the", "sink,", "and", "then.", "Who?", "22", "dollars"]
        ),
        min_size=1,
        max_size=80,
    ),
    st.integers(5, 50),
)
def test_never_longer_than_the_limit(words, limit):
    assert len(limit_words(" ".join(words), limit).split()) <= limit


JOBS = "You have five jobs today: furnace repair for Maria Delgado at 8 AM and two for Sarah Johnson."
OWED = "You're owed 14,989 dollars on 10 invoices, 10,107 dollars of it overdue."


@pytest.mark.parametrize(
    ("sentence", "room", "parts", "first", "said"),
    [
        (OWED, 20, 0, True, OWED),
        (OWED, 20, 2, True, "You're owed 14,989 dollars on 10 invoices."),
        (JOBS, 20, 2, True, "You have five jobs today."),
        # What is done is not cut in two where it can be said whole, and what comes after still has room.
        (
            "Invoice 2016 is on its way to Vera Quint.",
            20,
            1,
            True,
            "Invoice 2016 is on its way to Vera Quint.",
        ),
        (
            "Furnace repair for Maria Delgado is completed now.",
            20,
            2,
            True,
            "Furnace repair for Maria Delgado is completed now.",
        ),
        # Half a sentence is no answer.
        ("The visit to Maria Delgado on Friday afternoon is moved.", 6, 0, False, REST),
        ("I'll remind you tomorrow at 9 AM: order pipe.", 12, 1, False, "I'll remind you tomorrow at 9 AM."),
        ("The visit to Maria Delgado on Friday afternoon is moved.", 3, 0, False, ""),
        (OWED, 8, 0, False, "You're owed 14,989 dollars on 10 invoices."),
    ],
)
def test_every_part_of_an_answer_gets_its_share(sentence, room, parts, first, said):
    assert share_words(sentence, room, parts, first=first) == said


@given(
    st.lists(
        st.sampled_from(["Maria", "owes", "$300", "for", "the", "sink,", "and", "22"]),
        min_size=1,
        max_size=40,
    ),
    st.integers(6, 50),
    st.integers(0, 5),
    st.booleans(),
)
def test_a_share_is_never_more_than_there_is_room(words, room, parts, first):
    assert len(share_words(" ".join(words) + ".", room, parts, first=first).split()) <= room
