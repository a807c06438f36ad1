"""A day or time that is taken back in the same breath."""

from __future__ import annotations

import pytest

from conversation.brain.reading import Context
from conversation.brain.second_thoughts import last_said
from tests.conversation.brain.conftest import NOW, ZONE, Talk


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Move it to Monday. No, sorry, Tuesday at ten", "Move it to Tuesday at ten"),
        ("Book it on Wednesday, no wait, Thursday at two", "Book it on Thursday at two"),
        ("Book it on Wednesday at two, no wait, Thursday", "Book it on Thursday at 14:00"),
        ("Move it to Monday at nine, no, at ten", "Move it to 2026-11-30 at ten"),
        ("Remind me at four, sorry, at five to call", "Remind me at five to call"),
        ("Remind me at four, no, at five, actually at six to call", "Remind me at six to call"),
    ],
)
def test_the_last_one_counts(said: str, meant: str) -> None:
    assert last_said(said, Context(NOW, ZONE)) == meant


@pytest.mark.parametrize(
    "said",
    [
        "Move it from Monday to Tuesday",
        "No, at ten",
        "Book it on Friday. Actually, remind me at nine to call her",
        "Move it to Monday at nine and remind me at eight",
        "What's on tomorrow?",
    ],
)
def test_what_is_not_taken_back_stays(said: str) -> None:
    assert last_said(said, Context(NOW, ZONE)) == said


async def test_nothing_is_made_of_what_was_taken_back(talk: Talk) -> None:
    made = await talk.say("Remind me tomorrow at nine, no, at ten to call the permit office")
    assert made.call[1]["reminder_time"] == "2026-11-25 at ten"
    assert made.call[1]["message"] == "Call the permit office"
