"""An answer that is prepared before the turn is over: in time when it is, without a trace when it is not."""

from __future__ import annotations

import pytest

from conversation.turn_machine import Completeness
from media.endpointing.fixed import FixedSilence
from tests.support.agent import calls, text
from tests.support.call import Call, calling, sample
from tests.support.fake_engines import FakeTools, silence
from tests.support.virtual_time import advance, virtual

REMINDER = ("w1", "set_reminder", {"title": "call Sarah", "when": "tomorrow"})
CLOCK = ("r1", "get_current_time", {})


def patient(call: Call) -> None:
    """Turns end after 2.6 s of silence (samples begin and end with some); every text may be a whole one."""

    async def unclear(_text: str) -> Completeness:
        return Completeness.UNCLEAR

    call.conversation.machine.strategy = FixedSilence(2.6)
    call.conversation.listener._judge = unclear


@virtual
async def test_the_answer_is_ready_when_the_turn_is_over():
    async with calling(calls(CLOCK), text("Noon."), tools=FakeTools(latency_s=0.3)) as call:
        patient(call)
        await call.say("slt_time", "what time is it", then_ms=700)
        assert [each.name for each in call.tools.done] == ["get_current_time"]
        assert [each for each in call.client.types() if each != "transcript"] == ["user_started_speaking"]
        assert call.client.audio() == b""
        await call.hush(2.6)
        done = await call.until("response_done")
        kinds = [each for each in call.client.types() if each not in {"transcript", "response_text"}]
        assert kinds[1:] == [
            "user_stopped_speaking",
            "thinking",
            "response_started",
            "tool_call",
            "tool_result",
            "response_done",
        ]
        assert call.client.audio_at[0] == pytest.approx(call.client.at("thinking"), abs=0.01)
        assert done["latency"]["speculated_ms"] > 500
        assert call.history() == [("what time is it", "Noon.")]
        seqs = call.client.seqs
        assert seqs == sorted(set(seqs))


@virtual
async def test_who_goes_on_finds_no_trace_of_it():
    async with calling(text("Too early."), text("Noon.")) as call:
        patient(call)
        loop = call.assembled.loop
        before = loop.checkpoint()["history"]
        await call.say("slt_time", "what time", then_ms=700)
        assert len(call.model.calls) == 1
        call.recogniser.texts = ["what time is it"]
        await call.speak(sample("slt_time"))
        assert loop.checkpoint()["history"] == before
        await call.hush(2.6)
        await call.until("response_done")
        assert call.history() == [("what time is it", "Noon.")]
        assert len(call.client.events("response_started")) == 1
        assert call.client.events("response_interrupted") == []
        assert "Too early." not in str(call.model.last_call)


@virtual
async def test_a_call_that_was_only_prepared_is_not_counted():
    again = ("r2", "get_current_time", {})
    async with calling(calls(CLOCK), text("Too early."), calls(again), text("Noon.")) as call:
        patient(call)
        await call.say("slt_time", "what time", then_ms=700)
        assert len(call.tools.calls) == 1
        assert call.assembled.tools_used == {}
        call.recogniser.texts = ["what time is it"]
        await call.speak(sample("slt_time"))
        await call.hush(2.6)
        await call.until("response_done")
        assert len(call.tools.calls) == 2
        assert len(call.client.events("tool_call")) == 1
        assert call.assembled.tools_used == {"get_current_time": 1}


@virtual
async def test_a_write_waits_for_the_end_of_the_turn():
    async with calling(calls(REMINDER), text("I will remind you.")) as call:
        patient(call)
        await call.say("slt_reminder", "remind me", then_ms=800)
        assert len(call.model.calls) == 1
        assert call.tools.calls == []
        await call.hush(2.6)
        await call.until("response_done")
        assert [each.name for each in call.tools.done] == ["set_reminder"]
        assert call.history() == [("remind me", "I will remind you.")]


@virtual
async def test_a_write_that_nobody_wanted_is_never_made():
    async with calling(calls(REMINDER), text("What about?")) as call:
        patient(call)
        await call.say("slt_reminder", "remind me", then_ms=800)
        call.recogniser.texts = ["remind me of nothing"]
        await call.speak(sample("slt_time") + silence(3200))
        await call.until("response_done")
        await advance(5)
        assert call.tools.calls == []
        assert call.history() == [("remind me of nothing", "What about?")]


@virtual
async def test_words_that_were_only_guessed_at_may_not_be_said():
    async with calling(text("Too early."), text("It is for Gonzalez, at 512 dollars.")) as call:
        patient(call)
        facts = call.assembled.guard.facts
        await call.say("slt_time", "what about Gonzalez and 512", then_ms=700)
        assert len(call.model.calls) == 1
        assert facts.has_word("Gonzalez")
        call.recogniser.texts = ["what about the invoice"]
        await call.speak(sample("slt_time"))
        assert not facts.has_word("Gonzalez")
        await call.hush(2.6)
        await call.until("response_done")
        assert facts.has_word("invoice")
        assert "Gonzalez" not in call.voice.said[-1]
        assert call.assembled.guard.counts == {"invented": 1}


@virtual
async def test_nothing_is_prepared_where_that_is_switched_off():
    async with calling(text("Noon."), speculate="off") as call:
        patient(call)
        await call.say("slt_time", "what time is it", then_ms=700)
        assert len(call.model.calls) == 0
        await call.hush(2.6)
        done = await call.until("response_done")
        assert call.history() == [("what time is it", "Noon.")]
        assert not done["latency"].get("speculated_ms")
