from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from agents.testing import function_call

from conversation.agent_loop import TextDelta
from tests.support.agent import Assistant, calls, text
from tests.support.fake_engines import FakeTools
from tests.support.virtual_time import settle, until, virtual
from tools.envelope import ToolCall, ToolError, ToolErrorType, ToolResult

PENDING = ("c1", "get_pending_invoices", dict[str, Any]())
REMINDER = ("w1", "set_reminder", {"title": "call Sarah", "when": "tomorrow"})
INVOICE = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300"})
YES = "Done, it is sent."


async def begin(assistant: Assistant, words: str) -> tuple[Any, asyncio.Task[Any]]:
    """A turn that runs until it has to wait; the iterator and the task that waits for its next event."""
    stream = assistant.loop.answer(words)
    task = asyncio.ensure_future(anext(stream))
    await settle(200)
    return stream, task


async def interrupt(stream: Any, task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await stream.aclose()
    await settle()


@virtual
async def test_text_comes_in_deltas_and_what_was_heard_is_kept():
    assistant = Assistant(text("Good morning. How can I help?"))
    deltas = [event async for event in assistant.loop.answer("good morning")]
    assert all(isinstance(event, TextDelta) for event in deltas)
    assert "".join(event.text for event in deltas if isinstance(event, TextDelta)) == (
        "Good morning. How can I help?"
    )
    assistant.loop.finish("Good morning.")
    assert assistant.loop.history.input_items() == [
        {"role": "user", "content": "good morning"},
        {"role": "assistant", "content": "Good morning."},
    ]


@virtual
async def test_a_call_carries_the_session_and_its_result_goes_to_the_model_and_the_history():
    assistant = Assistant(calls(PENDING), text("Nobody owes you."))
    said, _ = await assistant.answer("who owes me")
    assert said == "Nobody owes you."
    (call,) = assistant.tools.calls
    assert (call.turn, call.ordinal, call.epoch, call.focus) == (1, 0, 1, {"contact": "sarah"})
    assert call.caller.session_id == "session"
    (kept,) = assistant.items("function_call_output")
    assert kept["call_id"] == "c1"
    assert json.loads(kept["output"])["summary"] == "get_pending_invoices done"
    assert any(item.get("output") == kept["output"] for item in assistant.last_input())
    assert assistant.watch.finished == [("c1", True)]


@virtual
async def test_two_calls_of_one_turn_have_ordinals_and_every_turn_begins_anew():
    two = (("a", "get_pending_invoices", dict[str, Any]()), ("b", "get_current_time", dict[str, Any]()))
    assistant = Assistant(calls(*two), text("Well."), calls(PENDING), text("Again."))
    await assistant.answer("money and time")
    await assistant.answer("money")
    assert [(call.name, call.turn, call.ordinal) for call in assistant.tools.calls] == [
        ("get_pending_invoices", 1, 0),
        ("get_current_time", 1, 1),
        ("get_pending_invoices", 2, 0),
    ]
    assert len({call.key for call in assistant.tools.calls}) == 3


# --- confirmations -------------------------------------------------------------------------------------------


@virtual
async def test_a_yes_runs_the_same_call_with_the_confirmation():
    assistant = Assistant(calls(INVOICE), text(YES))
    _, (asked,) = await assistant.answer("invoice Sarah 300")
    assert asked.read_back == "Invoice to Sarah for 300 dollars. Shall I create it?"
    assert assistant.loop.pending_confirmation == asked.confirmation_id
    assert not assistant.loop.has_effects
    assert len(assistant.model.calls) == 1
    said, more = await assistant.answer("yes please")
    assert (said, more) == (YES, [])
    first, second = assistant.tools.calls
    assert second.confirmation_id == asked.confirmation_id
    assert second.key == first.key
    assert assistant.loop.has_effects
    assert assistant.loop.pending_confirmation is None
    assert assistant.loop.history.input_items() == [
        {"role": "user", "content": "invoice Sarah 300"},
        {"role": "assistant", "content": asked.read_back},
        {"role": "user", "content": "yes please"},
        {
            "type": "function_call",
            "call_id": "i1",
            "name": "create_invoice",
            "arguments": first.arguments,
        },
        {
            "type": "function_call_output",
            "call_id": "i1",
            "output": ToolResult(True, "create_invoice done").to_json(),
        },
        {"role": "assistant", "content": YES},
    ]


@virtual
async def test_a_no_does_nothing_and_the_model_hears_of_it():
    assistant = Assistant(calls(INVOICE), text("All right, I won't."))
    await assistant.answer("invoice Sarah 300")
    said, _ = await assistant.answer("no thanks")
    assert said == "All right, I won't."
    assert len(assistant.tools.calls) == 1
    (output,) = [item for item in assistant.last_input() if item.get("type") == "function_call_output"]
    assert not json.loads(output["output"])["ok"]
    assert len(assistant.items("function_call")) == len(assistant.items("function_call_output")) == 1
    assert assistant.loop.pending_confirmation is None
    assert not assistant.loop.has_effects


@virtual
async def test_anything_else_is_a_new_request_that_knows_of_the_unconfirmed_call():
    assistant = Assistant(calls(INVOICE), text("Four hundred then?"))
    await assistant.answer("invoice Sarah 300")
    said, _ = await assistant.answer("make it four hundred")
    assert said == "Four hundred then?"
    assert [item.get("role") or item["type"] for item in assistant.last_input()] == [
        "user",
        "function_call",
        "function_call_output",
        "assistant",
        "user",
    ]
    assert len(assistant.tools.calls) == 1
    assert assistant.loop.pending_confirmation is None


@virtual
async def test_a_yes_long_after_another_request_confirms_nothing():
    assistant = Assistant(calls(INVOICE), text("It is noon."), text("Yes to what?"))
    await assistant.answer("invoice Sarah 300")
    await assistant.answer("what time is it")
    await assistant.answer("yes")
    assert len(assistant.tools.calls) == 1


@virtual
async def test_two_questions_of_one_turn_are_asked_one_after_the_other():
    other = ("i2", "create_invoice", {"contact": "Bob", "amount": "400"})
    assistant = Assistant(calls(INVOICE, other), text("Both sent."))
    _, (first,) = await assistant.answer("invoice Sarah 300 and Bob 400")
    said, (second,) = await assistant.answer("yes")
    assert said == ""
    assert second.confirmation_id != first.confirmation_id
    said, _ = await assistant.answer("yes")
    assert said == "Both sent."
    asked = [call for call in assistant.tools.calls if call.confirmation_id is None]
    confirmed = [call for call in assistant.tools.calls if call.confirmation_id is not None]
    assert len(asked) == 2
    assert {call.key for call in confirmed} == {call.key for call in asked}
    assert len(assistant.items("function_call_output")) == 2


@virtual
async def test_two_questions_neither_answered_both_stand_in_the_history():
    other = ("i2", "create_invoice", {"contact": "Bob", "amount": "400"})
    assistant = Assistant(calls(INVOICE, other), text("Who is Tom?"))
    await assistant.answer("invoice Sarah 300 and Bob 400")
    await assistant.answer("call Tom instead")
    assert [item["call_id"] for item in assistant.items("function_call")] == ["i1", "i2"]
    assert len(assistant.items("function_call_output")) == 2


@virtual
async def test_a_tool_that_may_ask_and_does_not_is_simply_done():
    assistant = Assistant(calls(("j", "create_job", {"contact": "Sarah"})), text("Booked."))
    said, asked = await assistant.answer("book a job for Sarah")
    assert (said, asked) == ("Booked.", [])
    assert len(assistant.tools.calls) == 1


# --- interruptions -------------------------------------------------------------------------------------------


@virtual
async def test_an_interrupted_call_goes_on_and_its_result_is_there_for_the_next_turn():
    assistant = Assistant(calls(REMINDER), text("Nothing else."), tools=FakeTools(gate=asyncio.Event()))
    stream, task = await begin(assistant, "remind me to call Sarah")
    assert assistant.loop.has_effects, "a started write may have changed something"
    await interrupt(stream, task)
    assistant.loop.finish("")
    assert assistant.tools.done == []
    following = asyncio.create_task(assistant.answer("what else"))
    await settle(100)
    assert len(assistant.model.calls) == 1, "the model waits for the call"
    assert assistant.tools.gate is not None
    assistant.tools.gate.set()
    await following
    assert len(assistant.tools.done) == 1
    assert [item.get("role") or item["type"] for item in assistant.last_input()] == [
        "user",
        "function_call",
        "function_call_output",
        "user",
    ]


@virtual
async def test_a_call_that_never_returns_counts_as_unavailable():
    assistant = Assistant(calls(PENDING), text("That took too long."), tools=FakeTools(gate=asyncio.Event()))
    assistant.loop.tool_timeout_s = 3.0
    said, _ = await assistant.answer("who owes me")
    assert said == "That took too long."
    (output,) = assistant.items("function_call_output")
    assert json.loads(output["output"])["error"]["type"] == "unavailable"


@virtual
async def test_a_tool_that_breaks_is_unavailable_to_the_model_and_ends_nothing():
    def broken(_call: ToolCall) -> ToolResult:
        raise RuntimeError("boom")

    assistant = Assistant(calls(PENDING), text("I can't see that now."), tools=FakeTools(broken))
    said, _ = await assistant.answer("who owes me")
    assert said == "I can't see that now."
    (output,) = assistant.items("function_call_output")
    assert json.loads(output["output"])["error"]["type"] == "unavailable"
    assert "boom" not in output["output"]
    assert assistant.watch.finished == [("c1", False)]


@virtual
async def test_closing_the_stream_stops_the_model():
    assistant = Assistant(text("One. Two. Three."))
    stream = assistant.loop.answer("count")
    await anext(stream)
    await stream.aclose()
    assistant.loop.finish("One.")
    assert assistant.loop.history.turns[-1].assistant == "One."


@virtual
async def test_a_model_that_fails_raises_and_the_conversation_can_go_on():
    assistant = Assistant(RuntimeError("no model"), text("Hello again."))
    with pytest.raises(RuntimeError):
        await assistant.answer("hello")
    said, _ = await assistant.answer("hello?")
    assert said == "Hello again."


# --- taking a turn back --------------------------------------------------------------------------------------


@virtual
async def test_a_turn_that_only_looked_something_up_can_be_withdrawn():
    withdrawn: list[bool] = []
    assistant = Assistant(calls(PENDING), text("Nobody."))
    assistant.loop.on_withdraw = lambda: withdrawn.append(True)
    await assistant.answer("who owes me")
    assert assistant.loop.withdraw()
    assert assistant.loop.history.turns == ()
    assert withdrawn == [True]
    assert not assistant.loop.withdraw(), "once"


@virtual
async def test_a_turn_that_changed_something_cannot():
    assistant = Assistant(calls(REMINDER), text("I will remind you."))
    await assistant.answer("remind me to call Sarah")
    assert not assistant.loop.withdraw()
    assert len(assistant.loop.history.turns) == 1


@virtual
async def test_a_refused_change_can():
    refusal = ToolError(ToolErrorType.NOT_FOUND, "Who is Sarah?")
    tools = FakeTools(lambda _call: ToolResult(False, "Who is Sarah?", error=refusal))
    assistant = Assistant(calls(REMINDER), text("Who is Sarah?"), tools=tools)
    await assistant.answer("remind me to call Sarah")
    assert assistant.loop.withdraw()


@virtual
async def test_a_withdrawn_question_is_asked_no_more():
    assistant = Assistant(calls(INVOICE), calls(INVOICE))
    await assistant.answer("hello there", heard="")
    assert assistant.loop.withdraw()
    assert assistant.loop.pending_confirmation is None
    await assistant.answer("invoice Sarah 300 for the roof")
    assert [turn.user for turn in assistant.loop.history.turns] == ["invoice Sarah 300 for the roof"]
    assert assistant.items("function_call") == []
    assert assistant.loop.pending_confirmation is not None


@virtual
async def test_a_withdrawn_answer_leaves_the_question_open():
    assistant = Assistant(calls(INVOICE), text("All right."), text("Four hundred."), text("Sent."))
    await assistant.answer("invoice Sarah 300")
    await assistant.answer("no", heard="")
    assert assistant.loop.withdraw()
    assert assistant.loop.pending_confirmation == "confirm-0"
    assert assistant.items("function_call") == []
    said, _ = await assistant.answer("no make it four hundred")
    assert said == "Four hundred."
    assert len(assistant.items("function_call")) == 1


@virtual
async def test_a_withdrawn_no_can_become_a_yes():
    assistant = Assistant(calls(INVOICE), text("All right."), text("Sent."))
    await assistant.answer("invoice Sarah 300")
    await assistant.answer("no", heard="")
    assert assistant.loop.withdraw()
    said, _ = await assistant.answer("yes")
    assert said == "Sent."
    assert assistant.tools.calls[-1].confirmation_id == "confirm-0"


@virtual
async def test_the_model_is_not_told_to_forget_what_it_never_saw():
    forgotten: list[bool] = []
    assistant = Assistant(calls(REMINDER), text("Well."), tools=FakeTools(gate=asyncio.Event()))
    assistant.loop.on_withdraw = lambda: forgotten.append(True)
    stream, task = await begin(assistant, "remind me")
    await interrupt(stream, task)
    assistant.loop.finish("")
    stream, task = await begin(assistant, "and also")  # waits for the reminder
    assert not assistant.loop.has_effects
    assert assistant.loop.withdraw()
    assert [turn.user for turn in assistant.loop.history.turns] == ["remind me"]
    assert forgotten == []
    await interrupt(stream, task)
    assert assistant.tools.gate is not None
    assistant.tools.gate.set()
    await assistant.loop.settle()
    assert [item["call_id"] for item in assistant.items("function_call_output")] == ["w1"]


@virtual
async def test_settle_waits_for_started_calls():
    assistant = Assistant(calls(REMINDER), tools=FakeTools(latency_s=2.0))
    stream, task = await begin(assistant, "remind me")
    await interrupt(stream, task)
    settling = asyncio.create_task(assistant.loop.settle())
    await until(settling.done, within=5)
    assert len(assistant.tools.done) == 1


@pytest.mark.parametrize("arguments", ["", "not json", "[1]"])
@pytest.mark.parametrize(("tool", "tried"), [("get_pending_invoices", 1), ("create_job", 0)])
@virtual
async def test_arguments_that_cannot_be_read_are_the_models_problem(arguments: str, tool: str, tried: int):
    assistant = Assistant([function_call(tool, arguments, call_id="x")], text("Once more, please."))
    said, asked = await assistant.answer("do it")
    assert (said, asked) == ("Once more, please.", [])
    assert len(assistant.tools.calls) == tried, "the executor validates what the SDK does not look at"
