"""Turn taking in sample time: scripted frames for the rules, real speech for the accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from media.endpointing import (
    BargeInDetector,
    Endpointer,
    EndpointEvent,
    EndpointingSettings,
    Patience,
    PauseEnded,
    PauseStarted,
    SpeechStarted,
    ends_unfinished,
    patience_for,
)
from media.pcm import from_float, to_float
from media.silero import SileroModel
from media.vad import FRAME_SAMPLES, Frame, VoiceDetector
from tests.media.audio import LEAD, TAIL, clips, room

LOOKS = {"#": (0.95, -20.0), "~": (0.4, -35.0), ".": (0.02, -75.0)}


class Script:
    """Frames out of a drawing: "#" is speech, "~" is doubt, "." is silence, each 32 ms."""

    def __init__(self) -> None:
        self.position = 0

    def frames(self, drawing: str) -> list[Frame]:
        made: list[Frame] = []
        for sign in drawing:
            probability, level = LOOKS[sign]
            made.append(Frame(self.position, probability, (level,) * 4, -80.0))
            self.position += FRAME_SAMPLES
        return made


def run(endpointer: Endpointer, frames: list[Frame]) -> list[EndpointEvent]:
    return [event for frame in frames for event in endpointer.push(frame)]


def frame_at(number: int) -> int:
    return number * FRAME_SAMPLES


def test_speech_starts_at_its_first_frame_and_is_known_after_the_minimum() -> None:
    events = run(Endpointer(), Script().frames("....####"))
    assert events == [SpeechStarted(frame_at(4), frame_at(7))]


@pytest.mark.parametrize("drawing", ["..#...##...#..", "..##.##.##..", "......", "~~~~~~~~"])
def test_short_sounds_and_doubt_start_nothing(drawing: str) -> None:
    endpointer = Endpointer()
    assert run(endpointer, Script().frames(drawing)) == []
    assert not endpointer.speaking
    assert endpointer.ends_at(Patience.EAGER) is None


def test_a_doubtful_frame_neither_counts_nor_breaks_the_start() -> None:
    events = run(Endpointer(), Script().frames(".#~##"))
    assert events == [SpeechStarted(frame_at(1), frame_at(5))]


def test_a_pause_is_told_once_with_the_exact_end_of_the_speech() -> None:
    endpointer = Endpointer()
    events = run(endpointer, Script().frames("#####" + "." * 12))
    assert events[1:] == [PauseStarted(frame_at(5), frame_at(10))]
    assert endpointer.last_voiced == frame_at(5)
    assert endpointer.silence_ms == pytest.approx(12 * 32)


def test_the_turn_ends_by_the_patience_that_the_words_ask_for() -> None:
    settings = EndpointingSettings()
    endpointer, script = Endpointer(settings), Script()
    run(endpointer, script.frames("#####"))
    over: dict[Patience, float] = {}
    for frame in script.frames("." * 60):
        endpointer.push(frame)
        for patience in Patience:
            if patience not in over and endpointer.is_over(patience):
                over[patience] = endpointer.silence_ms
    for patience in Patience:
        wanted = settings.silence_ms(patience)
        assert wanted <= over[patience] < wanted + 32
    assert over[Patience.EAGER] < over[Patience.NORMAL] < over[Patience.PATIENT]


def test_going_on_after_a_pause_is_the_same_turn() -> None:
    endpointer, script = Endpointer(), Script()
    events = run(endpointer, script.frames("#####" + "." * 8 + "#####" + "." * 8))
    assert [type(event) for event in events] == [SpeechStarted, PauseStarted, PauseEnded, PauseStarted]
    assert isinstance(events[2], PauseEnded)
    assert events[2].at == frame_at(13)
    assert endpointer.last_voiced == frame_at(18)
    assert endpointer.turn_span == (0, frame_at(18) + 3200)


def test_a_click_in_the_pause_does_not_end_it() -> None:
    endpointer, script = Endpointer(), Script()
    events = run(endpointer, script.frames("#####" + "." * 8 + "#" + "." * 8))
    assert [type(event) for event in events] == [SpeechStarted, PauseStarted]
    assert endpointer.last_voiced == frame_at(5)


def test_the_first_frame_of_speech_in_a_pause_is_told_before_it_is_sure() -> None:
    endpointer, script = Endpointer(), Script()
    run(endpointer, script.frames("#####" + "." * 8))
    assert not endpointer.may_resume
    assert run(endpointer, script.frames("#")) == []
    assert endpointer.may_resume
    run(endpointer, script.frames("."))
    assert not endpointer.may_resume
    run(endpointer, script.frames("##"))
    assert not endpointer.paused
    assert not endpointer.may_resume


def test_ending_a_turn_makes_room_for_the_next() -> None:
    endpointer, script = Endpointer(), Script()
    run(endpointer, script.frames("." * 20 + "#####" + "." * 20))
    endpointer.end_turn()
    assert not endpointer.speaking
    assert endpointer.ends_at(Patience.PATIENT) is None
    events = run(endpointer, script.frames("...####"))
    assert events == [SpeechStarted(frame_at(48), frame_at(51))]
    begin, end = endpointer.turn_span
    assert (begin, end) == (frame_at(48) - 4800, frame_at(52))


CLIPS = clips()


def heard(pcm: bytes, model: SileroModel) -> list[EndpointEvent]:
    endpointer = Endpointer()
    return [event for frame in VoiceDetector(model).push(pcm) for event in endpointer.push(frame)]


def test_on_real_speech_the_end_is_found_within_a_frame(silero: SileroModel) -> None:
    errors: list[float] = []
    for number, clip in enumerate(CLIPS):
        offset = 16_000 + 37 * number
        pcm = bytes(2 * offset) + clip.pcm + bytes(32_000)
        events = heard(pcm, silero)
        starts = [event for event in events if isinstance(event, SpeechStarted)]
        pauses = [event for event in events if isinstance(event, PauseStarted)]
        assert len(starts) == 1, clip.file
        assert abs(starts[0].at - (offset + LEAD)) / 16 < 130, clip.file
        # The clip's end is where the last trace of sound is 55 dB below full scale, a little after the last
        # voiced sound, which is 30 dB below the speaker's level.
        true_end = offset + len(clip.pcm) // 2 - TAIL
        errors.append((pauses[-1].last_voiced - true_end) / 16)
    assert max(errors) <= 32
    assert min(errors) >= -150
    assert np.median(np.abs(errors)) < 80


def test_noise_moves_the_end_little_and_never_late(silero: SileroModel) -> None:
    for number, clip in enumerate(CLIPS):
        samples = to_float(bytes(64_000) + clip.pcm + bytes(64_000))
        noise = room(samples.size / 16_000 + 1, -42, seed=number)[: samples.size]
        pauses = [
            event for event in heard(from_float(samples + noise), silero) if isinstance(event, PauseStarted)
        ]
        true_end = 32_000 + len(clip.pcm) // 2 - TAIL
        assert pauses, clip.file
        assert -250 <= (pauses[-1].last_voiced - true_end) / 16 <= 100, clip.file


def test_minutes_of_silence_and_noise_start_nothing_and_keep_nothing(silero: SileroModel) -> None:
    endpointer, detector = Endpointer(), VoiceDetector(silero)
    for audio in (bytes(32_000), from_float(room(1, -45))):
        for _ in range(60):
            assert not [event for frame in detector.push(audio) for event in endpointer.push(frame)]
    assert not endpointer.speaking


def test_barge_in_needs_words_not_coughs_or_scraps_of_echo() -> None:
    for drawing in ("..##..##...##..", "#.#.#.#.#.#.", "####....####....", "~~~~~~~~~~"):
        detector = BargeInDetector()  # wary: its own voice may come back
        assert [detector.push(frame) for frame in Script().frames(drawing)].count(None) == len(drawing)


def test_barge_in_is_known_within_its_window() -> None:
    detector = BargeInDetector()
    found = [event for frame in Script().frames("...##.####") if (event := detector.push(frame))]
    assert found[0].at == frame_at(3)
    assert (found[0].known_at - found[0].at) / 16 <= 256


def test_barge_in_starts_over_after_reset() -> None:
    detector, script = BargeInDetector(), Script()
    for frame in script.frames("####"):
        assert detector.push(frame) is None
    detector.reset()
    assert detector.push(script.frames("#")[0]) is None


def test_without_an_echo_one_frame_of_speech_is_enough() -> None:
    detector = BargeInDetector()
    found = [detector.push(frame, wary=False) for frame in Script().frames("...#")]
    assert found[:3] == [None] * 3
    assert found[3] is not None
    assert found[3].at == frame_at(3)


def test_a_loud_sound_without_voice_is_the_beginning_of_a_word() -> None:
    detector, loud, faint = BargeInDetector(), (-30.0,) * 4, (-50.0,) * 4
    frames = [Frame(number * 512, 0.05, levels, -66.0) for number, levels in enumerate([faint, loud, loud])]
    assert [detector.push(frame, wary=False) for frame in frames] == [None, None, SpeechStarted(512, 1536)]
    closed = [frame._replace(probability=0.0) for frame in frames]
    assert [BargeInDetector().push(frame, wary=False) for frame in closed] == [None] * 3


def test_after_a_mistake_it_is_wary_until_the_next_answer() -> None:
    detector, script = BargeInDetector(), Script()
    detector.mistaken()
    assert [detector.push(frame, wary=False) for frame in script.frames("####")] == [None] * 4
    detector.reset()
    assert detector.push(script.frames("#")[0], wary=False) is not None


def test_a_turn_that_was_begun_from_outside_may_begin_without_voice() -> None:
    endpointer, script = Endpointer(), Script()
    first = script.frames(".")[0]
    endpointer.push(first)
    endpointer.begin_turn(first.start, first)
    assert endpointer.speaking
    assert [event for frame in script.frames(".....") for event in endpointer.push(frame)] == []
    events = [event for frame in script.frames("####........") for event in endpointer.push(frame)]
    assert [type(event) for event in events] == [PauseStarted]


def test_in_a_hurry_a_pause_is_shorter() -> None:
    def pause_after(hurried: bool) -> int:
        endpointer, script = Endpointer(), Script()
        endpointer.hurried = hurried
        events = [event for frame in script.frames("######........") for event in endpointer.push(frame)]
        (pause,) = [event for event in events if isinstance(event, PauseStarted)]
        return pause.known_at

    assert pause_after(True) < pause_after(False)


@pytest.mark.parametrize(
    ("text", "complete", "patience"),
    [
        ("Who owes me money?", True, Patience.EAGER),
        ("Who owes me money?", None, Patience.NORMAL),
        ("Book a job for", None, Patience.PATIENT),
        ("Book a job for", True, Patience.PATIENT),
        ("Move it to...", None, Patience.PATIENT),
        ("Create an invoice", False, Patience.PATIENT),
        ("", None, Patience.NORMAL),
        ("", False, Patience.NORMAL),
    ],
)
def test_patience_follows_the_words(text: str, complete: bool | None, patience: Patience) -> None:
    assert patience_for(text, complete=complete) is patience


def test_last_words_that_cannot_be_last() -> None:
    assert all(
        map(
            ends_unfinished,
            [
                "call my",
                "send it to.",
                "for Sarah and ",
                "at, um",
                "the job, ",
                "tell him that",
                "is",
                "where does?",
                "And how many of them have",
                "how much did",
                "Show me.",
                "can you put",
                "Then move.",
                "schedule",
            ],
        )
    )
    assert not any(
        map(
            ends_unfinished,
            [
                "what time is it",
                "send it to Anna.",
                "move it to three thirty",
                "no",
                "cancel that",
                "do that.",
                "How much does Anna owe?",
                "cancel",
                "call him",
                "How far along are we?",
                "show me the schedule",
                "yes I do",
                "what can you do?",
            ],
        )
    )
