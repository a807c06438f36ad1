from __future__ import annotations

import pytest

from conversation.back_channels import overlap_of
from conversation.turn_commands import Overlap


@pytest.mark.parametrize(
    "text",
    [
        "mm-hm",
        "Mm-hmm.",
        "Uh-huh.",
        "okay",
        "Okay, okay.",
        "yeah",
        "Right.",
        "all right",
        "I see.",
        "oh, got it",
        "mhm yes",
    ],
)
def test_a_listeners_words_are_back_channels(text: str):
    assert overlap_of(text, asked=False) is Overlap.BACK_CHANNEL


@pytest.mark.parametrize(
    "text",
    [
        "stop",
        "Wait.",
        "no",
        "hold on",
        "okay stop",
        "yes but tomorrow",
        "what?",
        "okay so move it to friday",
        "1042",
    ],
)
def test_everything_else_is_something_to_say(text: str):
    assert overlap_of(text, asked=False) is Overlap.WORDS


@pytest.mark.parametrize("text", ["", "  ", "...", "you", "You."])
def test_noise_has_no_words(text: str):
    assert overlap_of(text, asked=False) is Overlap.NOTHING


@pytest.mark.parametrize("text", ["yes", "Yeah.", "okay", "no", "go ahead"])
def test_a_yes_or_no_answers_the_question_that_is_being_asked(text: str):
    assert overlap_of(text, asked=True) is Overlap.WORDS


@pytest.mark.parametrize("text", ["mm-hm", "uh-huh", "hmm"])
def test_a_hum_agrees_to_nothing_before_the_question_is_over(text: str):
    assert overlap_of(text, asked=True) is Overlap.BACK_CHANNEL
