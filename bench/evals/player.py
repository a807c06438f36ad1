"""The user of a scenario: a client of one conversation that types or speaks its steps and notes what comes back.

In virtual time it is a person with all the time in the world: it waits until the assistant rests before it goes on,
except where the scenario interrupts. It judges nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from bench.evals.schema import Step
from business.clock import FixedClock
from conversation import events as wire
from conversation.assembly import Assembled

#: The assistant rests when nothing has happened for so long, seconds of the conversation.
_REST_S = 1.2
_LONGEST_S = 90.0
_TICK_S = 0.05
PACKET_MS = 32
_PACKET = 16 * PACKET_MS * 2


class Microphone(Protocol):
    """Makes sound of a step's words, and of the room that they are spoken in. 16 kHz mono PCM16."""

    def words(self, text: str) -> bytes:
        """Somebody says it."""
        ...

    def noise(self, seconds: float) -> bytes:
        """Something loud without words."""
        ...

    def room(self, pcm: bytes) -> bytes:
        """A packet as the microphone of this room hears it."""
        ...


@dataclass(slots=True)
class StepRecord:
    """One step and what came of it, for the report."""

    step: Step
    heard: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])
    read_backs: list[str] = field(default_factory=list[str])
    interrupted: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])

    @property
    def reply(self) -> str:
        """What was answered, without read-backs."""
        said = " ".join(self.said)
        for read_back in self.read_backs:
            said = said.replace(read_back, "")
        return " ".join(said.split())


class RestlessError(Exception):
    """The assistant did not come to rest."""


@dataclass
class Player:
    """One client with one conversation. ``microphone`` None: it types."""

    assembled: Assembled
    clock: FixedClock
    microphone: Microphone | None = None
    records: list[StepRecord] = field(default_factory=list[StepRecord])
    turns: int = 0
    _sound: deque[bytes] = field(default_factory=deque[bytes])
    _last_event: float = 0.0
    _audible: asyncio.Event = field(default_factory=asyncio.Event)

    def deliver(self, seq: int, event: wire.Outgoing) -> None:
        """What the conversation sends."""
        del seq
        self._last_event = asyncio.get_running_loop().time()
        if isinstance(event, wire.AudioOut):
            self._audible.set()
        if isinstance(event, wire.ServerEvent) and self.records:
            self._note(self.records[-1], event.type, event.data)

    async def play(self, steps: tuple[Step, ...]) -> None:
        """Hear the greeting out, then do all steps. Raises RestlessError."""
        conversation = self.assembled.conversation
        conversation.attach(self)
        conversation.receive(wire.Hello())
        stream = asyncio.create_task(self._stream()) if self.microphone is not None else None
        try:
            await self._rest()
            for index, step in enumerate(steps):
                follower = steps[index + 1] if index + 1 < len(steps) else None
                self.records.append(StepRecord(step))
                self._audible.clear()
                await self._do(step)
                if follower is not None and follower.interrupts_after_ms is not None:
                    await self._until_audible(follower.interrupts_after_ms)
                else:
                    await self._rest()
        finally:
            if stream is not None:
                stream.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await stream

    async def _do(self, step: Step) -> None:
        if step.say is not None:
            self._say(step.say)
        elif step.silence_s is not None:
            await asyncio.sleep(step.silence_s)
        elif step.noise_s is not None:
            if self.microphone is not None:
                self._sound.extend(_packets(self.microphone.noise(step.noise_s)))
            await asyncio.sleep(step.noise_s)
        elif step.minutes is not None:
            self.clock.advance(timedelta(minutes=step.minutes))
        elif step.options is not None:
            self.assembled.conversation.receive(wire.ConfigIn(step.options))

    def _say(self, text: str) -> None:
        if self.microphone is None:
            self.turns += 1
            self.assembled.conversation.receive(wire.TextIn(text))
        else:
            self._sound.extend(_packets(self.microphone.words(text)))

    async def _stream(self) -> None:
        """The open microphone: what is said, else the room."""
        assert self.microphone is not None
        silence = bytes(_PACKET)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            pcm = self._sound.popleft() if self._sound else silence
            self.assembled.conversation.receive(wire.AudioIn(self.microphone.room(pcm)))
            due += PACKET_MS / 1000
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _rest(self) -> None:
        """Wait until everything is said and nothing has happened for a while."""
        loop = asyncio.get_running_loop()
        begun = self._last_event = loop.time()
        conversation = self.assembled.conversation
        while True:
            busy = bool(self._sound) or conversation.answerer.current is not None
            if busy or not conversation.machine.phase.rests:
                self._last_event = loop.time()
            if loop.time() - self._last_event >= _REST_S:
                return
            if loop.time() - begun > _LONGEST_S:
                raise RestlessError(f"no rest in {_LONGEST_S:g} s, in phase {conversation.machine.phase}")
            await asyncio.sleep(_TICK_S)

    async def _until_audible(self, milliseconds: int) -> None:
        async with asyncio.timeout(_LONGEST_S):
            await self._audible.wait()
        await asyncio.sleep(milliseconds / 1000)

    def _note(self, record: StepRecord, kind: str, data: dict[str, Any]) -> None:
        match kind:
            case "transcript" if data.get("is_final"):
                record.heard.append(data["text"])
                self.turns += self.microphone is not None
            case "response_text" if data.get("spoken") == "pending":
                record.said.append(data["text"])
            case "confirmation_request":
                record.read_backs.append(data["read_back"])
            case "response_interrupted":
                record.interrupted.append(data["heard_text"])
            case "error":
                record.errors.append(f"{data.get('code')}: {data.get('message')}")
            case _:
                pass


def _packets(pcm: bytes) -> list[bytes]:
    padded = pcm + bytes(-len(pcm) % _PACKET)
    return [padded[at : at + _PACKET] for at in range(0, len(padded), _PACKET)]
