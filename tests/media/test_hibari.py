"""The voice: audible at once, in pieces, at the asked pace, never with words lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engines.hibari import SPEEDS, HibariVoice, audio_ms, installed_voices, split_clauses
from media.errors import MediaError
from media.pcm import check_pcm16, peak_dbfs, rms_dbfs, to_float

SENTENCE = (
    "Sarah Johnson owes $1,250.50 on invoice INV-000031, which was due on November 20th, "
    "and Robert Smith owes $300 on invoice INV-000028."
)


def test_it_is_audible_and_not_clipped(voice: HibariVoice) -> None:
    pcm = b"".join(voice.speak("You have three jobs today."))
    check_pcm16(pcm)
    samples = to_float(pcm)
    assert 1_000 < audio_ms(pcm) < 3_000
    assert -35 < rms_dbfs(samples) < -12
    assert peak_dbfs(samples) < 0


def test_speech_begins_at_once_in_every_chunk(voice: HibariVoice) -> None:
    for chunk in voice.speak(SENTENCE):
        samples = to_float(chunk)
        audible = np.flatnonzero(np.abs(samples) > 10 ** (-50 / 20))
        assert audible[0] / 24 < 60
        assert (samples.size - audible[-1]) / 24 < 300


def test_a_long_sentence_comes_in_clauses(voice: HibariVoice) -> None:
    chunks = list(voice.speak(SENTENCE))
    assert len(chunks) >= 3
    assert all(audio_ms(chunk) < 6_000 for chunk in chunks)


def test_a_clause_that_is_spoken_by_itself_makes_no_sentence_end(voice: HibariVoice) -> None:
    def silence_ms(text: str) -> float:
        samples = to_float(b"".join(voice.speak(text)))
        return (samples.size - np.flatnonzero(np.abs(samples) > 10 ** (-50 / 20))[-1]) / 24

    assert (
        silence_ms("I moved the inspection to Thursday,")
        < 190
        < silence_ms("I moved the inspection to Thursday.")
    )


def test_the_first_chunk_is_made_before_the_rest(voice: HibariVoice) -> None:
    speech = voice.speak("One moment. " * 50)
    assert 300 < audio_ms(next(speech)) < 2_000


def test_speed_is_honoured_and_bounded(voice: HibariVoice) -> None:
    sentences = (
        SENTENCE,
        "You have three jobs today, and the first one is at nine o'clock at Sarah Johnson's house.",
    )
    lasting = {
        name: sum(audio_ms(chunk) for sentence in sentences for chunk in voice.speak(sentence, pace))
        for name, pace in SPEEDS.items()
    }
    assert lasting["slow"] / lasting["normal"] == pytest.approx(1 / SPEEDS["slow"], rel=0.05)
    assert lasting["fast"] / lasting["normal"] == pytest.approx(1 / SPEEDS["fast"], rel=0.05)
    fastest = sum(map(audio_ms, voice.speak(SENTENCE, 50)))
    assert fastest == sum(map(audio_ms, voice.speak(SENTENCE, 2)))


def test_the_same_text_sounds_the_same(voice: HibariVoice) -> None:
    assert list(voice.speak(SENTENCE)) == list(voice.speak(SENTENCE))


@pytest.mark.parametrize("text", ["", "  ", "...", "?!", "—"])
def test_nothing_to_say_is_no_sound(voice: HibariVoice, text: str) -> None:
    assert list(voice.speak(text)) == []


def test_only_voices_of_this_machine_exist() -> None:
    assert installed_voices()[0] == "heart"
    with pytest.raises(MediaError, match="heart") as error:
        HibariVoice("no_such_voice")
    assert error.value.code == "unknown_voice"


@given(
    st.lists(
        st.sampled_from(
            [
                "one",
                "two",
                "three",
                "and",
                "but",
                "which",
                "because,",
                "so;",
                "then:",
                "Sarah",
                "$300",
                "–",
                "okay,",
            ]
        )
    )
)
def test_clauses_keep_every_word_in_order(parts: list[str]) -> None:
    sentence = " ".join(parts)
    assert " ".join(split_clauses(sentence)).split() == sentence.split()


def test_clauses_are_neither_tiny_nor_endless() -> None:
    clauses = split_clauses(
        "I have put the furnace tune up for the Wilson house on the calendar for next Tuesday morning and will "
        "remind you an hour before it begins, if you like, or the evening before"
    )
    assert len(clauses) >= 3
    assert all(20 <= len(clause) <= 100 for clause in clauses)
