"""The caller's end of one conversation: an open microphone in a quiet room, an ear, and notes of when what was heard.

Audio leaves in packets of 20 ms at the moment their last sample is recorded. It judges nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bench.turns.speech import RATE, Utterance
from conversation import events as wire
from conversation.assembly import Assembled
from hero365_client.audio import first_audible

PACKET_MS: Final = 20
_PACKET: Final = RATE * PACKET_MS // 1000
_ROOM_AMPLITUDE: Final = 16.0
"""RMS of the room's noise: -66 dBFS."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event for the client and when it came."""

    at: float
    kind: str
    data: dict[str, Any]


class Line:
    """One caller's connection; the conversation's sink."""

    def __init__(self, assembled: Assembled, *, seed: int) -> None:
        self._assembled = assembled
        self._rng = np.random.default_rng(seed)
        self._queue: deque[bytes] = deque()
        self._sent = 0  # samples
        self._started = 0.0
        self.events: list[Heard] = []
        self.audible_at: list[float] = []  # the moments at which audible audio began to be played

    # --- out

    async def run(self) -> None:
        """The microphone, until it is cancelled."""
        loop = asyncio.get_running_loop()
        self._started = loop.time()
        while True:
            due = self._started + (self._sent + _PACKET) / RATE
            await asyncio.sleep(max(0.0, due - loop.time()))
            room = self._rng.normal(0.0, _ROOM_AMPLITUDE, _PACKET)
            if self._queue:
                said = np.frombuffer(self._queue.popleft(), "<i2")
                room[: said.size] += said
            self._sent += _PACKET
            pcm = np.clip(room, -32768, 32767).astype("<i2").tobytes()
            self._assembled.conversation.receive(wire.AudioIn(pcm))

    def say(self, utterance: Utterance) -> tuple[float, float]:
        """Begin to say it; when its first and last voiced samples will have been recorded."""
        begin = self._started + (self._sent + len(self._queue) * _PACKET) / RATE
        size = 2 * _PACKET
        self._queue.extend(utterance.pcm[at : at + size] for at in range(0, len(utterance.pcm), size))
        return begin, begin + len(utterance.pcm) / 2 / RATE

    # --- in

    def deliver(self, seq: int, event: wire.Outgoing) -> None:
        """Take what the server sends."""
        del seq
        now = asyncio.get_running_loop().time()
        match event:
            case wire.ServerEvent(type=kind, data=data):
                self.events.append(Heard(now, kind, data))
            case wire.AudioOut(pcm=pcm):
                audible = first_audible(pcm)
                if audible is not None:
                    self.audible_at.append(now + audible / self._assembled.conversation.mouth.rate)
            case _:
                pass

    def since(self, kind: str, moment: float) -> list[Heard]:
        """Events of a kind after ``moment``."""
        return [each for each in self.events if each.kind == kind and each.at >= moment]

    async def until(self, condition: Callable[[], Any], within: float) -> bool:
        """Wait for something, looking every 10 ms; whether it came."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while not condition():
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(0.01)
        return True
