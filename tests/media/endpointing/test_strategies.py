"""Turn-end strategies: pure functions of the evidence."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.endpointing.adaptive import AdaptiveSilence, PausePrior
from media.endpointing.fixed import FixedSilence
from media.endpointing.semantic import Reading, SemanticSilence, Silences, read
from media.endpointing.strategies import StrategyName, turn_end_strategy
from media.endpointing.strategy import (
    Completeness,
    Evidence,
    ExpectedAnswer,
    InnerPause,
    TurnEndStrategy,
)

NAMES: tuple[StrategyName, ...] = ("adaptive", "semantic", "fixed")
EAGER, NORMAL, PATIENT = 0.4, 0.7, 1.3
WHOLE = Evidence(Completeness.COMPLETE, "Who owes me money?")
OPEN = Evidence(Completeness.UNCLEAR, "Book a job for Sarah")
CUT = Evidence(Completeness.INCOMPLETE, "Move it to", unfinished=True)
LACKING = Evidence(Completeness.INCOMPLETE, "Move the boiler job")
YES = Evidence(Completeness.COMPLETE, "Yes.", expected=ExpectedAnswer.YES_NO)

pauses = st.builds(
    InnerPause, st.floats(0.01, 3.0), st.one_of(st.none(), st.sampled_from(list(Completeness)))
)
evidence = st.builds(
    Evidence,
    completeness=st.sampled_from(list(Completeness)),
    text=st.text(max_size=40),
    unfinished=st.booleans(),
    expected=st.sampled_from(list(ExpectedAnswer)),
    audio_end=st.one_of(st.none(), st.floats(0.0, 1.0)),
    inner_pauses=st.lists(pauses, max_size=32).map(tuple),
    turn_ends=st.lists(st.one_of(st.none(), st.sampled_from(list(Completeness))), max_size=32).map(tuple),
)


def strategy(name: StrategyName) -> TurnEndStrategy:
    return turn_end_strategy(name, EAGER, NORMAL, PATIENT)


@pytest.mark.parametrize(
    ("given", "reading"),
    [
        (WHOLE, Reading.COMPLETE),
        (OPEN, Reading.UNCLEAR),
        (CUT, Reading.INCOMPLETE),
        (LACKING, Reading.LACKING),
        (YES, Reading.ANSWER),
        (Evidence(Completeness.COMPLETE, "Move it to", unfinished=True), Reading.INCOMPLETE),
        (
            Evidence(Completeness.COMPLETE, "Yes but make it Friday morning", expected=ExpectedAnswer.YES_NO),
            Reading.COMPLETE,
        ),
        (Evidence(Completeness.UNCLEAR, "Well", expected=ExpectedAnswer.YES_NO), Reading.UNCLEAR),
    ],
)
def test_what_the_words_amount_to(given: Evidence, reading: Reading) -> None:
    assert read(given) is reading


@given(evidence, evidence)
def test_fixed_silence_knows_nothing(one: Evidence, other: Evidence) -> None:
    assert strategy("fixed").silence_s(one) == strategy("fixed").silence_s(other) == NORMAL


def test_semantic_silence_follows_the_words() -> None:
    semantic = strategy("semantic")
    silences = [semantic.silence_s(each) for each in (YES, WHOLE, OPEN, LACKING, CUT)]
    assert silences == [EAGER, EAGER, NORMAL, pytest.approx(1.75 * NORMAL), PATIENT]


def test_each_reading_has_its_own_silence() -> None:
    silences = Silences(0.1, 0.2, 0.3, 0.4, 0.5)
    strategy_ = SemanticSilence(silences)
    assert [strategy_.silence_s(each) for each in (YES, WHOLE, OPEN, LACKING, CUT)] == [
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
    ]


@given(evidence)
def test_adaptive_silence_stays_within_its_bounds(given: Evidence) -> None:
    adaptive = strategy("adaptive")
    assert isinstance(adaptive, AdaptiveSilence)
    reading = read(given)
    silence = adaptive.silence_s(given)
    assert adaptive.shortest.of(reading) <= silence <= adaptive.longest.of(reading) + 1e-9
    assert silence <= PATIENT


@given(evidence, st.sampled_from(NAMES), st.floats(0.3, 3.0))
def test_a_strategy_is_pure_positive_and_scales(given: Evidence, name: StrategyName, factor: float) -> None:
    one = strategy(name)
    assert one.silence_s(given) == strategy(name).silence_s(given)
    assert 0 < one.silence_s(given) < math.inf
    assert one.scaled(1.0).silence_s(given) == pytest.approx(one.silence_s(given))
    if factor >= 1:
        assert one.scaled(factor).silence_s(given) >= one.silence_s(given) - 0.02


@given(evidence, st.floats(0.45, 0.9))
def test_going_on_after_such_words_never_makes_it_less_patient_of_pauses_like_these(
    given: Evidence, seconds: float
) -> None:
    """One more pause within the bounds: waiting that long costs less than before, in comparison."""
    adaptive = strategy("adaptive")
    judged = Completeness.INCOMPLETE if given.unfinished else given.completeness
    before = adaptive.silence_s(given)
    more = Evidence(
        given.completeness,
        given.text,
        given.unfinished,
        given.expected,
        given.audio_end,
        (*given.inner_pauses, InnerPause(seconds, judged)),
        given.turn_ends,
    )
    after = adaptive.silence_s(more)
    # It may only become shorter when the new pause is shorter than what it waited for before.
    assert after >= before or seconds + 0.1 <= before + 1e-9


def test_a_speaker_who_stops_after_whole_requests_is_waited_for() -> None:
    adaptive = strategy("adaptive")
    slow = tuple(InnerPause(0.45, Completeness.COMPLETE) for _ in range(8))
    assert adaptive.silence_s(WHOLE) == EAGER
    patient = Evidence(WHOLE.completeness, WHOLE.text, inner_pauses=slow)
    assert adaptive.silence_s(patient) > 0.45
    brisk = Evidence(
        WHOLE.completeness, WHOLE.text, inner_pauses=slow, turn_ends=(Completeness.COMPLETE,) * 32
    )
    assert adaptive.silence_s(brisk) <= adaptive.silence_s(patient)


def test_a_speaker_who_never_pauses_is_answered_sooner() -> None:
    adaptive = strategy("adaptive")
    brisk = Evidence(OPEN.completeness, OPEN.text, turn_ends=(Completeness.UNCLEAR,) * 32)
    assert adaptive.silence_s(brisk) < adaptive.silence_s(OPEN)


@given(evidence, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_more_it_sounds_done_the_sooner_it_is_over(given: Evidence, one: float, other: float) -> None:
    adaptive = strategy("adaptive")
    less, more = sorted((one, other))
    silences = [adaptive.silence_s(replace(given, audio_end=done)) for done in (less, more)]
    assert silences[0] >= silences[1] - 1e-9


def test_a_held_up_voice_is_waited_for() -> None:
    adaptive = strategy("adaptive")
    falling, held = (adaptive.silence_s(replace(OPEN, audio_end=done)) for done in (0.8, 0.2))
    assert falling < adaptive.silence_s(OPEN) <= held


def test_unjudged_pauses_say_how_long_but_not_how_often() -> None:
    adaptive = strategy("adaptive")
    unjudged = tuple(InnerPause(0.2, None) for _ in range(32))
    assert adaptive.silence_s(Evidence(WHOLE.completeness, WHOLE.text, inner_pauses=unjudged)) == EAGER


def test_the_prior_is_a_distribution() -> None:
    prior = PausePrior()
    shares = [prior.longer(step / 20) for step in range(60)]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert prior.longer(prior.median_s) == pytest.approx(0.5)


def test_fixed_scales() -> None:
    assert FixedSilence(0.5).scaled(2).seconds == 1.0
