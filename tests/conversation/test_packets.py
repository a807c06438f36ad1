"""Packets that wait change nothing but the work: the same is noticed, at the same places and at the same time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from conversation.ears import Ears
from conversation.events import AudioIn, ClearIn, CommitIn, Hello, ListenIn, PingIn, TurnDetection
from conversation.packets import SILENCE_MS
from media.endpointing import BargeInDetector, Endpointer, EndpointEvent, PauseStarted, SpeechStarted
from media.vad import VoiceDetector
from tests.support.call import calling, sample, scorer
from tests.support.virtual_time import advance, virtual

RATE = 16_000


@dataclass
class Heard:
    """What one pair of ears noticed, with the packet after which it did, and how often it was woken."""

    events: list[tuple[int, EndpointEvent]] = field(default_factory=list[tuple[int, EndpointEvent]])
    looks: int = 0

    def first(self, kind: type[EndpointEvent]) -> tuple[int, EndpointEvent]:
        return next(each for each in self.events if isinstance(each[1], kind))


def listened(pcm: bytes, packet_ms: int, *, quick: bool) -> Heard:
    ears = Ears(VoiceDetector(scorer()), Endpointer(), BargeInDetector(), rate=RATE)
    size = RATE * packet_ms // 1000 * 2
    heard = Heard()
    for number, at in enumerate(range(0, len(pcm) - size + 1, size)):
        audio = ears.collect(pcm[at : at + size], quick=quick)
        if audio:
            heard.looks += 1
            noticed = ears.push(audio, number * packet_ms / 1000, assistant_speaks=False)
            heard.events += [(number, event) for event in noticed if event is not None]
            if any(isinstance(event, PauseStarted) for event in noticed):
                ears.end_turn()
    return heard


def spoken(room_dbfs: float) -> bytes:
    """A request with a second of room before and two behind it."""
    voice = np.frombuffer(bytes(2 * RATE) + sample("slt_reminder") + bytes(4 * RATE), "<i2").astype(
        np.float64
    )
    noise = np.random.default_rng(7).normal(0.0, 32768 * 10 ** (room_dbfs / 20), voice.size)
    return np.clip(voice + noise, -32768, 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("packet_ms", [20, 64])
@pytest.mark.parametrize("room_dbfs", [-90.0, -60.0, -45.0])
def test_the_same_is_noticed_at_the_same_places(packet_ms: int, room_dbfs: float) -> None:
    pcm = spoken(room_dbfs)
    quick, waiting = (listened(pcm, packet_ms, quick=each) for each in (True, False))
    assert [type(event) for _, event in waiting.events] == [type(event) for _, event in quick.events]
    for (_, ours), (_, theirs) in zip(waiting.events, quick.events, strict=True):
        assert ours == theirs
    # The end of speech is what everybody waits for: it is noticed with the same packet.
    assert waiting.first(PauseStarted)[0] == quick.first(PauseStarted)[0]
    assert waiting.first(SpeechStarted)[0] - quick.first(SpeechStarted)[0] <= SILENCE_MS / packet_ms


def test_most_packets_are_not_looked_at_alone() -> None:
    pcm = spoken(-80.0)
    quick, waiting = (listened(pcm, 20, quick=each) for each in (True, False))
    assert quick.looks == len(pcm) // 640
    assert waiting.looks < 0.35 * quick.looks


def test_nothing_is_lost_when_the_microphone_stops() -> None:
    ears = Ears(VoiceDetector(scorer()), Endpointer(), BargeInDetector(), rate=RATE)
    for _ in range(3):
        assert not ears.collect(bytes(640), quick=False)
    assert ears.collected() == bytes(3 * 640)
    assert ears.collected() == b""


@virtual
async def test_what_came_before_an_event_is_heard_before_it() -> None:
    async with calling() as call:
        await advance(4.0)
        ears = call.conversation.listener.ears
        room = bytes(640)
        for _ in range(3):
            call.send(AudioIn(room))
        assert ears.ring.end == 0, "it waits"
        call.send(PingIn())
        assert ears.ring.end == 3 * 320
        call.send(AudioIn(room))
        call.send(Hello(audio_in_rate=24_000))
        assert ears.ring.end >= 4 * 320
        assert ears.rate == 24_000


@virtual
async def test_a_client_that_ends_turns_itself_gets_all_that_it_sent() -> None:
    async with calling() as call:
        await advance(4.0)  # nothing of the greeting is in the air
        call.send(ListenIn(TurnDetection(by="client")))
        for _ in range(10):
            call.send(AudioIn(bytes(640)))
        call.send(ClearIn())
        for _ in range(5):
            call.send(AudioIn(bytes(640)))
        call.send(CommitIn("item_1"))
        await call.until("transcript")
        assert [len(pcm) for pcm in call.recogniser.heard] == [5 * 640]
