"""The assistant's own voice in the microphone is nobody; a person over it is somebody."""

from __future__ import annotations

import numpy as np
import pytest

from media.engines.hibari import HibariVoice
from media.front_end.echo import FRAME_BYTES, EchoCanceller
from media.front_end.echo_path import Echo, EchoPath
from media.front_end.front_end import FrontEnd
from media.pcm import to_float
from media.resample import StreamResampler
from media.silero import SileroModel
from tests.media.audio import clips
from tests.media.front_end.scenes import Signal, at_dbfs, listen_over

TEXTS = (
    "You have three jobs today, and the first one is at nine o'clock at Sarah Johnson's house.",
    "Robert Smith owes three hundred dollars on invoice twenty eight, which was due last week.",
)
USER = next(to_float(clip.pcm) for clip in clips() if clip.file == "rms_day_overview.wav")

TIME = next(to_float(clip.pcm) for clip in clips() if clip.file == "rms_time.wav")


@pytest.fixture(scope="module")
def replies(voice: HibariVoice) -> list[Signal]:
    return [to_float(StreamResampler(24_000, 16_000).push(b"".join(voice.speak(text)))) for text in TEXTS]


@pytest.mark.parametrize("echo_db", [-20.0, -10.0])
def test_echo_is_hardly_ever_an_interruption(
    silero: SileroModel, replies: list[Signal], echo_db: float
) -> None:
    """What is left of it is one now and then: the answer stands still for a moment then, and goes on."""
    interrupted = 0
    for delay_ms in (50.0, 180.0, 400.0):
        for seed in (1, 2, 3):
            heard = listen_over(silero, replies, delay_ms=delay_ms, echo_db=echo_db, seed=seed)
            interrupted += bool(heard.interruptions)
            assert heard.front.echo_delay_ms == pytest.approx(delay_ms, abs=25)
    assert interrupted <= 3


def test_without_the_reference_it_would_be_one(silero: SileroModel, replies: list[Signal]) -> None:
    """The scene is hard enough: the same echo, of something that was never sent by us."""
    stranger = [np.zeros_like(reply) for reply in replies]
    starts = [(4_800, at_dbfs(replies[0], -40.0))]
    assert listen_over(silero, stranger, speech=starts).interruptions


@pytest.mark.parametrize("echo_db", [None, -20.0])
def test_a_person_over_the_assistant_is_noticed(
    silero: SileroModel, replies: list[Signal], echo_db: float | None
) -> None:
    begin = 4_800 + 32_000
    heard = listen_over(
        silero, replies, delay_ms=150, echo_db=echo_db, speech=[(begin, at_dbfs(USER, -24.0))], seed=3
    )
    first = heard.interruptions[0]
    spoken = begin + 4_800  # the clip begins with 300 ms of silence
    assert spoken - 1_600 <= first.at <= first.known_at <= spoken + 8_000
    if echo_db is None:
        assert heard.front.echo_delay_ms is None


@pytest.mark.parametrize("after_ms", [100, 300, 500])
def test_the_first_words_over_a_client_without_echo_are_the_users(
    silero: SileroModel, replies: list[Signal], after_ms: int
) -> None:
    """A canceller that does not know yet whether there is an echo takes them for one."""
    begin = 4_800 + after_ms * 16
    words = at_dbfs(TIME, -24.0)
    heard = listen_over(silero, replies, speech=[(begin, words)], cancels=True)
    spoken = begin + 4_800  # the clip begins with 300 ms of silence
    assert spoken - 1_600 <= heard.interruptions[0].at <= spoken + 4_800


def test_an_echo_is_found_though_the_client_says_there_is_none(
    silero: SileroModel, replies: list[Signal]
) -> None:
    heard = listen_over(silero, replies, delay_ms=150, echo_db=-15, cancels=True)
    assert heard.front.echo_delay_ms == pytest.approx(150, abs=25)
    assert all(start.at < 4_800 + replies[0].size for start in heard.interruptions)


def test_a_headset_costs_no_canceller(silero: SileroModel, replies: list[Signal]) -> None:
    path = EchoPath()
    loud, quiet = -20.0, -75.0
    for _ in range(160):
        path.push(quiet, loud)
    assert path.state is Echo.ABSENT
    heard = listen_over(silero, replies)
    assert heard.interruptions == []
    assert heard.front.echo_likeness(0, 10**9) == 0.0


def test_an_echo_that_appears_later_is_found() -> None:
    path = EchoPath()
    random = np.random.default_rng(5)
    sent = np.repeat(random.uniform(-60, -15, 120), 6)
    for level in sent:
        path.push(-80.0, float(level))
    assert path.state is Echo.ABSENT
    for index, level in enumerate(sent):
        path.push(float(sent[index - 20]) - 15 if index >= 20 else -80.0, float(level))
    assert path.state is Echo.PRESENT
    assert path.lag == 20


def test_likeness_tells_echo_from_people(replies: list[Signal], silero: SileroModel) -> None:
    front = listen_over(silero, replies, delay_ms=100, echo_db=-15).front
    end = front.position - 24_000  # of the second reply
    assert front.echo_likeness(end - 24_000, end) > 0.6
    alone = listen_over(silero, replies, speech=[(40_000, at_dbfs(USER, -24.0))]).front
    assert alone.echo_likeness(0, alone.position) < 0.2


def test_what_was_cut_is_not_expected_back() -> None:
    canceller = EchoCanceller()
    canceller.reference(bytes(32_000), 16_000, 0)
    assert canceller.in_the_air(15_000)
    canceller.cut(1_600)
    assert canceller.in_the_air(1_700)
    assert not canceller.in_the_air(15_000)


def test_a_microphone_that_was_off_moves_what_was_played_into_the_past() -> None:
    canceller = EchoCanceller()
    canceller.reference(bytes(32_000), 16_000, 0)
    canceller.missed(40_000)
    assert not canceller.in_the_air(0)


def test_nothing_is_held_without_bound() -> None:
    canceller = EchoCanceller()
    for second in range(60):
        canceller.reference(bytes(32_000), 16_000, second * 16_000)
        canceller.push(bytes(100 * FRAME_BYTES), second * 16_000)
    assert len(canceller._far) < 10 * 32_000  # pyright: ignore[reportPrivateUsage]


def test_no_sample_is_lost_or_added_when_filters_come_and_go() -> None:
    front = FrontEnd()
    given = taken = 0
    random = np.random.default_rng(2)
    for step in range(400):
        if step % 50 == 10:
            front.reference(
                random.integers(-9000, 9000, 1_024).astype("<i2").tobytes(), 16_000, front.position
            )
        front.noise_suppression = step % 90 > 60
        pcm = random.integers(-3000, 3000, int(random.integers(1, 900))).astype("<i2").tobytes()
        given += len(pcm)
        heard = front.push(pcm)
        assert len(heard.recogniser) == len(heard.detector)
        taken += len(heard.recogniser)
        assert 0 <= given - taken < FRAME_BYTES
        assert front.position == taken // 2
