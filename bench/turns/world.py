"""A demo business, the engines and one conversation after another, as the server assembles them, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.turns.clock import outside
from bench.turns.engines import BenchRecogniser, BenchSecond, BenchTools, BenchUnderstanding, BenchVoice
from bench.turns.line import Line
from business.actor import Actor
from business.migrations.runner import upgrade
from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID, seed
from business.sql.database import Database
from business.use_cases.contacts import Contacts
from business.use_cases.projects import Projects
from config.settings import Settings
from conversation.assembly import Assembled, Providers, assemble
from conversation.events import Hello
from conversation.listener import EXPECTED_PHRASES
from conversation.options import SessionOptions
from conversation.spec import SessionSpec
from conversation.warm_up import warm_up
from media.endpointing.strategy import TurnEndStrategy
from media.silero import shared_model
from tools.catalogue import TOOLS


@dataclass(slots=True)
class World:
    """What all conversations of a run share."""

    recogniser: BenchRecogniser
    second: BenchSecond
    voice: BenchVoice
    understanding: BenchUnderstanding
    database: Database
    names: tuple[str, ...]

    @asynccontextmanager
    async def conversation(
        self,
        settings: Settings,
        strategy: TurnEndStrategy | None,
        seed_: int,
        make_line: Callable[..., Line] = Line,
    ) -> AsyncGenerator[tuple[Assembled, Line]]:
        """A conversation whose caller has heard the greeting; ``strategy`` takes the place of the settings'."""
        spec = SessionSpec(
            f"bench-{seed_}",
            DEMO_OWNER_ID,
            "Dana",
            DEMO_BUSINESS_ID,
            "Blue Spruce",
            "America/Denver",
            SessionOptions(),
            datetime.now(UTC),
        )
        tools = BenchTools(self.database)
        providers = Providers(
            self.recogniser,
            self.voice,
            self.understanding,
            tools,
            TOOLS,
            shared_model(),
            second=self.second,
        )
        assembled = assemble(spec, settings, providers)
        assembled.conversation.listener.hints = (*self.names, *EXPECTED_PHRASES)
        if strategy is not None:
            assembled.conversation.machine.strategy = strategy
        line = make_line(assembled, seed=seed_)
        alive = asyncio.create_task(assembled.conversation.run())
        await asyncio.sleep(0.01)
        assembled.conversation.attach(line)
        assembled.conversation.receive(Hello())
        talking = asyncio.create_task(line.run())
        try:
            yield assembled, line
        finally:
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
            assembled.conversation.end("done")
            await alive


@asynccontextmanager
async def world() -> AsyncGenerator[World]:
    """Seed a private database, load the engines."""
    with tempfile.TemporaryDirectory() as folder, outside():
        url = f"sqlite+aiosqlite:///{Path(folder) / 'turns.db'}"
        await upgrade(url)
        database = Database(url)
        await seed(database, datetime.now(UTC))
        async with database.reading(Actor(DEMO_BUSINESS_ID, DEMO_OWNER_ID, None)) as uow:
            projects = [each.name for each in await Projects(uow).names()]
            contacts = [each.display_name for each in await Contacts(uow).names(limit=200)]
        await warm_up()
        made = World(
            BenchRecogniser(),
            BenchSecond(),
            BenchVoice(),
            BenchUnderstanding(),
            database,
            tuple(dict.fromkeys(projects + contacts)),
        )
        loop = asyncio.get_running_loop()
        loop.computing -= 1  # pyright: ignore[reportAttributeAccessIssue]
        try:
            yield made
        finally:
            loop.computing += 1  # pyright: ignore[reportAttributeAccessIssue]
            await database.close()
