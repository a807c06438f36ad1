"""The pauses of one speaker, in sample-index time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from media.endpointing.pause_history import LONGEST_S, REMEMBERED, PauseHistory
from media.endpointing.strategy import Completeness, InnerPause
from media.pcm import SAMPLE_RATE

judged = st.one_of(st.none(), st.sampled_from(list(Completeness)))


def test_a_pause_is_remembered_in_seconds_with_what_was_judged() -> None:
    history = PauseHistory()
    history.went_on(16_000, 24_000, Completeness.UNCLEAR)
    assert history.inner_pauses == (InnerPause(0.5, Completeness.UNCLEAR),)
    assert history.turn_ends == ()


def test_an_end_that_was_taken_back_was_a_pause() -> None:
    history = PauseHistory()
    history.turn_ended(Completeness.INCOMPLETE)
    history.turn_ended(Completeness.COMPLETE)
    history.turn_taken_back(0, 8_000)
    assert history.inner_pauses == (InnerPause(0.5, Completeness.COMPLETE),)
    assert history.turn_ends == (Completeness.INCOMPLETE,)


def test_nothing_can_be_taken_back_before_the_first_end() -> None:
    history = PauseHistory()
    history.turn_taken_back(0, 8_000)
    assert (history.inner_pauses, history.turn_ends) == ((), ())


@given(st.integers(0, 10**9), st.integers(-SAMPLE_RATE, 5 * SAMPLE_RATE), judged)
def test_only_what_can_be_a_pause_is_remembered(
    last_voiced: int, samples: int, after: Completeness | None
) -> None:
    history = PauseHistory()
    history.went_on(last_voiced, last_voiced + samples, after)
    remembered = 0 < samples <= LONGEST_S * SAMPLE_RATE
    assert history.inner_pauses == ((InnerPause(samples / SAMPLE_RATE, after),) if remembered else ())


class Speaker(RuleBasedStateMachine):
    """Pauses, ends and ends taken back in any order, beside the plainest account of them."""

    def __init__(self) -> None:
        super().__init__()
        self.history = PauseHistory()
        self.now = 0
        self.pauses: list[InnerPause] = []
        self.ends: list[Completeness | None] = []

    @rule(samples=st.integers(1, int(LONGEST_S * SAMPLE_RATE)), after=judged)
    def goes_on(self, samples: int, after: Completeness | None) -> None:
        self.history.went_on(self.now, self.now + samples, after)
        self.now += samples
        self.pauses.append(InnerPause(samples / SAMPLE_RATE, after))

    @rule(after=judged)
    def ends_turn(self, after: Completeness | None) -> None:
        self.history.turn_ended(after)
        self.ends = [*self.ends, after][-REMEMBERED:]

    @rule(samples=st.integers(1, int(LONGEST_S * SAMPLE_RATE)))
    def takes_back(self, samples: int) -> None:
        self.history.turn_taken_back(self.now, self.now + samples)
        self.now += samples
        if self.ends:
            self.pauses.append(InnerPause(samples / SAMPLE_RATE, self.ends.pop()))

    @invariant()
    def only_the_latest_are_kept(self) -> None:
        assert list(self.history.inner_pauses) == self.pauses[-REMEMBERED:]
        assert list(self.history.turn_ends) == self.ends


TestSpeaker = Speaker.TestCase
