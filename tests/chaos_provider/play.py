"""Plays the conversations against the failing stand-in, in this process, on real books, and counts what went wrong."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from openai import AsyncOpenAI
from pydantic import SecretStr

from bench.evals.books import Change, differences, snapshot
from bench.evals.engines import Engines, LocalUnderstanding, ToneVoice
from bench.evals.schema import Scenario
from bench.evals.world import USERS, ZONE, Notebook, World, Worlds
from business.seed import DEMO_BUSINESS_ID
from config.settings import Settings
from conversation import events as wire
from conversation.assembly import Assembled, Providers, assemble
from conversation.durable_calls import DurableCalls
from conversation.fallback.circuits import Circuits
from conversation.fallback.openai import Guarded, guarded_openai
from conversation.openai_model import openai_client
from conversation.options import SessionOptions
from conversation.providers import Recognition
from conversation.realtime.access import realtime_access
from conversation.spec import SessionSpec
from conversation.usage import Meter
from media.engines.moonshine import MoonshineRecogniser
from tests.chaos_provider.said import Line, Talk
from tests.chaos_provider.thinking import thinks
from tests.openai_stand_in.brain import ScriptedBrain
from tests.openai_stand_in.faults import Faults
from tests.openai_stand_in.server import KEY, StandIn
from tests.support.call import CHUNK_MS, Client, sample
from tests.support.fake_engines import silence
from tests.support.polling import eventually
from tests.support.virtual_time import advance
from tools.catalogue import TOOLS

_MS_A_LETTER = 12
#: Seconds of a turn after which its answer counts as lost: several requests, each late as it may be.
_ANSWERED_S = 60.0


class Hearing:
    """The embedded recogniser, for the stand-in and as what is fallen back on."""

    def __init__(self) -> None:
        self._engine = MoonshineRecogniser()

    def text_of(self, pcm: bytes) -> str:
        """What is said in 16 kHz PCM16."""
        return self._engine.recognise(pcm).text

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """As ``Recogniser.recognise``."""
        del partial, at
        return Recognition.of(await asyncio.to_thread(self._engine.recognise, pcm, hints=hints))


@dataclass
class Figures:
    """What came of all conversations."""

    turns: int = 0
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])
    unasked: list[str] = field(default_factory=list[str])
    outcomes: Counter[str] = field(default_factory=Counter[str])
    stepped_in: Counter[str] = field(default_factory=Counter[str])


class Chaos:
    """One run: the stand-in with its faults, the engines, a folder for the databases."""

    def __init__(self, folder: Path, *, rate: float, seed: int) -> None:
        self.figures = Figures()
        self._hearing = Hearing()
        self.stand_in = StandIn(
            ScriptedBrain(otherwise=thinks), Faults(rate=rate, seed=seed, slow_s=8.0), self._hearing.text_of
        )
        self.stand_in.sounds.says = _tone
        self._engines = Engines(Settings(data_dir=folder, provider="local"))
        self._folder = folder
        self._worlds = Worlds(folder)
        self._opening = asyncio.Lock()

    async def play(self, talk: Talk) -> None:
        """One conversation, and its count."""
        async with self._opening:
            world = await self._worlds.open(Scenario.model_validate({"name": "chaos", "steps": ["hello"]}))
        try:
            before = await asyncio.to_thread(snapshot, world.path, ZONE)
            async with openai_client(self._settings(talk)) as client:
                await self._converse(talk, world, client)
            after = await asyncio.to_thread(snapshot, world.path, ZONE)
            self._count(talk, differences(before, after))
        finally:
            await world.close()

    def _settings(self, talk: Talk) -> Settings:
        return Settings(
            data_dir=self._folder,
            openai_api_key=SecretStr(KEY),
            openai_base_url=self.stand_in.base_url,
            openai_transcription="realtime" if talk.number % 2 else "file",
        )  # pyright: ignore[reportCallIssue]

    async def _converse(self, talk: Talk, world: World, client: AsyncOpenAI) -> None:
        assembled, tools, guarded = self._assemble(talk, world, client)
        caller = _Caller(assembled, Client())
        life = asyncio.create_task(assembled.conversation.run())
        await asyncio.sleep(0)
        assembled.conversation.attach(caller.client)
        assembled.conversation.receive(wire.Hello())
        try:
            await eventually(
                lambda: caller.client.events("response_done"), "the greeting", deadline_s=_ANSWERED_S
            )
            for line in talk.lines:
                self.figures.turns += 1
                answer = await caller.says(line, spoken=talk.spoken)
                if not re.search(line.about, answer, re.IGNORECASE | re.DOTALL):
                    said = [turn.user for turn in assembled.loop.history.turns]
                    self.figures.lost.append(f"{talk.number}: {line.text!r} → {answer!r} ({said})")
            if len(assembled.loop.history.turns) > len(talk.lines):
                self.figures.lost.append(f"{talk.number}: {len(assembled.loop.history.turns)} turns")
        finally:
            assembled.conversation.end("it is over")
            await life
            await guarded.close()
            await tools.settle(10)

    def _assemble(
        self, talk: Talk, world: World, client: AsyncOpenAI
    ) -> tuple[Assembled, DurableCalls, Guarded]:
        settings = self._settings(talk)
        circuits = Circuits(settings)
        by_speech = talk.number % 3 == 0
        for circuit in circuits.all.values():
            circuit.on_outcome = lambda part, outcome: self.figures.outcomes.update([f"{part} {outcome}"])
            circuit.on_local = lambda part: self.figures.stepped_in.update([str(part)])
        meter = Meter()
        guarded = guarded_openai(
            settings,
            client,
            circuits,
            recogniser=self._hearing,
            voice=ToneVoice(_MS_A_LETTER),
            language="en",
            meter=meter,
        )
        tools = DurableCalls(world.hands, Notebook(), TOOLS, calls_per_minute=10_000)
        providers = Providers(
            self._hearing if by_speech else guarded.recogniser,
            guarded.voice,
            LocalUnderstanding(self._engines),
            tools,
            TOOLS,
            self._engines.scorer,
            guarded.model,
            meter=meter,
            realtime=realtime_access(settings, circuits, meter),
        )
        user_id, name = USERS["owner"]
        options: Any = SessionOptions(
            voice="alloy",
            agent_type=talk.agent_type,  # pyright: ignore[reportArgumentType]
            speech_to_speech=by_speech,
        )
        spec = SessionSpec(
            f"chaos-{talk.number}", user_id, name, DEMO_BUSINESS_ID, "Blue Spruce", str(ZONE), options, _now()
        )
        assembled = assemble(spec, settings, providers, clock=world.clock.now)
        tools.on_late = assembled.late_result
        return assembled, tools, guarded

    def _count(self, talk: Talk, changes: list[Change]) -> None:
        wanted = Counter(entity for line in talk.lines for entity in line.creates)
        done = Counter(
            each.entity
            for each in changes
            if each.kind == "create" and each.entity in {"activity", "invoice", "job"}
        )
        for entity in wanted | done:
            where = f"{talk.number}: {entity} {done[entity]} instead of {wanted[entity]}"
            if done[entity] > wanted[entity]:
                (self.figures.doubled if wanted[entity] else self.figures.unasked).append(where)
            elif done[entity] < wanted[entity]:
                self.figures.missing.append(where)


@dataclass
class _Caller:
    """Who is on the line."""

    assembled: Assembled
    client: Client

    async def says(self, line: Line, *, spoken: bool) -> str:
        """Say it, and wait until nothing is said any more; the answer, "" when none came in time."""
        turns = self.assembled.loop.history.turns
        known = len(turns)
        if spoken:
            await self._speak(sample(f"slt_{line.sample}"))
        else:
            self.assembled.conversation.receive(wire.TextIn(line.text))
        quiet = asyncio.create_task(self._hush()) if spoken else None
        try:
            await eventually(lambda: self._answered(known), "an answer", deadline_s=_ANSWERED_S)
        except AssertionError:
            return ""
        finally:
            if quiet is not None:
                quiet.cancel()
                await asyncio.wait([quiet])
        return " ".join(turn.assistant for turn in self.assembled.loop.history.turns[known:])

    def _answered(self, known: int) -> bool:
        turns = self.assembled.loop.history.turns
        machine = self.assembled.conversation.machine
        over = self.assembled.answerer.current is None and machine.phase.rests
        return over and len(turns) > known and bool(turns[-1].assistant)

    async def _speak(self, pcm: bytes) -> None:
        size = CHUNK_MS * 32
        for at in range(0, len(pcm), size):
            await advance(CHUNK_MS / 1000)
            self.assembled.conversation.receive(wire.AudioIn(pcm[at : at + size]))

    async def _hush(self) -> None:
        """An open microphone in a quiet room."""
        while True:
            await self._speak(silence(CHUNK_MS * 8))


def _tone(text: str) -> bytes:
    """The stand-in's voice: a tone of the length that the embedded one's has here, 24 kHz."""
    return np.full(int(len(text) * _MS_A_LETTER * 24), 4000, "<i2").tobytes()


def _now() -> datetime:
    return datetime.now(UTC)
