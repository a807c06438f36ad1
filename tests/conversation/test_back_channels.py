from __future__ import annotations

from dataclasses import replace

import pytest

from conversation.back_channels import Overheard, overlap_of
from conversation.turn_commands import Overlap


@pytest.mark.parametrize(
    "text",
    [
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
    assert overlap_of(Overheard(text, asked=False)) is Overlap.BACK_CHANNEL


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
    assert overlap_of(Overheard(text, asked=False)) is Overlap.WORDS


@pytest.mark.parametrize("text", ["", "  ", "...", "you", "You."])
def test_noise_has_no_words(text: str):
    assert overlap_of(Overheard(text, asked=False)) is Overlap.NOTHING


@pytest.mark.parametrize("text", ["yes", "Yeah.", "okay", "no", "go ahead"])
def test_a_yes_or_no_answers_the_question_that_is_being_asked(text: str):
    assert overlap_of(Overheard(text, asked=True)) is Overlap.WORDS


@pytest.mark.parametrize("text", ["mm-hm", "uh-huh", "hmm"])
def test_a_hum_agrees_to_nothing_before_the_question_is_over(text: str):
    assert overlap_of(Overheard(text, asked=True)) is Overlap.HUM


@pytest.mark.parametrize("text", ["mm-hm", "Mm-hmm.", "Uh-huh.", "M. M. M. M. M.", "hm, mm"])
def test_hums(text: str):
    assert overlap_of(Overheard(text)) is Overlap.HUM
    assert overlap_of(Overheard(text, over=False, seconds=0.2)) is Overlap.HUM


@pytest.mark.parametrize(
    ("text", "confidence", "seconds", "overlap"),
    [
        ("I'll kill.", 0.4, 0.25, Overlap.UNCLEAR),  # the first half of "okay"
        ("No.", 0.66, 0.25, Overlap.UNCLEAR),
        ("No.", 0.9, 0.25, Overlap.WORDS),
        ("No, not", 0.5, 0.4, Overlap.WORDS),
        ("Move the Miller", 0.7, 0.5, Overlap.WORDS),
        ("Amen.", 0.5, 0.5, Overlap.UNCLEAR),
        ("Okay", 0.3, 0.3, Overlap.BACK_CHANNEL),
    ],
)
def test_what_is_being_said_counts_where_it_is_plain(
    text: str, confidence: float, seconds: float, overlap: Overlap
):
    assert overlap_of(Overheard(text, confidence, seconds, over=False)) is overlap


@pytest.mark.parametrize(
    ("text", "confidence", "seconds", "overlap"),
    [
        ("Don't eat.", 0.73, 0.47, Overlap.UNCLEAR),  # an "okay"
        ("Goled on.", 0.56, 0.59, Overlap.WORDS),  # a "hold on"
        ("Invoices.", 0.9, 0.5, Overlap.WORDS),
        ("Weighing second,", 0.6, 0.78, Overlap.WORDS),
    ],
)
def test_what_was_said_is_something_to_say_unless_it_was_a_murmur(
    text: str, confidence: float, seconds: float, overlap: Overlap
):
    assert overlap_of(Overheard(text, confidence, seconds, over=True)) is overlap


@pytest.mark.parametrize("text", ["You have sixteen", "16 jobs in the"])
def test_the_assistants_own_words_are_its_echo(text: str):
    own = "You have 16 jobs in the next seven days"
    assert overlap_of(Overheard(text, 0.8, own_words=own)) is Overlap.ECHO
    assert overlap_of(Overheard(text, 0.9, own_words="")) is Overlap.WORDS


def test_other_words_are_no_echo():
    own = "You have 16 jobs in the next seven days: heat pump maintenance"
    assert overlap_of(Overheard("What time is it?", 0.8, own_words=own)) is Overlap.WORDS
    assert overlap_of(Overheard("Stop.", 0.8, own_words=own)) is Overlap.WORDS
    assert overlap_of(Overheard("Who owes", 0.8, 0.4, over=False, own_words=own)) is Overlap.WORDS


@pytest.mark.parametrize(
    ("heard", "own", "kind"),
    [
        ("You have a t.", "You have 18", Overlap.ECHO),
        ("That's up.", "That's outside", Overlap.ECHO),
        ("You have 18 jobs and that's right.", "You have 18 jobs in the", Overlap.ECHO),
        ("No, Thursday", "moved to Thursday at two", Overlap.WORDS),
        ("Who owes me money?", "You have 18 jobs in the next", Overlap.WORDS),
        ("Move it to Friday", "booked on Friday at two", Overlap.WORDS),
    ],
)
def test_a_garbled_hearing_of_our_own_words_is_our_echo(heard: str, own: str, kind: Overlap):
    assert overlap_of(Overheard(heard, 0.75, 0.8, True, False, own)) is kind


@pytest.mark.parametrize("text", ["Amen.", "And I'm here.", "Um, men", "mm, home"])
def test_what_a_hum_is_heard_as_goes_on_being_one(text: str):
    after = Overheard(text, confidence=0.85, seconds=0.45, over=False, hummed=True)
    assert overlap_of(after) is Overlap.HUM
    assert overlap_of(replace(after, hummed=False)) is Overlap.WORDS
    assert overlap_of(replace(after, text=f"{text} wait", hummed=True)) is Overlap.WORDS


def test_words_after_a_hum_are_words():
    assert overlap_of(Overheard("Um, what time is it", 0.9, 0.6, False, hummed=True)) is Overlap.WORDS


def test_a_word_that_breaks_in_has_to_be_heard_half_way_well():
    heard = Overheard("No king.", confidence=0.33, seconds=0.49, over=False)
    assert overlap_of(heard) is Overlap.UNCLEAR
    assert overlap_of(replace(heard, confidence=0.45)) is Overlap.WORDS
    assert overlap_of(replace(heard, over=True)) is Overlap.WORDS, "nothing more will be heard of it"
    assert overlap_of(replace(heard, text="Stop.")) is Overlap.WORDS


def test_what_is_not_believed_stops_the_assistant_only_where_it_is_a_word_that_does():
    heard = Overheard("Stop.", confidence=0.0, seconds=0.45, over=False, believed=False)
    assert overlap_of(heard) is Overlap.WORDS
    assert overlap_of(replace(heard, over=True)) is Overlap.WORDS
    assert overlap_of(replace(heard, seconds=0.25)) is Overlap.NOTHING
    assert overlap_of(replace(heard, text="No, not now.")) is Overlap.NOTHING
