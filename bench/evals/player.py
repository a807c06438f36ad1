"""The user of a scenario: a client of one conversation that types or speaks its steps and notes what comes back.

In virtual time it is a person with all the time in the world: it waits until the assistant rests before it goes on,
except where the scenario interrupts. It judges nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from bench.evals.caller import MOST_EXTRA, Caller, Proposal, Situation, arguments
from bench.evals.schema import Step
from bench.evals.world import Made
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

    def words(self, text: str, take: int = 0) -> bytes:
        """Somebody says it, a little differently in each ``take``."""
        ...

    def noise(self, seconds: float) -> bytes:
        """Something loud without words."""
        ...

    def room(self, pcm: bytes) -> bytes:
        """A packet as the microphone of this room hears it."""
        ...


@dataclass(slots=True)
class StepRecord:
    """One step and what came of it, for the report.

    Attributes:
        extra: What he said beside the script.
        ends: How many sentences had been said before each of his extra turns.
        doubted: The assistant asked whether it had heard right.
    """

    step: Step
    heard: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])
    read_backs: list[str] = field(default_factory=list[str])
    interrupted: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])
    extra: list[str] = field(default_factory=list[str])
    ends: list[int] = field(default_factory=list[int])
    doubted: bool = False

    @property
    def replies(self) -> list[str]:
        """The answers to the step and to each of his extra turns, without read-backs."""
        bounds = [0, *self.ends, len(self.said)]
        parts = [self.said[begin:end] for begin, end in itertools.pairwise(bounds)]
        return [self._plain(part) for part in parts]

    @property
    def reply(self) -> str:
        """What was answered, without read-backs."""
        return self._plain(self.said)

    def _plain(self, sentences: list[str]) -> str:
        said = " ".join(sentences)
        for read_back in self.read_backs:
            said = said.replace(read_back, "")
        return " ".join(said.split())


class RestlessError(Exception):
    """The assistant did not come to rest."""


@dataclass
class Player:
    """One client with one conversation. ``microphone`` None: it types.

    ``caller`` decides what is said beside the script; ``made`` are the calls that reached the tools.
    """

    assembled: Assembled
    clock: FixedClock
    microphone: Microphone | None = None
    caller: Caller | None = None
    made: Sequence[Made] = ()
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
                before = len(self.made)
                if self.caller is not None:
                    self.caller.says(step)
                await self._do(step)
                if follower is not None and follower.interrupts_after_ms is not None:
                    await self._until_audible(follower.interrupts_after_ms)
                else:
                    await self._rest()
                    await self._converse(step, follower, before)
        finally:
            if stream is not None:
                stream.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await stream

    async def _converse(self, step: Step, follower: Step | None, before: int) -> None:
        """What he says beside the script until it can go on."""
        record = self.records[-1]
        record.doubted = any(each.misheard for each in self.assembled.brain.state.offer)
        for number in range(MOST_EXTRA if self.caller is not None and self.microphone is not None else 0):
            assert self.caller is not None
            utterances = self.caller.response(step, follower, self._situation(record, before))
            if not utterances:
                return
            for utterance in utterances:
                record.extra.append(utterance)
                record.ends.append(len(record.said))
                self._say(utterance, take=number + 1)
                await self._rest()

    def _situation(self, record: StepRecord, before: int) -> Situation:
        state = self.assembled.brain.state
        asked = [each for each in self.made if each.error == "needs_confirmation"]
        waits = self.assembled.loop.pending_confirmation is not None and bool(asked)
        since = self.made[before:]
        frame = state.frame
        return Situation(
            read_back=Proposal(asked[-1].tool, arguments(asked[-1].arguments)) if waits else None,
            offers=tuple(Proposal(each.tool, dict(each.slots)) for each in state.offer),
            asked=Proposal(frame.tool, dict(frame.slots)) if frame is not None and frame.asking else None,
            asking=(frame.asking or "") if frame is not None else "",
            choice=tuple(frame.candidates) if frame is not None else (),
            called=bool(since),
            reply=record.reply,
            read_backs=" ".join(record.read_backs),
        )

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

    def _say(self, text: str, take: int = 0) -> None:
        if self.microphone is None:
            self.turns += 1
            self.assembled.conversation.receive(wire.TextIn(text))
        else:
            self._sound.extend(_packets(self.microphone.words(text, take)))

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
