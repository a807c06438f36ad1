"""While work takes long: a filler in time, never before a reply that comes in time, and no write is lost."""

from __future__ import annotations

import pytest

from conversation.events import TextIn
from tests.support.agent import calls, text
from tests.support.call import calling
from tests.support.fake_engines import FakeTools
from tests.support.virtual_time import advance, until, virtual

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
