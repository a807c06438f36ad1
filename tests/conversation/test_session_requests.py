"""The whole conversation under virtual time: confirmations, options, and what happens when a part fails."""

from __future__ import annotations

from conversation.events import (
    ConfigIn,
    ConfirmIn,
    PingIn,
    TextIn,
)
from conversation.providers import EngineUnavailable
from tests.support.agent import calls, text
from tests.support.call import calling
from tests.support.fake_engines import FakeTools
from tests.support.virtual_time import advance, settle, virtual

LONG = "One is here. Two is there. Three is nowhere. Four is all over the place today."
INVOICE = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300"})
REMINDER = ("w1", "set_reminder", {"title": "call Sarah", "when": "tomorrow"})


# --- confirmations -------------------------------------------------------------------------------------------


@virtual
async def test_a_confirmation_by_voice():
    async with calling(calls(INVOICE), text("Sent.")) as call:
        await call.say("slt_bill_customer", "bill Sarah 300")
        asked = await call.until("confirmation_request")
        assert asked["read_back"] == "Invoice to Sarah for 300 dollars. Shall I create it?"
        await call.until("response_done")
        assert call.history() == [("bill Sarah 300", asked["read_back"])]

        await call.say("slt_yes", "yes")
        await call.until("response_done", 2)
        assert [each.confirmation_id for each in call.tools.calls] == [None, asked["confirmation_id"]]
        assert call.history()[-1] == ("yes", "Sent.")


@virtual
async def test_a_confirmation_by_touch():
    async with calling(calls(INVOICE), text("Sent.")) as call:
        call.send(TextIn("bill Sarah 300"))
        asked = await call.until("confirmation_request")
        call.send(ConfirmIn("another", True))
        assert (await call.until("error"))["code"] == "unknown_confirmation"
        call.send(ConfirmIn(asked["confirmation_id"], True))
        await call.until("response_done")
        assert len(call.tools.calls) == 2
        call.send(ConfirmIn(asked["confirmation_id"], True))
        await advance(1)
        assert len(call.tools.calls) == 2, "once"
        assert len(call.client.events("error")) == 2


# --- options and faults --------------------------------------------------------------------------------------


@virtual
async def test_options_change_or_are_refused():
    async with calling() as call:
        call.send(ConfigIn({"is_driving": True, "voice_speed": "fast"}))
        call.send(ConfigIn({"voice": "nobody"}))
        call.send(ConfigIn({"voice_speed": 7}))
        call.send(ConfigIn({"colour": "red"}))
        await settle()
        (updated,) = call.client.events("config_updated")
        assert updated["options"] == {"is_driving": True, "voice_speed": "fast"}
        errors = call.client.events("error")
        assert len(errors) == 3
        assert errors[0]["details"]["option"] == "voice"
        assert all(each["code"] == "invalid_option" and not each["fatal"] for each in errors)
        assert call.assembled.options.is_driving


@virtual
async def test_ping():
    async with calling() as call:
        call.send(PingIn())
        assert call.client.types() == ["pong"]


@virtual
async def test_a_recogniser_that_is_gone_is_told_and_the_next_turn_works():
    async with calling(text("Noon.")) as call:
        await call.say("slt_time", EngineUnavailable("all busy"))
        assert (await call.until("error"))["code"] == "recogniser_unavailable"

        await call.say("slt_time", "what time is it")
        await call.until("response_done")


@virtual
async def test_a_recogniser_that_breaks_does_not_leave_the_conversation_hearing():
    async with calling(text("Noon.")) as call:
        await call.say("slt_time", RuntimeError("boom"))
        assert (await call.until("error"))["code"] == "internal"
        assert "user_stopped_speaking" in call.client.types()

        await call.say("slt_time", "what time is it")
        await call.until("response_done")


@virtual
async def test_without_a_voice_the_answer_is_text():
    async with calling(text("Noon.")) as call:
        call.voice.fails_at = 0
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        assert [each["code"] for each in call.client.events("error")] == ["voice_unavailable"]
        assert call.client.events("response_text")[-1] == {
            "item_id": call.client.events("response_started")[0]["item_id"],
            "text": "Noon.",
            "spoken": "full",
        }


@virtual
async def test_a_model_that_fails_is_apologised_for():
    async with calling(EngineUnavailable("no understanding"), text("Noon.")) as call:
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        assert [each["code"] for each in call.client.events("error")] == ["engine_unavailable"]
        assert "Sorry" in call.voice.said[0]
        call.send(TextIn("what time is it"))
        await call.until("response_done", 2)
        assert call.voice.said[-1] == "Noon."


@virtual
async def test_what_is_said_while_an_interrupted_tool_call_runs_is_kept():
    async with calling(calls(REMINDER), text("Noon."), tools=FakeTools(latency_s=5.0)) as call:
        call.send(TextIn("remind me"))
        await call.until("tool_call")
        call.send(TextIn("what time is it"))
        await advance(1)
        call.send(TextIn("never mind"))
        await call.until("response_done")
        assert [user for user, _ in call.history()] == ["remind me", "what time is it", "never mind"]
        await call.until("tool_result")
        outputs = [item for item in call.assembled.loop.history.input_items() if "output" in item]
        assert len(outputs) == 1
