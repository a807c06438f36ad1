"""A conversation goes on in another process: history, speaker and the question that waits for a yes."""

from __future__ import annotations

import json

import pytest
from agents.testing import ScriptedModel

from conversation.approvals import CheckpointRefused
from conversation.team.roles import ORCHESTRATOR, SPECIALISTS
from tests.support.agent import calls, text
from tools.spec import Topic

INVOICE = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300", "description": "work"})


@pytest.mark.parametrize("agent_type", ["personal", "orchestrated"])
async def test_a_yes_after_the_checkpoint_does_exactly_what_was_asked(new_team, agent_type):
    talk = new_team(agent_type=agent_type)
    await talk.say("who owes me money")
    asked = await talk.say("bill Sarah three hundred dollars for the repair")
    (first,) = [call for call in talk.tools.calls if call.name == "create_invoice"]
    assert len(asked.asked) == 1
    other = talk.restored()
    assert other.loop.pending_confirmation == asked.asked[0].confirmation_id
    final = await other.say("yes")
    (done,) = other.tools.calls
    assert (done.name, done.arguments, done.key) == (first.name, first.arguments, first.key)
    assert (done.confirmation_id, done.epoch) == (asked.asked[0].confirmation_id, 2)
    assert final.text == "create_invoice done"
    assert other.loop.pending_confirmation is None
    assert [turn.user for turn in other.loop.history.turns][-1] == "yes"


@pytest.mark.parametrize("agent_type", ["personal", "orchestrated"])
async def test_a_no_after_the_checkpoint_does_nothing(new_team, agent_type):
    talk = new_team(agent_type=agent_type)
    await talk.say("bill Sarah three hundred dollars for the repair")
    other = talk.restored()
    said = await other.say("no")
    await other.loop.conclude()
    assert other.tools.calls == []
    assert other.tools.rejected == ["confirm-0"]
    assert said.text


async def test_something_else_after_the_checkpoint_is_answered_and_nothing_is_done(new_team):
    talk = new_team()
    await talk.say("bill Sarah three hundred dollars for the repair")
    other = talk.restored()
    said = await other.say("what's my day")
    assert said.tools == ["get_today_jobs"]
    outputs = [
        item for item in other.loop.history.input_items() if item.get("type") == "function_call_output"
    ]
    assert "did not confirm" in outputs[0]["output"]


async def test_a_language_models_question_survives_too_and_twice(new_team):
    model = ScriptedModel([calls(INVOICE), text("It is written.")])
    talk = new_team(agent_type="personal", model=model)
    await talk.say("bill Sarah three hundred")
    again = talk.restored().restored()
    said = await again.say("yes please")
    assert [call.confirmation_id for call in again.tools.calls] == ["confirm-0"]
    assert said.text == "It is written."
    seen = model.last_call
    assert seen is not None
    assert [item["call_id"] for item in seen.input if item.get("type") == "function_call_output"] == ["i1"]


async def test_the_question_of_a_language_models_specialist_survives(new_team):
    hand_over = calls(("h1", f"transfer_to_{SPECIALISTS[Topic.INVOICE]}", {}))
    model = ScriptedModel([hand_over, calls(INVOICE), text("It is written.")])
    talk = new_team(model=model)
    await talk.say("bill Sarah three hundred")
    other = talk.restored()
    assert (await other.say("yes")).text == "It is written."
    assert [call.confirmation_id for call in other.tools.calls] == ["confirm-0"]
    seen = model.last_call
    assert seen is not None
    assert "create_invoice" in {tool.name for tool in seen.tools}
    assert "create_job" not in {tool.name for tool in seen.tools}


async def test_the_open_question_of_a_specialist_goes_on_where_it_was(new_team):
    talk = new_team()
    await talk.say("write an invoice for Sarah")
    other = talk.restored()
    assert other.team.speaker == SPECIALISTS[Topic.INVOICE]
    said = await other.say("three hundred dollars")
    assert said.calls[0][1]["amount"] == "300"
    assert other.loop.turn_number == 2


async def test_a_checkpoint_is_bounded_and_plain_json(new_team):
    talk = new_team()
    for _ in range(3):
        await talk.say("who owes me money")
    await talk.say("bill Sarah three hundred dollars for the repair")
    assert len(json.dumps(talk.loop.checkpoint())) < 60_000


async def test_what_is_no_checkpoint_is_refused(new_team):
    talk = new_team()
    for body in ({}, {"history": {}, "turn_number": 1, "pending": None}, {"history": 3, "turn_number": 1}):
        with pytest.raises(CheckpointRefused):
            talk.loop.restore(body)
    await talk.say("hello")
    with pytest.raises(CheckpointRefused):
        talk.loop.restore(talk.loop.checkpoint())
    assert talk.team.speaker == ORCHESTRATOR
