from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from conversation.ears import Ears
from media.endpointing import (
    BargeInDetector,
    Endpointer,
    EndpointEvent,
    PauseEnded,
    PauseStarted,
    SpeechStarted,
)
from media.pcm import Samples
from media.silero import VadState
from media.vad import FRAME_SAMPLES, VoiceDetector
from tests.support.call import sample

FRAME_S = FRAME_SAMPLES / 16_000
LEVELS = {"#": (0.95, 8000), "+": (0.55, 6000), "~": (0.4, 200), ".": (0.02, 0)}


class Drawn:
    """A speech detector's network that reads how much a frame sounds like speech off its level."""

    def probability(self, frame: Samples, state: VadState) -> float:
        del state
        peak = float(np.abs(frame).max()) * 32768
        return min(LEVELS.values(), key=lambda look: abs(look[1] - peak))[0]


def drawing(signs: str, rate: int = 16_000) -> bytes:
    count = FRAME_SAMPLES * rate // 16_000
    return b"".join(np.full(count, LEVELS[sign][1], np.int16).tobytes() for sign in signs)


def ears(rate: int = 16_000) -> Ears:
    detector = VoiceDetector(Drawn(), gate=None)
    return Ears(detector, Endpointer(), BargeInDetector(), rate=rate)


def listen(who: Ears, signs: str, *, assistant_speaks: bool = False) -> list[EndpointEvent]:
    noticed: Sequence[EndpointEvent | None] = []
    for sign in signs:
        noticed = [*noticed, *who.push(drawing(sign), 0.0, assistant_speaks=assistant_speaks)]
    return [event for event in noticed if event is not None]


def kinds(events: list[EndpointEvent]) -> list[type]:
    return [type(event) for event in events]


def test_an_utterance_has_a_start_and_a_pause():
    events = listen(ears(), "...#####........")
    assert events[0] == SpeechStarted(3 * FRAME_SAMPLES, 6 * FRAME_SAMPLES)
    assert isinstance(events[1], PauseStarted)
    assert events[1].last_voiced == 8 * FRAME_SAMPLES


def test_real_speech_over_the_assistant_is_an_interruption():
    who = ears()
    events = listen(who, "..######", assistant_speaks=True)
    assert kinds(events) == [SpeechStarted]
    assert events[0].known_at == 7 * FRAME_SAMPLES, "160 ms of it"
    assert kinds(listen(who, "##.......", assistant_speaks=False)) == [PauseStarted]


def test_where_no_echo_comes_back_the_first_sound_stops_what_can_stand_still():
    for can_stand_still, wanted in ((True, [SpeechStarted]), (False, [])):
        who = ears()
        listen(who, ".")
        for at in range(150):  # nearly five seconds of the assistant, and nothing of it in the microphone
            who.reference(drawing("#"), 16_000, at * FRAME_S)
            noticed = who.push(
                drawing("."), at * FRAME_S, assistant_speaks=True, can_stand_still=can_stand_still
            )
            assert not any(noticed)
        assert not who.may_hear_echo
        noticed = who.push(
            drawing("##"), 151 * FRAME_S, assistant_speaks=True, can_stand_still=can_stand_still
        )
        assert kinds([each for each in noticed if each is not None]) == wanted


@pytest.mark.parametrize("noise", ["###.....", "..##..##..", "++++++++", "#.#.#.#.#.#.#."])
def test_coughs_and_echo_are_not(noise: str):
    who = ears()
    assert SpeechStarted not in kinds(listen(who, noise, assistant_speaks=True))


def test_broken_noise_never_leaves_an_interruption_without_an_end():
    """Whatever starts an utterance must be able to end it, or the conversation hears it for ever."""
    who = ears()
    for _ in range(20):
        events = listen(who, "#.##.#.#.##..", assistant_speaks=True) + listen(who, "........")
        assert kinds(events).count(SpeechStarted) <= kinds(events).count(PauseStarted)


def test_speech_that_begins_with_the_assistants_last_word_is_not_lost():
    who = ears()
    assert listen(who, "..###", assistant_speaks=True) == []
    events = listen(who, "#####.......")
    assert kinds(events) == [SpeechStarted, PauseStarted]
    assert events[0] == SpeechStarted(2 * FRAME_SAMPLES, 5 * FRAME_SAMPLES)


def test_an_echo_of_the_assistants_last_words_is_no_utterance():
    who = ears()
    assert listen(who, "+" * 30, assistant_speaks=True) == []
    assert SpeechStarted not in kinds(listen(who, "+++......."))


def test_the_next_utterance_after_a_disbelieved_one_starts_anew():
    who = ears()
    listen(who, "###", assistant_speaks=True)
    assert kinds(listen(who, ".......", assistant_speaks=True)) == [PauseStarted]
    who.end_turn()
    assert kinds(listen(who, "#####")) == [SpeechStarted]


def test_going_on_after_a_pause():
    assert kinds(listen(ears(), "######.......####.......")) == [
        SpeechStarted,
        PauseStarted,
        PauseEnded,
        PauseStarted,
    ]


def test_what_was_heard_before_the_assistant_began_is_no_interruption():
    who = ears()
    listen(who, "###", assistant_speaks=True)
    who.assistant_starts()
    assert listen(who, "#", assistant_speaks=True) == []


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000])
def test_positions_and_arrival_times_at_every_rate(rate: int):
    who = ears(rate)
    now = 100.0
    for sign in "....######.........":
        now += FRAME_S
        for event in who.push(drawing(sign, rate), now, assistant_speaks=False):
            if isinstance(event, SpeechStarted):
                assert who.arrived_at(event.at) == pytest.approx(100.0 + 4 * FRAME_S, abs=0.04)
            if isinstance(event, PauseStarted):
                assert who.arrived_at(event.last_voiced) == pytest.approx(100.0 + 10 * FRAME_S, abs=0.04)
    assert who.received_s == pytest.approx(19 * FRAME_S)
    assert who.ring.end == pytest.approx(19 * FRAME_SAMPLES, abs=80)


def test_another_rate_keeps_the_positions_of_the_ring_and_the_detector_together():
    who = ears(48_000)
    for rate in (48_000, 8_000, 24_000, 16_000, 48_000, 16_000):
        who.set_rate(rate)
        who.push(drawing("...", rate), 1.0, assistant_speaks=False)
    begin = who.ring.end
    events = listen(who, "...#####.......")
    assert isinstance(events[0], SpeechStarted)
    assert events[0].at == pytest.approx(begin + 3 * FRAME_SAMPLES, abs=FRAME_SAMPLES)
    loud = np.frombuffer(who.utterance(events[0].at, events[0].at + 4 * FRAME_SAMPLES)[1], np.int16)
    assert np.mean(np.abs(loud) > 4000) > 0.7
    assert who.ring.end == pytest.approx(6 * 3 * FRAME_SAMPLES + 15 * FRAME_SAMPLES, abs=8)


def test_long_arrivals_do_not_grow():
    who = ears()
    for _ in range(3000):
        who.push(drawing(".")[:64], 1.0, assistant_speaks=False)
    assert who.arrived_at(0) <= 1.0
    assert who.utterance(0, 10**9)[1][:2] == b"\0\0"


# --- our own voice -------------------------------------------------------------------------------------------

PACKET_S = 0.064
ECHO_S = 0.08
LEAD_S = 0.2


def echo_delay(*, microphone_on_at: float, cut_at: float | None = None) -> float | None:
    """Milliseconds after which the ears find the assistant's voice, which comes back after ``ECHO_S``.

    It is sent ahead of its playing by ``LEAD_S``; at ``cut_at`` its client drops what it has not played, and the rest
    is sent to be played from then on.
    """
    said = np.frombuffer(sample("slt_book_job"), np.int16)
    who, step = ears(), round(PACKET_S * 16_000)
    room = np.zeros(len(said) * 2, np.int16)
    sent, plays_until = 0, 0.0
    for tick in range(len(said) // step + 4):
        now = tick * PACKET_S
        if cut_at is not None and now >= cut_at:
            who.reference_cut(now)
            room[round((now + ECHO_S) * 16_000) :] = 0
            plays_until, cut_at = now, None
        while plays_until - now < LEAD_S and sent + step <= len(said):
            begins = max(now, plays_until)
            who.reference(said[sent : sent + step].tobytes(), 16_000, now)
            at = round((begins + ECHO_S) * 16_000)
            room[at : at + step] = said[sent : sent + step] // 4
            sent, plays_until = sent + step, begins + PACKET_S
        if now - PACKET_S >= microphone_on_at:
            heard = room[round((now - PACKET_S) * 16_000) :][:step]
            who.push(heard.tobytes(), now, assistant_speaks=True)
    return who._front.echo_delay_ms


def test_our_voice_is_found_when_it_comes_back():
    assert echo_delay(microphone_on_at=0.0) == pytest.approx(ECHO_S * 1000, abs=10)


def test_what_was_said_before_the_microphone_came_on_is_where_it_was_said():
    assert echo_delay(microphone_on_at=0.13) == pytest.approx(ECHO_S * 1000, abs=10)


def test_what_a_client_dropped_does_not_come_back_and_the_rest_is_not_late_for_it():
    assert echo_delay(microphone_on_at=0.13, cut_at=0.1) == pytest.approx(ECHO_S * 1000, abs=10)
    assert echo_delay(microphone_on_at=0.0, cut_at=0.3) == pytest.approx(ECHO_S * 1000, abs=10)
