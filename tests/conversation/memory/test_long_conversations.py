"""Two hundred turns: nothing grows without end, what was done stays known, and "the second one" is still the second."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversation.events import TextIn
from conversation.history import MAX_TURNS
from conversation.memory.summary import LONGEST_SUMMARY
from conversation.understanding.local import InProcessUnderstanding
from conversation.understanding.ranker import IntentRanker
from media.engines.minilm import MiniLmEmbedder
from tests.support.agent import calls, text
from tests.support.call import calling
from tests.support.fake_engines import FakeTools
from tests.support.team import TeamTalk
from tests.support.virtual_time import virtual
from tools.envelope import ToolCall, ToolResult

TURNS = 200
MANY = 120
INVOICES = ["0b0e5b66-0000-4000-8000-00000000000a", "0b0e5b66-0000-4000-8000-00000000000b"]
CHATTER = ("what time is it", "thanks", "how are you", "what's the weather", "hello")


def books(call: ToolCall) -> ToolResult:
    """Tools that answer at some length."""
    if call.name == "get_pending_invoices":
        focus = {"invoice_list": ",".join(INVOICES)}
        return ToolResult(
            True, "Two invoices are open: Sarah Johnson 300 dollars and Bob Hill 40.", focus=focus
        )
    if call.name == "set_reminder":
        wanted = json.loads(call.arguments)["message"]
        return ToolResult(True, f"I'll remind you: {wanted}.", {"details": "x" * 500})
    return ToolResult(True, f"{call.name} done.", {"details": "y" * 500})


@pytest.fixture(scope="module")
def understanding() -> InProcessUnderstanding:
    return InProcessUnderstanding(IntentRanker(MiniLmEmbedder()))


async def test_the_second_one_is_known_when_its_list_is_long_gone(understanding: InProcessUnderstanding):
    talk = TeamTalk(understanding, agent_type="personal", tools=FakeTools(books))
    assert (await talk.say("which invoices are still open")).tools == ["get_pending_invoices"]
    for number in range(MAX_TURNS + 5):
        await talk.say(CHATTER[number % len(CHATTER)])
    assert "Sarah Johnson" not in json.dumps(talk.loop.history.input_items()), "the list has been folded away"
    said = await talk.restored().say("is the second one paid")
    assert said.calls == [("get_invoice_status", {"invoice": INVOICES[1]})]


async def test_two_hundred_turns_with_the_local_brain_stay_small(understanding: InProcessUnderstanding):
    talk = TeamTalk(understanding, tools=FakeTools(books))
    sizes: list[int] = []
    for number in range(TURNS):
        wish = (
            f"remind me to call customer {number} tomorrow at nine"
            if number % 4 == 0
            else CHATTER[number % 5]
        )
        await talk.say(wish)
        sizes.append(len(json.dumps([talk.loop.checkpoint(), talk.brain.state.to_json()])))
    assert len(talk.loop.history.turns) == MAX_TURNS
    assert len(talk.loop.history.summary) <= LONGEST_SUMMARY
    assert max(sizes[2 * MAX_TURNS :]) < 1.3 * max(sizes[: 2 * MAX_TURNS]), "it does not grow any more"
    assert "Done: I'll remind you: Call customer 156." in talk.loop.history.summary
    assert "Done: I'll remind you: Call customer 0." in talk.loop.history.summary, "deeds outlive questions"
    await talk.say("which invoices are still open")
    said = await talk.say("is the second one paid")
    assert said.calls == [("get_invoice_status", {"invoice": INVOICES[1]})]


@virtual
async def test_many_turns_with_a_language_model_stay_small():
    def turn(number: int) -> list[Any]:
        wanted = {"message": f"customer {number}", "reminder_time": "tomorrow"}
        return [calls((f"c{number}", "set_reminder", wanted)), text(f"That was customer {number}.")]

    steps = [step for number in range(MANY) for step in turn(number)]
    async with calling(*steps, tools=FakeTools(books), tool_calls_per_minute=100_000) as call:
        call.assembled.keeper = None  # the scripted model writes no notes; the plain ones take their place
        sizes: list[int] = []
        for number in range(MANY):
            call.send(TextIn(f"remind me of customer {number}"))
            await call.until("response_done", number + 1)
            seen = call.model.last_call
            assert seen is not None
            sizes.append(len(json.dumps(seen.input, default=str)))
        assert len(call.assembled.loop.history.turns) == MAX_TURNS
        assert max(sizes[2 * MAX_TURNS :]) < 1.3 * max(sizes[: 2 * MAX_TURNS])
        assert "Done: I'll remind you: customer 78." in call.assembled.loop.history.summary
        first, *_ = call.assembled.loop.history.input_items()
        assert first["role"] == "developer"
        assert len(call.tools.done) == MANY
