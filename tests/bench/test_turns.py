"""The turn bench's own arithmetic, and a clock that skips idleness and nothing else."""

from __future__ import annotations

import asyncio
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.turns import clock, development, sentences, speech
from bench.turns.caller import Answered, conversations, gaps
from bench.turns.clock import SkippingLoop, compute, run_skipping
from bench.turns.findings import point, report
from bench.turns.plot import draw
from bench.turns.speech import PAUSE_MS, RATE, VoiceOfCaller


def answered(wait: float | None, *, cut: bool = False, paused: bool = False) -> Answered:
    pauses = ("clause",) if paused else ()
    end = None if wait is None else wait - 100
    return Answered("flite slt", "hello", ("hello",), pauses, (), cut, False, wait, end, ())


def test_cut_off_utterances_are_counted_and_not_timed() -> None:
    found = [answered(500), answered(1600), answered(None), answered(10, cut=True, paused=True)]
    figures = report(found)
    assert figures["false_cutoff"] == 0.25
    assert figures["false_cutoff_of_paused"] == 1.0
    assert figures["held"] == pytest.approx(2 / 3, abs=0.001)
    assert figures["unanswered"] == 1
    assert (figures["voice_to_voice_p50_ms"], figures["voice_to_voice_p95_ms"]) == (500, 1600)
    one = point(1.0, found)
    assert (one.false_cutoff, one.p50_ms, one.p95_ms) == (0.25, 500, 1600)


def test_the_curve_is_drawn(tmp_path: Path) -> None:
    draw(tmp_path / "turns.png", {"fixed": [point(1.0, [answered(500)])]}, "caption")
    assert (tmp_path / "turns.png").read_bytes()[:4] == b"\x89PNG"


def test_idleness_takes_no_time_and_computing_does() -> None:
    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        gate = asyncio.Event()
        loop.call_later(3600, gate.set)
        await gate.wait()  # the bench's own clock skips it
        idle = loop.time()
        gate.clear()
        later = loop.call_later(3600, gate.set)
        with ThreadPoolExecutor(1) as workers:
            await compute(workers, lambda: sum(range(200_000)))
        later.cancel()
        return idle - begun, loop.time() - idle

    real = time.perf_counter()
    idle, computing = run_skipping(main())
    real = time.perf_counter() - real
    assert 3600 <= idle < 3600 + real
    assert 0 < computing <= real


def test_work_side_by_side_takes_as_long_as_the_longest_on_idle_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "_PROCESSORS", 2)
    used = iter([0.0, 1.0, 1.0, 1.0, 3.0, 3.0, 4.0])
    monkeypatch.setattr("time.process_time", lambda: next(used))
    loop = SkippingLoop(real=False)
    try:
        assert [loop.time(), loop.time()] == [0.0, 1.0]
        loop.computing = 2
        assert [loop.time(), loop.time(), loop.time()] == [1.0, 1.0, 2.0]
        loop.computing = 1
        assert [loop.time(), loop.time()] == [2.0, 3.0]
    finally:
        loop.close()


def test_gaps_between_partials_are_those_of_speech() -> None:
    partials = [-3000.0, -2700.0, -1200.0, -900.0, 200.0]
    assert gaps(partials, [(-2500.0, -1800.0)]) == (300.0, 300.0)
    assert gaps(partials, []) == (300.0, 1500.0, 300.0)
    assert gaps([], []) == ()


def test_what_judges_is_not_what_was_worked_on() -> None:
    judging, worked_on = (
        {re.sub(r"\W+", " ", text).strip().lower() for dialogue in dialogues for text in dialogue}
        for dialogues in (sentences.DIALOGUES, development.DIALOGUES)
    )
    # Only what everybody says to a question may be the same.
    assert all(len(text.split()) <= 2 for text in judging & worked_on)


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> VoiceOfCaller:
    """A voice that needs no program: 100 ms of sound a word."""

    def say(_voice: VoiceOfCaller, text: str) -> NDArray[np.int16]:
        return np.full(len(text.split()) * RATE // 10, 1000, np.int16)

    monkeypatch.setattr(speech, "say", say)
    return VoiceOfCaller("none", "beep")


def test_pauses_are_where_they_are_said_to_be(voice: VoiceOfCaller) -> None:
    rng = random.Random(3)
    made = [speech.utterance("book it for | Sarah on / Tuesday", voice, rng) for _ in range(40)]
    paused = [each for each in made if each.pauses]
    assert paused
    assert len(paused) < len(made)
    for each in paused:
        silent = sum(pause.end - pause.begin for pause in each.pauses)
        assert len(each.pcm) // 2 == 6 * RATE // 10 + silent
        for pause in each.pauses:
            assert PAUSE_MS[0] <= (pause.end - pause.begin) * 1000 / RATE <= PAUSE_MS[1]
            assert not any(each.pcm[2 * pause.begin : 2 * pause.end])
            assert pause.begin == (3 if pause.kind == "clause" else 5) * RATE // 10 + sum(
                other.end - other.begin for other in each.pauses if other.begin < pause.begin
            )


def test_a_conversation_is_of_one_voice_and_keeps_the_order(voice: VoiceOfCaller) -> None:
    spoken = [[speech.utterance(f"number {number}", voice, random.Random(0))] for number in range(7)]
    held = conversations(spoken)
    assert [[each.text for each in one] for one in held] == [
        [f"number {number}" for number in range(5)],
        ["number 5", "number 6"],
    ]
