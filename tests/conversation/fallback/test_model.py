"""Whole conversations whose model fails: every turn is answered once, and nothing is done twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from config.settings import Settings
from conversation import events as wire
from conversation.assembly import Providers, assemble
from conversation.fallback.breaker import State
from conversation.fallback.circuits import Circuits, Part
from conversation.fallback.model import AGAIN, PLAIN_ONLY
from conversation.fallback.openai import guarded_openai
from conversation.openai_model import openai_client
from conversation.options import SessionOptions
from conversation.providers import RankedTool
from conversation.spec import SessionSpec
from conversation.usage import Meter
from tests.conversation.test_openai_conversation import Typing
from tests.openai_stand_in.brain import calls, says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.server import KEY, StandIn, standing_in
from tests.support.agent import asks_first
from tests.support.call import scorer
from tests.support.fake_engines import FakeRecogniser, FakeTools, FakeVoice
from tools.catalogue import TOOLS
from tools.envelope import ToolResult

DOWN = Fault("status", status=503)


class Reader:
    """Understands by words."""

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        said = text.lower()
        for word, tool in (
            ("remind", "set_reminder"),
            ("time", "get_current_time"),
            ("bill", "create_invoice"),
        ):
            if word in said:
                return (RankedTool(tool, 0.95), RankedTool(None, 0.05))
        return (RankedTool(None, 0.95),)


@dataclass
class Failing(Typing):
    """A conversation whose provider fails, with its circuits."""

    circuits: Circuits | None = None

    @property
    def names(self) -> list[str]:
        """The tools that were called."""
        return [each.name for each in self.tools.calls]


@contextlib.asynccontextmanager
async def typing(folder: Path, patience_s: float = 15.0, **options: Any) -> AsyncIterator[Failing]:
    async with standing_in(StandIn(hears=lambda _pcm: "")) as stand_in:
        settings = Settings(
            data_dir=folder,
            openai_api_key=SecretStr(KEY),
            openai_base_url=stand_in.base_url,
            openai_model="some-model",
            thinking_timeout_s=patience_s,
            thinking_gap_s=patience_s,
        )  # pyright: ignore[reportCallIssue]
        tools, circuits, voice = FakeTools(asks_first), Circuits(settings), FakeVoice(ms_per_letter=2)
        async with openai_client(settings) as client:
            guarded = guarded_openai(
                settings,
                client,
                circuits,
                recogniser=FakeRecogniser(),
                voice=voice,
                language="en",
                meter=Meter(),
            )
            providers = Providers(FakeRecogniser(), voice, Reader(), tools, TOOLS, scorer(), guarded.model)
            chosen = SessionOptions(voice="alloy", **options)
            spec = SessionSpec("s", "user", "Alex", "business", "Acme", "UTC", chosen, datetime.now(UTC))
            call = Failing(assemble(spec, settings, providers), stand_in, tools, circuits=circuits)
            task = asyncio.create_task(call.assembled.conversation.run())
            await asyncio.sleep(0)
            call.assembled.conversation.attach(call.client)
            call.assembled.conversation.receive(wire.Hello())
            try:
                yield call
            finally:
                call.assembled.conversation.end("test is over")
                await task


FAULTS = (Fault("cut", after=0), Fault("cut", after=2), Fault("malformed"), Fault("status", status=429), DOWN)


@pytest.mark.parametrize("fault", FAULTS)
async def test_one_failure_is_not_noticed(tmp_path: Path, fault: Fault) -> None:
    async with typing(tmp_path) as call:
        call.stand_in.faults.will("responses", fault)
        call.stand_in.brain.will(calls("get_current_time"), says("It is noon."))
        await call.say("What time is it?")
        assert call.heard == ["It is noon."]
        assert call.names == ["get_current_time"]
        assert not call.client.events("error")


@pytest.mark.parametrize("agent_type", ["personal", "orchestrated"])
@pytest.mark.parametrize("fault", [*FAULTS, Fault("slow", seconds=4.0)])
async def test_a_provider_that_goes_on_failing_is_replaced(
    tmp_path: Path, fault: Fault, agent_type: str
) -> None:
    patience_s = 2.0 if fault.kind == "slow" else 15.0
    async with typing(tmp_path, patience_s, agent_type=agent_type) as call:
        call.stand_in.faults.will("responses", fault, fault)
        await call.say("What time is it?")
        assert call.names == ["get_current_time"]
        assert call.heard == ["get_current_time done"]
        assert not call.client.events("error")
        call.stand_in.faults.forget()
        call.stand_in.brain.will(says("Back again."))
        await call.say("Hello?")
        assert call.heard[-1] == "Back again."


@pytest.mark.parametrize("agent_type", ["personal", "orchestrated"])
async def test_what_it_has_done_before_it_broke_is_told_and_not_done_again(
    tmp_path: Path, agent_type: str
) -> None:
    async with typing(tmp_path, agent_type=agent_type) as call:
        handed = [calls("transfer_to_job_specialist")] if agent_type == "orchestrated" else []
        reminder = calls("set_reminder", message="Call Bob", reminder_time="tomorrow at nine")
        faults = (Fault("status", status=503), Fault("status", status=503))

        def last(_request: Any) -> Any:
            call.stand_in.faults.will("responses", *faults)
            return [reminder]

        call.stand_in.brain.will(*handed, last)
        await call.say("Remind me to call Bob tomorrow at nine")
        assert call.names == ["set_reminder"]
        assert call.heard == ["set_reminder done"]
        assert len(call.assembled.loop.history.turns[0].items) == 2
        call.stand_in.faults.forget()
        call.stand_in.brain.will(says("Good morning."))
        await call.say("Hello?")
        asked = str(call.stand_in.brain.asked[-1]["input"])
        assert "set_reminder done" in asked, "the provider sees what was done"


async def test_a_write_that_is_left_is_asked_about(tmp_path: Path) -> None:
    async with typing(tmp_path) as call:
        reminder = calls("set_reminder", message="Call Bob", reminder_time="tomorrow at nine")

        def first(_request: Any) -> Any:
            call.stand_in.faults.will("responses", DOWN, DOWN)
            return [reminder]

        call.tools.answer = lambda _call: ToolResult(True, "The reminder is set.")
        call.stand_in.brain.will(first)
        await call.say("Remind me to call Bob tomorrow at nine and bill Sarah three hundred dollars")
        assert call.names == ["set_reminder"]
        assert call.heard == ["The reminder is set. Shall I also bill Sarah 300 dollars?"]


async def test_after_only_a_read_the_request_itself_is_done(tmp_path: Path) -> None:
    async with typing(tmp_path) as call:

        def looks(_request: Any) -> Any:
            call.stand_in.faults.will("responses", DOWN, DOWN)
            return [calls("search_contacts", query="Bob")]

        call.stand_in.brain.will(looks)
        await call.say("Remind me to call Bob tomorrow at nine")
        assert call.names == ["search_contacts", "set_reminder"]
        assert call.heard == ["set_reminder done"]


async def test_a_yes_is_carried_out_though_the_model_is_gone(tmp_path: Path) -> None:
    async with typing(tmp_path) as call:
        call.stand_in.brain.will(calls("create_invoice", contact="Sarah", amount=300))
        await call.say("Bill Sarah three hundred dollars")
        call.stand_in.faults.will("responses", *[DOWN] * 4)
        await call.say("yes")
        assert call.heard[1] == "create_invoice done"
        assert [each.confirmation_id for each in call.tools.calls] == [None, "confirm-0"]


@pytest.mark.parametrize("agent_type", ["personal", "orchestrated"])
async def test_a_question_of_the_local_brain_is_answered_to_the_provider(
    tmp_path: Path, agent_type: str
) -> None:
    async with typing(tmp_path, agent_type=agent_type) as call:
        call.stand_in.faults.will("responses", DOWN, DOWN)
        await call.say("Bill Sarah three hundred dollars")
        assert call.heard == ["Invoice to Sarah for 300 dollars. Shall I create it?"]
        call.stand_in.brain.will(says("The invoice is on its way."))
        await call.say("yes")
        assert call.heard[1] == "The invoice is on its way."
        assert [each.confirmation_id for each in call.tools.calls] == [None, "confirm-0"]


async def test_words_that_were_said_are_not_said_again(tmp_path: Path) -> None:
    async with typing(tmp_path) as call:
        answer = "Let me see what there is. You have nothing on today, as far as I can tell."
        seen = list[str]()

        def again(request: Any) -> Any:
            seen.append(str(request["input"][-2:]))
            return [says("You have nothing on today, as far as I can tell.")]

        call.stand_in.faults.will("responses", Fault("cut", after=7))
        call.stand_in.brain.will(lambda _request: _once(call, answer, again))
        await call.say("What is on today?")
        assert call.heard == [answer]
        assert "Let me see what there is." in seen[0]


def _once(call: Failing, answer: str, then: Any) -> Any:
    """Begin ``answer``; the next attempt is answered by ``then``."""
    call.stand_in.brain.steps[0] = then
    return [says(answer)]


async def test_the_local_brain_says_that_it_starts_again(tmp_path: Path) -> None:
    async with typing(tmp_path) as call:
        call.stand_in.faults.will("responses", Fault("cut", after=7), DOWN)
        call.stand_in.brain.will(says("Let me see. It will be noon in a moment or two."))
        await call.say("What time is it?")
        assert call.heard == [f"Let me see. {AGAIN} get_current_time done"]


async def test_the_user_is_told_once_and_only_when_it_matters(tmp_path: Path) -> None:
    async with typing(tmp_path) as call:
        call.stand_in.faults.will("responses", *[DOWN] * 9)
        await call.say("What time is it?")
        await call.say("Why is the sky blue?")
        await call.say("Why is the grass green?")
        assert PLAIN_ONLY not in call.heard[0]
        assert call.heard[1].startswith(PLAIN_ONLY)
        assert PLAIN_ONLY not in call.heard[2]
        assert call.circuits is not None
        assert call.circuits[Part.THINKING].state is State.OPEN
        asked = sum(call.stand_in.faults.happened.values())
        await call.say("What time is it?")
        assert sum(call.stand_in.faults.happened.values()) == asked, "an open circuit is not asked"
        assert call.heard[-1] == "get_current_time done"


@pytest.mark.parametrize(
    "nonsense",
    [says(""), calls("delete_everything")],
    ids=["empty", "unknown tool"],
)
async def test_nonsense_is_a_failure_too(tmp_path: Path, nonsense: Any) -> None:
    async with typing(tmp_path) as call:
        call.stand_in.brain.will(nonsense, says("It is noon."))
        await call.say("What time is it?")
        assert call.heard == ["It is noon."]
        assert call.names == []


async def test_a_paid_model_does_not_prepare_answers(tmp_path: Path) -> None:
    def speculates(**given: Any) -> bool:
        return Settings(data_dir=tmp_path, **given).speculates

    assert speculates()
    assert not speculates(openai_api_key=SecretStr(KEY))
    assert speculates(openai_api_key=SecretStr(KEY), speculate="on")
    assert not speculates(speculate="off")
