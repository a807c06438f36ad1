"""Expected phrases: how the bonus grows, is taken back and is kept, and what it does to a beam and to real speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from media.engines.beam import BeamSearch, log_softmax
from media.engines.hints import OUTSIDE, PhraseHints, compiled
from media.engines.moonshine import MoonshineRecogniser
from tests.media.audio import clips

LETTER = PhraseHints(["a"]).advance(OUTSIDE, " a")[1]


def bonus(hints: PhraseHints, *pieces: str) -> float:
    """What a reading made of ``pieces`` gains in all, in letters."""
    match, total = OUTSIDE, 0.0
    for piece in pieces:
        match, change = hints.advance(match, piece)
        total += change
    return (total + hints.close(match)) / LETTER


def test_a_whole_phrase_counts_by_its_letters_however_it_is_cut() -> None:
    hints = PhraseHints(["Anil Patel"])
    for pieces in (
        [" call anil patel today"],
        [" call", " an", "il", " pat", "el", " today"],
        list(" anil patel"),
    ):
        assert bonus(hints, *pieces) == pytest.approx(len("anil patel"))


@pytest.mark.parametrize("text", [" anil pedal", " anil", " call anil pat", " manila patels", "anil", ""])
def test_what_turns_out_to_be_something_else_gains_nothing(text: str) -> None:
    assert bonus(PhraseHints(["Anil Patel"]), text) == pytest.approx(0)


def test_a_word_that_only_begins_like_a_phrase_gains_nothing() -> None:
    assert bonus(PhraseHints(["bill"]), " billing costs") == pytest.approx(0)
    assert bonus(PhraseHints(["bill"]), " bill costs") > 3


def test_the_shorter_of_two_phrases_stays_when_the_longer_does_not_come() -> None:
    hints = PhraseHints(["boiler", "boiler replacement"])
    assert bonus(hints, " boiler repair") == pytest.approx(bonus(hints, " boiler"))
    assert bonus(hints, " boiler replacement") > bonus(hints, " boiler repair") + 8


@given(st.lists(st.sampled_from([" anil", " patel", " pat", "el", " bill", ".", " the"]), max_size=12))
def test_a_reading_never_loses_by_hints(pieces: list[str]) -> None:
    assert bonus(PhraseHints(["Anil Patel", "bill the", "patel"]), *pieces) >= -1e-9


def test_endless_phrases_are_ignored_and_the_tree_is_kept() -> None:
    assert not PhraseHints(["x" * 61, "", "  "])
    assert compiled(("a", "b")) is compiled(("a", "b"))
    assert compiled(("a",)) is not compiled(("b",))


PIECES = ["<s>", "</s>", " a", " nil", " pedal", " patel", " anil", "."]


def table(rows: dict[int, dict[int, float]]) -> tuple[list[tuple[list[int], list[int]]], object]:
    """A decoder that looks the next piece up by the last one; probabilities of the rest share what is left."""
    calls: list[tuple[list[int], list[int]]] = []

    def step(parents: Sequence[int], last: Sequence[int]) -> NDArray[np.float32]:
        calls.append((list(parents), list(last)))
        logits = np.full((len(last), 64), -30.0, np.float32)
        for row, token in enumerate(last):
            for following, probability in rows[token].items():
                logits[row, following] = np.log(probability)
        return logits

    return calls, step


ROWS = {
    0: {2: 0.6, 6: 0.4},
    2: {3: 1.0},
    3: {4: 1.0},
    4: {1: 1.0},
    6: {4: 0.8, 5: 0.2},
    5: {1: 1.0},
}


def test_without_hints_the_likeliest_reading_wins_and_with_them_the_expected() -> None:
    search = BeamSearch([*PIECES, *[""] * 56], start=0, end=1, width=4)
    _, step = table(ROWS)
    plain = search.run(step, PhraseHints([]), 10)[0]
    assert plain.tokens == (2, 3, 4)
    assert np.exp(plain.log_probabilities[0]) == pytest.approx(0.6, abs=1e-3)
    _, step = table(ROWS)
    assert search.run(step, PhraseHints(["anil patel"]), 10)[0].tokens == (6, 5)


def test_a_beam_finds_what_greed_misses() -> None:
    rows = {0: {2: 0.55, 6: 0.45}, 2: {3: 0.4, 4: 0.3, 7: 0.3}, 6: {5: 1.0}, 5: {1: 1.0}}
    rows |= {3: {1: 1.0}, 4: {1: 1.0}, 7: {1: 1.0}}
    for width, tokens in ((1, (2, 3)), (4, (6, 5))):
        _, step = table(rows)
        search = BeamSearch([*PIECES, *[""] * 56], start=0, end=1, width=width)
        assert search.run(step, PhraseHints([]), 10)[0].tokens == tokens


def test_the_decoder_is_told_which_reading_goes_on() -> None:
    calls, step = table(ROWS)
    BeamSearch([*PIECES, *[""] * 56], start=0, end=1, width=4).run(step, PhraseHints([]), 10)
    assert calls[0] == ([0], [0])
    assert calls[1] == ([0, 0], [2, 6])
    assert sorted(zip(*calls[2], strict=True)) == [(0, 3), (1, 4), (1, 5)]


def test_endless_decoding_stops_at_the_cap() -> None:
    _, step = table({0: {2: 1.0}, 2: {2: 1.0}})
    assert (
        BeamSearch([*PIECES, *[""] * 56], start=0, end=1, width=2).run(step, PhraseHints([]), 7)[0].tokens
        == (2,) * 7
    )


def test_log_softmax_is_one() -> None:
    logits = np.random.default_rng(0).normal(0, 20, (3, 50)).astype(np.float32)
    np.testing.assert_allclose(np.exp(log_softmax(logits)).sum(axis=1), 1, rtol=1e-4)


def test_known_names_and_words_are_heard_in_real_speech(recogniser: MoonshineRecogniser) -> None:
    names = ("Sarah Johnson", "Luis Hernandez", "Robert Smith", "Miller")
    trade = (
        "who owes me",
        "remind me to",
        "phone number for",
        "contacts named",
        "on hold",
        "hundred dollars",
    )
    hints = names + trade
    plain = hinted = 0
    for clip in clips():
        wanted = [phrase.lower() for phrase in hints if phrase.lower() in clip.text.lower()]
        if wanted:
            without = recogniser.recognise(clip.pcm, second_look=False).text.lower()
            known = recogniser.recognise(clip.pcm, hints=hints, second_look=False).text.lower()
            plain += sum(phrase in without for phrase in wanted)
            hinted += sum(phrase in known for phrase in wanted)
    assert hinted >= plain + 2
    assert hinted >= 17


def test_phrases_that_nobody_says_are_not_heard(recogniser: MoonshineRecogniser) -> None:
    others = (
        "Montezuma",
        "bankruptcy petition",
        "cancel everything",
        "transfer the money",
        "Quentin Abernathy",
    )
    for clip in clips()[::3]:
        text = recogniser.recognise(clip.pcm, hints=others, second_look=False).text.lower()
        assert not [phrase for phrase in others if phrase.lower() in text], clip.file
