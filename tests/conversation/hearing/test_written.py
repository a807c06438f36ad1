"""What can only be misheard is put right; everything else stays to the letter."""

from __future__ import annotations

import pytest

from conversation.hearing.written import put_right


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Move job one thousand twelve to Friday.", "Move job 1012 to Friday."),
        ("Move job one thousand, twelve to Friday.", "Move job 1012 to Friday."),
        ("Cancel jot 1,048.", "Cancel job 1048."),
        ("Cancel job 1,000 48.", "Cancel job 1048."),
        ("Cancel job 1,48 now", "Cancel job 1048 now"),
        ("Send invoice number two thousand seven", "Send invoice number 2007"),
        ("No, make it for hundred.", "No, make it four hundred."),
        ("Bill Ann for thousand dollars", "Bill Ann four thousand dollars"),
        ("Remind me at forty call the office", "Remind me at four to call the office"),
        ("Set a reminder at 50 pick up the pump", "Set a reminder at five to pick up the pump"),
        ("Bill Tom 90 dollars, doing ten days", "Bill Tom 90 dollars, due in ten days"),
        ("Actually, make not Friday", "Actually, make that Friday"),
    ],
)
def test_what_can_only_be_misheard_is_put_right(heard: str, meant: str) -> None:
    assert put_right(heard) == meant


@pytest.mark.parametrize(
    "text",
    [
        "The first job",
        "Job one",
        "Bill job ten forty two six hundred",
        "Put the remodel at forty percent",
        "What am I doing next week?",
        "How are you doing today?",
        "Remind me at four to order pipe",
        "Remind me at 40 Main Street",
        "Bill Ann for a hundred dollars",
        "Make not a fuss",
        "Is the remodel back on schedule?",
        "Bill Ann $2,50 for the washer",
        "",
    ],
)
def test_what_makes_sense_stays_to_the_letter(text: str) -> None:
    assert put_right(text) == text
