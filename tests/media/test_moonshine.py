"""The recogniser on spoken commands, on nothing, and on too much."""

from __future__ import annotations

import re

import numpy as np
import pytest

from media.engines.hibari import HibariVoice
from media.engines.moonshine import MoonshineRecogniser, is_invented, split_at_silence
from media.errors import MediaError
from media.pcm import from_float, silence
from media.resample import StreamResampler
from tests.media.audio import clips, room

_WRITTEN = {"3": "three", "30": "thirty", "300": "three hundred dollars", "2": "two", "00": "", "dollars": ""}


def words(text: str) -> list[str]:
    """Lower-case words; figures as words, since the recogniser may write either."""
    parts = re.sub(r"[^a-z0-9' ]", " ", text.lower()).split()
    return " ".join(_WRITTEN.get(part, part) for part in parts).split()


def word_errors(wanted: list[str], got: list[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(got) + 1))
    for line, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], line
        for column, other in enumerate(got, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other)),
            )
    return row[-1]


def test_spoken_commands_come_through(recogniser: MoonshineRecogniser) -> None:
    wrong = spoken = 0
    for clip in clips():
        heard = recogniser.recognise(clip.pcm)
        assert 0.3 < heard.confidence <= 1, clip.file
        assert heard.engine_ms > 0
        wanted = words(clip.text)
        wrong += word_errors(wanted, words(heard.text))
        spoken += len(wanted)
    assert spoken > 180
    assert wrong / spoken < 0.18


def test_the_measure_itself_finds_errors() -> None:
    assert word_errors(words("Move it to three thirty."), words("move it to 3:30")) == 0
    assert word_errors(words("who owes me money"), words("who knows me, money")) == 1
    assert word_errors(["a", "b"], []) == 2


def test_what_our_own_voice_says_is_understood(recogniser: MoonshineRecogniser, voice: HibariVoice) -> None:
    text = "Robert Smith owes $1,250.50 since Dec. 3rd. The job is at 2:30 PM on Elm St."
    heard = recogniser.recognise(_at_16k(b"".join(voice.speak(text)))).text.lower()
    for part in ("robert smith", "december", "elm street"):
        assert part in heard
    assert re.search(r"1,?250|twelve hundred fifty|one thousand two hundred fifty", heard)
    assert re.search(r"2[:.]30|two thirty", heard)


def _at_16k(pcm: bytes) -> bytes:
    resampler = StreamResampler(24_000, 16_000)
    return silence(200) + resampler.push(pcm) + resampler.flush() + silence(200)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1, 0.5, 3.0])
def test_silence_says_nothing(recogniser: MoonshineRecogniser, seconds: float) -> None:
    heard = recogniser.recognise(silence(seconds * 1000))
    assert (heard.text, heard.confidence) == ("", 0.0)


@pytest.mark.parametrize("level", [-50, -40, -30])
def test_noise_does_not_become_words(recogniser: MoonshineRecogniser, level: int) -> None:
    texts = [recogniser.recognise(from_float(room(seconds, level))).text for seconds in (0.4, 1, 2, 4)]
    assert texts == [""] * 4


def test_short_answers_survive(recogniser: MoonshineRecogniser, voice: HibariVoice) -> None:
    for word in ("Yes.", "No.", "Stop.", "Thank you."):
        heard = recogniser.recognise(_at_16k(b"".join(voice.speak(word))))
        assert heard.text.lower().strip(".!") == word.lower().strip("."), word


def test_a_monologue_is_cut_at_silences_and_stays_whole(
    recogniser: MoonshineRecogniser, voice: HibariVoice
) -> None:
    names = (
        "Sarah Johnson",
        "Robert Smith",
        "Karen Miller",
        "David Lee",
        "Grace Okafor",
        "Chris Bennett",
        "Megan Walsh",
    )
    text = " ".join(
        f"The next inspection for {name} is tomorrow at two in the afternoon." for name in names * 2
    )
    pcm = _at_16k(b"".join(voice.speak(text)))
    assert len(pcm) > 31 * 32_000
    heard = recogniser.recognise(pcm, second_look=False)
    assert word_errors(words(text), words(heard.text)) / len(words(text)) < 0.15


def test_long_audio_is_split_in_the_quiet_and_loses_no_sample() -> None:
    samples = room(70, -20)
    for second in (25, 47):
        samples[second * 16_000 : second * 16_000 + 3200] = 0
    parts = split_at_silence(samples)
    np.testing.assert_array_equal(np.concatenate(parts), samples)
    assert [len(part) / 16_000 for part in parts] == pytest.approx([25.1, 22, 22.9], abs=0.11)
    assert len(split_at_silence(samples[: 30 * 16_000])) == 1


def test_an_unsure_reading_gets_a_second_look(recogniser: MoonshineRecogniser) -> None:
    gained = 0.0
    for clip in clips()[::2]:
        one = recogniser.recognise(clip.pcm, second_look=False)
        two = recogniser.recognise(clip.pcm)
        assert two.confidence >= one.confidence - 1e-6
        if one.confidence >= 0.8:
            assert two.text == one.text
        gained += two.confidence - one.confidence
    assert gained > 0


@pytest.mark.parametrize(
    ("text", "confidence", "capped", "invented"),
    [
        ("You", 0.99, False, True),
        ("Thank you.", 0.4, False, True),
        ("Thank you.", 0.9, False, False),
        ("♪♪♪", 0.9, False, True),
        ("", 1.0, False, True),
        ("What time is it?", 0.2, False, True),
        ("What time is it?", 0.9, False, False),
        ("the first is the first is the first is the first is", 0.9, True, True),
        ("the first is the first is the first is the first is", 0.9, False, False),
        ("Yes.", 0.5, False, False),
    ],
)
def test_what_counts_as_invented(text: str, confidence: float, capped: bool, invented: bool) -> None:
    assert is_invented(text, confidence, capped=capped) is invented


def test_half_a_sample_is_refused(recogniser: MoonshineRecogniser) -> None:
    with pytest.raises(MediaError) as error:
        recogniser.recognise(b"abc")
    assert error.value.code == "audio_odd_byte_count"
