"""Lines to the Realtime API that break, expire, talk nonsense or flood: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from conversation.fallback.breaker import State
from conversation.realtime.line import Line as OurLine
from tests.openai_stand_in.brain import calls, says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.line import Line
from tests.support.agent import asks_first
from tests.support.fake_engines import FakeTools
from tests.support.polling import eventually
from tests.support.speaking import Speaking, speaking


async def over(call: Speaking, answers: int) -> None:
    """So many answers have been given."""
    await eventually(lambda: len(call.client.events("response_done")) >= answers, "an answer", 20.0)


async def test_a_line_that_breaks_within_an_answer_is_made_again_and_the_answer_goes_on(
    tmp_path: Path,
) -> None:
    async with speaking(tmp_path, hold_after=15, ms_per_letter=50) as call:
        call.stand_in.brain.will(says("I can do a lot for you, as you know."))
        await call.say("what can you do")
        await eventually(lambda: len(call.client.audio()) > 32_000, "a second of audio")
        call.stand_in.hold_after = None
        call.stand_in.brain.steps.clear()
        call.stand_in.brain.will(says("That is all."))
        await call.stand_in.opened[0].cut()
        await over(call, 1)
        assert call.stand_in.lines == 2
        asked = call.stand_in.brain.asked[1]["input"]
        assert [item["role"] for item in asked] == ["user", "assistant", "system"]
        assert "do not repeat" in str(asked[2])
        (turn,) = call.turns
        assert turn[1].startswith("I can do a lot")
        assert turn[1].endswith(" That is all.")
        assert "as you know" not in turn[1], "nobody has said that"


async def test_a_write_whose_line_breaks_is_made_once(tmp_path: Path) -> None:
    tools = FakeTools(asks_first, gate=asyncio.Event())
    async with speaking(tmp_path, tools=tools) as call:
        reminder = calls("set_reminder", text="call Sarah", when="tomorrow")
        call.stand_in.brain.will(reminder)
        await call.say("remind me to call sarah tomorrow")
        await eventually(lambda: tools.calls, "the write began")
        # A model that has not understood and asks for the same again.
        call.stand_in.brain.will(calls("set_reminder", when="tomorrow", text="call Sarah"), says("Done."))
        await call.stand_in.opened[0].cut()
        await call.hush(0.2)
        assert tools.gate is not None
        tools.gate.set()
        await over(call, 1)
        assert len(tools.calls) == 1
        assert call.stand_in.lines == 2
        assert "set_reminder done" in str(call.stand_in.brain.asked[1]["input"])
        assert call.turns == [("remind me to call sarah tomorrow", "Done.")]


async def test_a_yes_to_a_question_of_a_line_that_is_gone_is_carried_out_once(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(
            calls("create_invoice", contact="Sarah", amount=300), says("It is on its way.")
        )
        await call.ask("bill sarah three hundred dollars")
        await call.stand_in.opened[0].cut()
        await call.ask("yes")
        assert [each.confirmation_id for each in call.tools.calls] == [None, "confirm-0"]
        assert "create_invoice done" in str(call.stand_in.brain.asked[1]["input"])
        assert call.turns[1] == ("yes", "It is on its way.")


async def ends(line: Line, how: str) -> None:
    await {"cut": line.cut, "expired": line.expire, "nonsense": line.say_nonsense}[how]()


@pytest.mark.parametrize("how", ["cut", "expired", "nonsense"])
async def test_a_line_that_ends_between_two_turns_is_made_again_with_the_history(
    tmp_path: Path, how: str
) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(calls("get_current_time"), says("It is noon."), says("Gladly."))
        await call.ask("what time is it")
        await ends(call.stand_in.opened[0], how)
        await call.ask("thank you very much")
        assert call.stand_in.lines == 2
        told = call.stand_in.brain.asked[2]["input"]
        kinds = [item.get("role") or item["type"] for item in told]
        assert kinds == ["user", "function_call", "function_call_output", "assistant", "user"]
        assert told[0]["content"][0] == {"type": "input_text", "text": "what time is it"}
        assert told[4]["content"][0]["type"] == "input_audio", "the new utterance is heard, not read"
        assert call.turns[1] == ("thank you very much", "Gladly.")


async def test_a_line_is_replaced_before_its_provider_ends_it(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        await call.ask("what time is it")
        call.loop.lines.renew_s = 0.5
        await call.ask("thank you very much")
        assert call.stand_in.lines >= 2
        assert not call.client.events("error")
        assert [user for user, _ in call.turns] == ["what time is it", "thank you very much"]


async def test_a_provider_that_answers_nothing_costs_no_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversation.realtime.loop.SILENT_S", 0.5)
    async with speaking(tmp_path) as call:
        call.stand_in.hold_after = 0
        call.stand_in.brain.will(says("Nobody hears this."))
        await call.ask("what time is it")
        assert call.stand_in.lines == 2
        assert call.turns[0][1], "answered by the other models"
        assert call.voice.said, "in their voice"


async def test_without_the_api_the_other_models_answer(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.faults.will("realtime", *[Fault("status")] * 9)
        call.stand_in.brain.will(says("It is noon."))
        await call.ask("what time is it")
        assert call.turns == [("what time is it", "It is noon.")]
        assert call.voice.said == ["It is noon."]
        call.stand_in.faults.forget()
        call.loop.circuit.close()  # somebody has found that it answers again
        call.voice.said.clear()
        await call.ask("thank you very much")
        assert call.stand_in.lines == 1
        assert not call.voice.said, "speech to speech again"


async def test_an_error_event_ends_nothing(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        await call.ask("what time is it")
        await call.stand_in.opened[0].refuse("something else", {})
        await call.ask("thank you very much")
        assert call.stand_in.lines == 1
        assert len(call.turns) == 2


async def test_a_flood_of_audio_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversation.spoken.MOST_WAITING_S", 5.0)
    seconds = 40
    async with speaking(tmp_path) as call:
        call.stand_in.sounds.says = lambda _text: bytes(int(seconds * 48_000))
        call.stand_in.brain.will(says("All of it."))
        await call.say("tell me everything")
        await eventually(lambda: any(item.is_cut for item in call.loop.said_items), "enough is enough")
        item = call.loop.said_items[0]
        assert item.received_ms < 20_000
        call.stand_in.sounds.says = lambda _text: bytes(4800)
        await call.say("no stop it tell me about tomorrow please", then_ms=1200)
        await eventually(lambda: len(call.turns) == 2 and call.turns[1][1], "the next answer")
        assert call.stand_in.lines == 1


async def test_the_queue_of_the_sdk_is_kept_empty(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(says("I can do a lot for you, as you know."))
        await call.ask("what can you do")
        line = await call.loop.lines.ready()
        assert isinstance(line, OurLine)
        assert line.queued == 0


async def test_a_provider_that_keeps_failing_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.faults.will("realtime", *[Fault("status")] * 99)
        for words in ("what time is it", "thank you very much", "and tomorrow then", "all right then"):
            await call.ask(words)
        circuit = call.loop.circuit
        assert circuit.state is State.OPEN
        assert [user for user, _ in call.turns][-1] == "all right then"
        assert not call.client.events("error")


async def test_a_question_about_money_survives_the_session_that_asked(tmp_path: Path) -> None:
    async with speaking(tmp_path) as call:
        call.stand_in.brain.will(calls("create_invoice", contact="Sarah", amount=300))
        await call.ask("bill sarah three hundred dollars")
        saved = json.loads(json.dumps(call.loop.checkpoint()))
    async with speaking(tmp_path) as again:
        again.loop.restore(saved)
        again.stand_in.brain.will(says("It is on its way."))
        await again.ask("yes")
        assert [each.confirmation_id for each in again.tools.calls] == ["confirm-0"]
        assert "create_invoice done" in str(again.stand_in.brain.asked[0]["input"])
        assert again.turns[1] == ("yes", "It is on its way.")
