"""Spoken turns over the Realtime API: the real packages, the stand-in behind them, in real time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conversation import events as wire
from tests.openai_stand_in.brain import calls, says
from tests.support.agent import asks_first
from tests.support.fake_engines import FakeTools
from tests.support.polling import eventually
from tests.support.speaking import speaking


async def test_two_spoken_turns_with_a_tool_call(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(calls("get_current_time"), says("It is noon."), says("You are welcome."))
        await call.ask("what time is it")
        await call.ask("thank you very much")
        assert call.turns == [
            ("what time is it", "It is noon."),
            ("thank you very much", "You are welcome."),
        ]
        assert [each.name for each in call.tools.calls] == ["get_current_time"]
        assert call.stand_in.lines == 1
        assert not call.voice.said, "the model speaks itself"
        seen = str(call.stand_in.brain.asked[1]["input"])
        assert "get_current_time done" in seen
        assert "input_audio" in seen, "the model has heard it itself"
        used = {row.model: row.amounts for row in call.meter.rows}
        assert (used["gpt-realtime"].requests, used["gpt-realtime"].output_tokens) == (3, 15)
        assert used["gpt-4o-mini-transcribe"].requests == 2
        assert used["gpt-4o-mini-transcribe"].heard_ms > 1000
        assert not call.client.events("error")


async def test_an_interruption_is_truncated_at_what_was_heard(tmp_path: Path) -> None:
    long = (
        "I can do a lot for you. You can ask me about your jobs. You can ask me about what is owed as well."
    )
    async with speaking(tmp_path, ms_per_letter=50) as call:
        call.stand_in.brain.will(says(long), says("Sure."))
        await call.say("what is on today")
        await call.until("response_started")
        await call.hush(1.0)
        await call.say("no stop it tell me about tomorrow please", then_ms=1200)
        await call.until("response_done")
        heard = call.client.events("response_interrupted")[0]
        assert 0 < heard["heard_ms"] < 4000
        assert long.startswith(heard["heard_text"])
        assert heard["heard_text"] not in {"", long}
        assert call.turns[0][1] == heard["heard_text"]
        truncated = [each["audio_end_ms"] for each in call.stand_in.told("conversation.item.truncate")]
        assert truncated == [pytest.approx(heard["heard_ms"], abs=1)]
        assert call.turns[1] == ("no stop it tell me about tomorrow please", "Sure.")


async def test_money_is_read_back_and_waits_for_a_spoken_yes(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(
            calls("create_invoice", contact="Sarah", amount=300), says("It is on its way.")
        )
        await call.ask("bill sarah three hundred dollars")
        question = "Invoice to Sarah for 300 dollars. Shall I create it?"
        assert call.turns[0][1] == question
        assert " ".join(call.voice.said) == question, "word by word, by the voice"
        await call.ask("yes")
        assert call.turns[1] == ("yes", "It is on its way.")
        assert [each.confirmation_id for each in call.tools.calls] == [None, "confirm-0"]
        assert "create_invoice done" in str(call.stand_in.brain.asked[1]["input"])
        assert question in str(call.stand_in.brain.asked[1]["input"])


@pytest.mark.parametrize("answer", ["no", "what time is it"])
async def test_money_without_a_yes_is_not_spent(tmp_path: Path, answer: str) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(calls("create_invoice", contact="Sarah", amount=300), says("All right."))
        await call.ask("bill sarah three hundred dollars")
        await call.ask(answer)
        assert call.turns[1] == (answer, "All right.")
        assert [each.confirmation_id for each in call.tools.calls] == [None]
        assert "did not confirm" in str(call.stand_in.brain.asked[1]["input"])
        await eventually(lambda: call.tools.rejected == ["confirm-0"], "the executor knows")


async def test_a_write_that_is_spoken_over_is_done_once_and_its_answer_is_not_said(tmp_path: Path) -> None:
    tools = FakeTools(asks_first, gate=asyncio.Event())
    async with speaking(tmp_path, tools=tools) as call:
        call.stand_in.brain.will(calls("set_reminder", text="call Sarah", when="tomorrow"))
        call.stand_in.brain.will(says("It is noon."))
        await call.say("remind me to call sarah tomorrow")
        await eventually(lambda: tools.calls, "the write began")
        await call.hush(1.0)
        spoken = asyncio.create_task(call.say("what time is it now"))
        await call.until("response_interrupted")
        assert tools.gate is not None
        tools.gate.set()
        await spoken
        await eventually(lambda: "It is noon." in str(call.turns), "an answer to the second")
        await eventually(lambda: call.assembled.answerer.current is None, "silence")
        assert len(tools.done) == 1
        assert "set_reminder done" in str(call.stand_in.brain.asked[1]["input"])
        assert len(call.stand_in.brain.asked) == 2, "nothing was asked for by itself"


async def test_what_must_not_be_said_is_cut_off_and_honestly_replaced(tmp_path: Path) -> None:
    async with speaking(tmp_path, ms_per_letter=60) as call:
        call.stand_in.brain.will(says("I can look that up. Wilhelmina owes you ninety thousand dollars."))
        await call.ask("who owes me money")
        ((_, heard),) = call.turns
        assert heard == "I can look that up. I couldn't find that in your records, so I won't say it."
        assert call.voice.said == ["I couldn't find that in your records, so I won't say it."]
        assert call.assembled.guard.counts["invented"] == 1
        await call.ask("thank you very much")
        told = str(call.stand_in.brain.asked[1]["input"])
        assert "Wilhelmina" not in told
        assert "I won't say it" in told


async def test_a_user_who_goes_on_is_answered_once_and_as_a_whole(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.hold_after = 0
        call.stand_in.brain.will(says("The first half."))
        await call.say("what time", then_ms=600)
        await eventually(lambda: call.stand_in.brain.asked, "the first half is being answered")
        call.stand_in.hold_after = None
        call.stand_in.brain.steps.clear()
        call.stand_in.brain.will(says("Both halves."))
        await call.ask("what time is it")
        assert call.turns[-1] == ("what time is it", "Both halves.")
        assert [user for user, _ in call.turns] == ["what time is it"]
        assert [item["role"] for item in call.stand_in.brain.asked[-1]["input"]] == ["user"]


async def test_a_written_answer_is_left_to_the_other_models(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.assembled.answerer.aloud = False
        call.stand_in.brain.will(says("Written."))
        call.assembled.conversation.receive(wire.TextIn("write to me"))
        await call.until("response_done")
        assert call.turns == [("write to me", "Written.")]
        assert call.stand_in.lines == 0
        assert not call.client.audio()
        call.assembled.answerer.aloud = True
        await call.ask("thank you very much")
        told = [item["content"][0].get("text") for item in call.stand_in.brain.asked[1]["input"]]
        assert told[:2] == ["write to me", "Written."]


async def test_what_is_typed_is_answered_aloud(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(says("Hello to you."))
        call.assembled.conversation.receive(wire.TextIn("hello"))
        await call.until("response_done")
        assert call.turns == [("hello", "Hello to you.")]
        assert call.stand_in.lines == 1
        assert call.client.audio()


async def test_specialists_hand_over_while_speaking(tmp_path: Path) -> None:
    async with speaking(tmp_path, agent_type="orchestrated") as call:
        call.stand_in.brain.will(
            calls("transfer_to_job_specialist"), calls("get_today_jobs"), says("Nothing today.")
        )
        await call.ask("what is on today")
        assert call.client.events("handoff") == [{"from": "orchestrator", "to": "job_specialist"}]
        assert [each.name for each in call.tools.calls] == ["get_today_jobs"]
        assert call.turns == [("what is on today", "Nothing today.")]
        assert call.stand_in.lines == 1


async def test_options_reach_the_provider(tmp_path: Path) -> None:
    async with speaking(tmp_path, instructions="Call me captain.", voice_speed="fast") as call:
        await call.ask("what time is it")
        session = call.stand_in.told("session.update")[-1]["session"]
        assert session["audio"]["output"]["voice"] == "alloy"
        assert session["audio"]["output"]["speed"] > 1.0
        assert session["audio"]["input"]["transcription"]["language"] == "en"
        assert session["audio"]["input"]["turn_detection"] is None
        assert "Call me captain." in session["instructions"]
        call.assembled.configure({"voice": "coral"})
        await call.ask("thank you very much")
        assert call.stand_in.lines == 2, "a voice cannot change within a session of the provider's"
        assert call.stand_in.told("session.update")[-1]["session"]["audio"]["output"]["voice"] == "coral"
        assert len(call.turns) == 2
