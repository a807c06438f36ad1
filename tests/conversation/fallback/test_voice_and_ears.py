"""The provider's ears and voice fail in every way; the words are heard and said, and none of them lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.settings import Settings
from conversation.fallback.breaker import State
from conversation.fallback.circuits import Circuits, Part
from conversation.fallback.ears import FallbackRecogniser
from conversation.fallback.voice import FallbackVoice, rest_of
from conversation.providers import EngineUnavailable
from tests.support.fake_engines import FakeRecogniser, FakeVoice, tone
from tests.support.virtual_time import advance, virtual

LONG = "You have three jobs today, the first one is at nine in the morning, and the last one ends at five."
CLAUSES = (
    "You have three jobs today,",
    "the first one is at nine in the morning,",
    "and the last one ends at five.",
)


@dataclass
class Breaking:
    """A provider's voice, 68 ms a letter in pieces of 100 ms, that breaks or stalls after so much; then it works."""

    after_ms: list[float | None] = field(default_factory=list[float | None])
    stalls: bool = False
    sample_rate: int = 24_000
    said: list[str] = field(default_factory=list[str])

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        del voice, speed
        self.said.append(text)
        ends = self.after_ms.pop(0) if self.after_ms else None
        for at in range(0, int(len(text) * 68), 100):
            if ends is not None and at >= ends:
                if self.stalls:
                    await advance(3600)
                raise EngineUnavailable("cut") from ConnectionError()
            yield tone(100, self.sample_rate)


def made(remote: Breaking, folder: Path) -> tuple[FallbackVoice, FakeVoice, Circuits]:
    local, circuits = FakeVoice(latency_s=0.0), Circuits(Settings(data_dir=folder))
    return FallbackVoice(remote, local, circuits), local, circuits


async def say(voice: FallbackVoice, text: str = LONG) -> float:
    """Say it; how many milliseconds it lasts."""
    size = 0
    async for chunk in voice.speak(text, voice="alloy", speed=1.0):
        size += len(chunk)
    return size / 2 / voice.sample_rate * 1000


@virtual
async def test_before_the_first_sound_it_is_asked_once_more(tmp_path: Path) -> None:
    remote = Breaking([0.0])
    voice, local, _circuits = made(remote, tmp_path)
    await say(voice)
    assert remote.said == [LONG, LONG]
    assert local.said == []


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("number", range(3))
def test_in_the_middle_the_other_voice_begins_with_the_clause_that_was_cut(
    tmp_path: Path, number: int, stalls: bool
) -> None:
    @virtual
    async def run() -> None:
        before = sum(len(clause) + 1 for clause in CLAUSES[:number])
        middle = (before + len(CLAUSES[number]) / 2) * 68
        remote = Breaking([middle], stalls)
        voice, local, circuits = made(remote, tmp_path)
        lasts = await say(voice)
        assert local.said == [" ".join(CLAUSES[number:])]
        assert remote.said == [LONG], "what has been heard is not asked for again"
        assert lasts == pytest.approx(middle + len(local.said[0]) * 50, abs=101)
        assert circuits[Part.SPEAKING].breaker.failures == 1

    run()


@virtual
async def test_the_voice_stays_the_same_for_the_turn_and_comes_back_with_the_next(tmp_path: Path) -> None:
    remote = Breaking([500.0])
    voice, local, circuits = made(remote, tmp_path)
    await say(voice)
    await say(voice, "And that is all.")
    assert local.said[-1] == "And that is all."
    circuits.begin_turn()
    await say(voice, "Here I am again.")
    assert remote.said == [LONG, "Here I am again."]


@virtual
async def test_an_interruption_says_nothing_about_the_provider(tmp_path: Path) -> None:
    voice, _local, circuits = made(Breaking([100.0], stalls=True), tmp_path)
    speaking = asyncio.create_task(say(voice))
    await advance(0.5)
    speaking.cancel()
    await asyncio.wait([speaking])
    assert circuits[Part.SPEAKING].breaker.failures == 0


def test_the_rest_of_a_sentence() -> None:
    assert rest_of(CLAUSES, 3) == LONG
    assert rest_of(CLAUSES, 40).startswith(CLAUSES[1])
    assert rest_of(CLAUSES, 500) == CLAUSES[2]
    assert rest_of((), 5) == ""


def ears(folder: Path, *texts: str | Exception) -> tuple[FallbackRecogniser, FakeRecogniser, Circuits]:
    circuits = Circuits(Settings(data_dir=folder))
    remote, local = FakeRecogniser(list(texts)), FakeRecogniser(["heard here"])
    return FallbackRecogniser(remote, local, circuits), remote, circuits


def down() -> EngineUnavailable:
    error = EngineUnavailable("OpenAI")
    error.__cause__ = ConnectionError()
    return error


@virtual
async def test_a_failed_hearing_is_tried_once_more_then_heard_here(tmp_path: Path) -> None:
    twice, remote, _circuits = ears(tmp_path, down(), "heard there")
    assert (await twice.recognise(b"")).text == "heard there"
    failing, remote, circuits = ears(tmp_path, down())
    assert (await failing.recognise(b"")).text == "heard here"
    assert len(remote.heard) == 2
    assert (await failing.recognise(b"", partial=True)).text == "heard here"
    assert len(remote.heard) == 3, "a quick look is not tried twice"
    assert circuits[Part.HEARING].state is State.OPEN
    assert (await failing.recognise(b"")).text == "heard here"
    assert len(remote.heard) == 3, "an open circuit is not asked"


@virtual
async def test_before_speech_counts_as_noise_another_listens(tmp_path: Path) -> None:
    deaf, remote, circuits = ears(tmp_path, "")
    assert (await deaf.recognise(b"")).text == "heard here"
    assert (await deaf.recognise(b"", partial=True)).text == ""
    assert len(remote.heard) == 2
    assert circuits[Part.HEARING].breaker.failures == 0


@virtual
async def test_a_late_hearing_is_not_waited_for_twice(tmp_path: Path) -> None:
    slow, remote, circuits = ears(tmp_path, "late")
    remote.latency_s = 3600
    began = asyncio.get_running_loop().time()
    assert (await slow.recognise(b"")).text == "heard here"
    waited = asyncio.get_running_loop().time() - began
    assert waited == pytest.approx(circuits.settings.hearing_timeout_s, abs=0.2)


@virtual
async def test_after_a_while_one_probe_brings_the_provider_back(tmp_path: Path) -> None:
    failing, remote, circuits = ears(tmp_path, down())
    changes = list[State]()
    circuits[Part.HEARING].on_change = lambda circuit: changes.append(circuit.state)
    await failing.recognise(b"")
    await failing.recognise(b"")
    assert changes == [State.OPEN]
    remote.texts = ["heard there"]
    await advance(circuits.settings.circuit_open_s)
    assert (await failing.recognise(b"")).text == "heard there"
    assert changes == [State.OPEN, State.CLOSED]
