"""While work takes long: a filler in time, never before a reply that comes in time, and no write is lost."""

from __future__ import annotations

import pytest

from conversation.events import TextIn
from tests.support.agent import calls, text
from tests.support.call import calling, sample
from tests.support.fake_engines import FakeTools
from tests.support.virtual_time import advance, until, virtual
from tools.envelope import ToolError, ToolErrorType, ToolResult

REMINDER = ("w1", "set_reminder", {"title": "call Sarah", "when": "tomorrow"})
CLOCK = ("r1", "get_current_time", {})


@virtual
async def test_a_long_look_up_has_a_filler_that_is_no_part_of_the_answer():
    async with calling(calls(CLOCK), text("Noon."), tools=FakeTools(latency_s=3.0)) as call:
        call.send(TextIn("what time is it"))
        thinking = await call.until("thinking")
        assert thinking == {}
        began = call.client.at("thinking")
        await until(lambda: call.client.audio_at)
        assert call.client.audio_at[0] - began == pytest.approx(0.75, abs=0.03)
        await call.until("response_done")
        filler, answer = call.voice.said
        assert answer == "Noon."
        assert call.history() == [("what time is it", "Noon.")]
        assert [each["text"] for each in call.client.events("response_text")] == ["Noon.", "Noon."]
        assert filler not in str(call.assembled.loop.checkpoint())


@virtual
async def test_a_reply_that_comes_in_time_has_none():
    async with calling(calls(CLOCK), text("Noon."), tools=FakeTools(latency_s=0.6)) as call:
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        assert call.voice.said == ["Noon."]


@virtual
async def test_a_reply_that_comes_while_the_filler_is_made_takes_its_place():
    async with calling(calls(CLOCK), text("Noon."), tools=FakeTools(latency_s=0.72)) as call:
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        assert call.client.audio() == call.client.audio(call.client.events("response_started")[0]["item_id"])
        assert len(call.client.audio()) == len("Noon.") * 50 * 32


@virtual
async def test_a_write_that_the_user_spoke_over_is_told_later():
    async with calling(calls(REMINDER), text("Noon."), tools=FakeTools(latency_s=6.0)) as call:
        call.send(TextIn("remind me"))
        await call.until("tool_call")
        call.send(TextIn("what time is it"))
        await call.until("response_done", within=5)
        assert call.voice.said[-1] == "Noon.", "the next turn does not wait for it"
        await call.until("notification")
        await until(lambda: call.voice.said[-1] == "About what you asked for before: set_reminder done")
        assert len(call.tools.done) == 1
        await advance(10)
        first, second = call.assembled.loop.history.turns
        assert (second.user, second.assistant) == ("what time is it", "Noon.")
        assert first.user == "remind me"


@virtual
async def test_the_client_sees_how_long_a_tool_takes():
    async with calling(calls(CLOCK), text("Noon."), tools=FakeTools(latency_s=5.0)) as call:
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        started = call.client.events("tool_call")[0]["call_id"]
        progress = call.client.events("tool_progress")
        assert [each["elapsed_ms"] for each in progress] == pytest.approx([700, 2700, 4700], abs=20)
        assert {(each["call_id"], each["name"]) for each in progress} == {(started, "get_current_time")}
        (result,) = call.client.events("tool_result")
        assert (result["call_id"], result["ok"]) == (started, True)
        assert result["elapsed_ms"] == pytest.approx(5000, abs=20)
        await advance(5)
        assert len(call.client.events("tool_progress")) == 3, "what is over is not reported on"


@virtual
async def test_a_quick_tool_makes_no_progress():
    async with calling(calls(CLOCK), text("Noon."), tools=FakeTools(latency_s=0.6)) as call:
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        assert call.client.events("tool_progress") == []


@virtual
async def test_speech_during_a_write_is_answered_and_the_write_told_after_it():
    async with calling(calls(REMINDER), text("Noon."), tools=FakeTools(latency_s=12.0)) as call:
        call.send(TextIn("remind me"))
        await call.until("tool_call")
        await call.say("slt_time", "what time is it")
        await call.until("response_done", within=5)
        assert call.voice.said[-1] == "Noon."
        assert call.tools.done == [], "it still runs"
        told = await call.until("notification")
        assert told["text"] == "set_reminder done"
        await until(lambda: call.voice.said[-1] == "About what you asked for before: set_reminder done")
        assert len(call.tools.calls) == len(call.tools.done) == 1
        assert call.history()[-1] == ("what time is it", "Noon.")


@virtual
async def test_who_goes_on_speaking_over_a_write_finds_it_done():
    async with calling(calls(REMINDER), text("Done."), text("Noon."), tools=FakeTools(latency_s=3.0)) as call:
        await call.say("slt_reminder", "remind me to call Sarah", then_ms=1100)
        await until(lambda: call.tools.calls)
        call.recogniser.texts = ["what time is it"]
        await call.speak(sample("slt_time"))  # within the time in which it could be the same turn
        await call.hush(6)
        assert len(call.tools.calls) == len(call.tools.done) == 1
        results = call.client.events("tool_result")
        assert [each["ok"] for each in results] == [True]
        assert "set_reminder done" in str(call.model.last_call), "the next turn knows of it"


@virtual
async def test_a_late_outcome_belongs_to_its_call():
    unknown = ToolResult(
        False, "I'm on it.", error=ToolError(ToolErrorType.UNAVAILABLE, "I'm on it.", unsettled=True)
    )
    async with calling(calls(REMINDER), text("I'm on it."), tools=FakeTools(lambda _call: unknown)) as call:
        call.send(TextIn("remind me"))
        await call.until("response_done")
        call.assembled.late_result(call.tools.calls[0], ToolResult(True, "Reminder set."))
        first, late = call.client.events("tool_result")
        assert first["error"] == "unavailable"
        assert late == {
            "call_id": first["call_id"], "name": "set_reminder", "ok": True, "summary": "Reminder set.", "late": True,
        }  # fmt: skip
