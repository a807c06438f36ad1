"""Holds the demo's conversation and looks into the database between the turns. Judges nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hero365_client import Hero365Client, Microphone, Player, TurnDriver, TurnRecord
from serve_app.cli.books import Books
from serve_app.cli.demo_script import Line, Script
from serve_app.cli.recording import save_conversation

_PAUSE_S = 1.5
Look = Callable[[], Books]
Tell = Callable[[str, TurnRecord], None]


@dataclass(slots=True)
class Held:
    """The conversation as it went: turns in order, and the books before and after what mattered."""

    turns: list[tuple[str, TurnRecord]] = field(default_factory=list[tuple[str, TurnRecord]])
    by_line: dict[str, list[TurnRecord]] = field(default_factory=dict[str, list[TurnRecord]])
    before: Books | None = None
    after_booking: Books | None = None
    before_yes: Books | None = None
    after: Books | None = None
    player: Player | None = None
    status: dict[str, Any] = field(default_factory=dict[str, Any])


class DemoTalk:
    """One user of the demo.

    Args:
        script: What is said.
        look: Reads the database (blocking; called in a thread).
        tell: Called with each finished turn.
    """

    def __init__(self, script: Script, look: Look, tell: Tell) -> None:
        self._script = script
        self._look = look
        self._tell = tell
        self.held = Held()

    async def hold(self, base_url: str, token: str, recording: Path) -> Held:
        """Start a session, say everything, stop the session, save the recording."""
        async with Hero365Client(base_url, token) as client:
            session = await client.start()
            async with (
                await client.connect(session) as connection,
                Microphone(connection, record=True) as microphone,
            ):
                self.held.player = connection.player
                driver = TurnDriver(connection, microphone)
                try:
                    self._tell("greeting", await driver.greeted())
                    await self._lines(driver)
                    self.held.status = await client.status(session.session_id)
                finally:
                    connection.player.advance(connection.clock())
                    save_conversation(recording, microphone, connection.player)
                    await client.stop(session.session_id)
        return self.held

    async def _lines(self, driver: TurnDriver) -> None:
        script, held = self._script, self.held
        held.before = await asyncio.to_thread(self._look)
        await self._say(driver, script.overview)
        await self._say(driver, script.book)
        held.after_booking = await asyncio.to_thread(self._look)
        await self._say(driver, script.move)
        await self._say(driver, script.bill, confirm=False)
        held.before_yes = await asyncio.to_thread(self._look)
        await self._confirm(driver, script.bill)
        await self._say(driver, script.owed)
        await self._interrupted(driver)
        held.after = await asyncio.to_thread(self._look)

    async def _say(self, driver: TurnDriver, line: Line, *, confirm: bool = True) -> None:
        record = await driver.turn(line.sample.clip())
        self._keep(line.name, line, record)
        if confirm and record.confirmations:  # a booked slot, for example: it asks before it overlaps
            await self._confirm(driver, line)

    async def _confirm(self, driver: TurnDriver, line: Line) -> None:
        record = await driver.turn(self._script.yes.clip())
        self._keep(f"{line.name}: yes", line, record)

    async def _interrupted(self, driver: TurnDriver) -> None:
        over, line = self._script.long_answer, self._script.interruption
        cut, record = await driver.barge_in(line.sample.clip(), over.sample.clip(), after_s=_PAUSE_S)
        self._keep(over.name, over, cut)
        self._keep(line.name, line, record)

    def _keep(self, name: str, line: Line, record: TurnRecord) -> None:
        self.held.turns.append((name, record))
        self.held.by_line.setdefault(line.name, []).append(record)
        self._tell(name, record)
