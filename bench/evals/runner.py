"""Plays scenarios, one fresh business and one fresh conversation each, and checks what came of them.

In process: the real conversation with the real understanding and the real tools on SQLite; no Ray, no sockets.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.evals.books import Change, differences, snapshot
from bench.evals.caller import Caller
from bench.evals.checks import Findings, call_faults, change_faults, limit_of, reply_faults
from bench.evals.engines import Engines, Heard, LocalUnderstanding, SecondLook, ToneVoice
from bench.evals.player import Microphone, Player, RestlessError, StepRecord
from bench.evals.schema import Scenario
from bench.evals.virtual_time import run
from bench.evals.world import USERS, ZONE, Made, Notebook, World, Worlds
from business.seed import DEMO_BUSINESS_ID
from conversation.assembly import Assembled, Providers, assemble
from conversation.durable_calls import DurableCalls
from conversation.listener import EXPECTED_PHRASES
from conversation.option_changes import OptionChanges
from conversation.options import capabilities_of, merge_options
from conversation.spec import SessionSpec
from tools.catalogue import TOOLS

_GENEROUS = 10_000


@dataclass(slots=True)
class Outcome:
    """One scenario, played once. ``condition`` is ``text``, or voice and noise of an audio run."""

    scenario: Scenario
    condition: str
    findings: Findings
    steps: list[StepRecord] = field(default_factory=list[StepRecord])
    calls: list[Made] = field(default_factory=list[Made])
    changes: list[Change] = field(default_factory=list[Change])
    heard: list[Heard] = field(default_factory=list[Heard])
    fault: str | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything was as it has to be."""
        return self.fault is None and self.findings.passed

    @property
    def first_try(self) -> bool:
        """Whether it passed without anything said beside the script."""
        return self.passed and not any(each.extra for each in self.steps)


class Runner:
    """Plays scenarios with the engines of one run, its databases in ``folder``."""

    def __init__(self, engines: Engines, folder: Path) -> None:
        self._engines = engines
        self._worlds = Worlds(folder)

    def play(
        self, scenario: Scenario, microphone: Microphone | None = None, condition: str = "text"
    ) -> Outcome:
        """Play and check one scenario; a fault of the conversation is an outcome too."""
        began = time.perf_counter()
        # A network answers in real time only.
        virtual = not self._engines.settings.openai_enabled
        outcome = run(self._play(scenario, microphone, condition), virtual=virtual)
        outcome.seconds = time.perf_counter() - began
        return outcome

    async def _play(self, scenario: Scenario, microphone: Microphone | None, condition: str) -> Outcome:
        world = await self._worlds.open(scenario)
        try:
            return await self._converse(scenario, world, microphone, condition)
        finally:
            await world.close()

    async def _converse(
        self, scenario: Scenario, world: World, microphone: Microphone | None, condition: str
    ) -> Outcome:
        heard: list[Heard] = []
        assembled, tools = self._assemble(scenario, world, heard, spoken=microphone is not None)
        made = world.hands.made
        player = Player(assembled, world.clock, microphone, Caller(scenario, made), made)
        before = snapshot(world.path, ZONE)
        life = asyncio.create_task(assembled.conversation.run())
        await asyncio.sleep(0)
        fault = None
        try:
            await player.play(scenario.steps)
        except (RestlessError, TimeoutError) as error:
            fault = str(error) or "the assistant was never heard"
        except Exception:
            fault = traceback.format_exc(limit=-6)
        finally:
            assembled.conversation.end("the scenario is over")
            async with asyncio.timeout(120):
                await life
            await tools.settle(10)
        happened = differences(before, snapshot(world.path, ZONE))
        findings = _judge(scenario, player, world.hands.made, happened)
        return Outcome(
            scenario, condition, findings, player.records, world.hands.made, happened, heard, fault
        )

    def _assemble(
        self, scenario: Scenario, world: World, heard: list[Heard], *, spoken: bool
    ) -> tuple[Assembled, DurableCalls]:
        engines, settings = self._engines, self._engines.settings
        tools = DurableCalls(world.hands, Notebook(), TOOLS, calls_per_minute=_GENEROUS)
        second = engines.whisper if spoken and not settings.openai_enabled else None
        providers = Providers(
            recogniser=engines.recogniser(heard),
            voice=ToneVoice(),
            understanding=LocalUnderstanding(engines),
            tools=tools,
            catalogue=TOOLS,
            scorer=engines.scorer,
            model=engines.model(),
            second=SecondLook(second) if second is not None else None,
        )
        user_id, name = USERS[scenario.role]
        capabilities = capabilities_of(settings)
        changes = OptionChanges.model_validate(scenario.options).changes()
        options, _ = merge_options(capabilities.defaults, changes, capabilities)
        spec = SessionSpec(
            "eval",
            user_id,
            name,
            DEMO_BUSINESS_ID,
            "Blue Spruce Plumbing and Heating",
            str(ZONE),
            options,
            datetime.now(UTC),
        )
        assembled = assemble(spec, settings, providers, clock=world.clock.now)
        tools.on_late = assembled.late_result
        assembled.conversation.listener.hints = (*world.names, *EXPECTED_PHRASES)
        return assembled, tools


def _judge(scenario: Scenario, player: Player, made: list[Made], happened: list[Change]) -> Findings:
    missing, wrong = change_faults(scenario.changes, happened)
    replies = [
        f"step {number}: {fault}"
        for number, each in enumerate(player.records, 1)
        for fault in reply_faults(
            each.step, each.reply, " ".join(each.read_backs), limit=limit_of(scenario), parts=each.replies
        )
    ]
    if scenario.max_turns is not None and player.turns > scenario.max_turns:
        replies.append(f"{player.turns} turns where {scenario.max_turns} are allowed")
    replies += [f"error event {fault}" for each in player.records for fault in each.errors]
    calls = call_faults(scenario.calls, scenario.never, made)
    return Findings(tuple(calls), tuple(missing), tuple(wrong), tuple(replies))
