"""The same team with a model that chooses its hand-offs itself, scripted."""

from __future__ import annotations

from agents.testing import ScriptedModel

from conversation.team.roles import HANDOFF_PREFIX, ORCHESTRATOR, SPECIALISTS
from tests.support.agent import calls, text
from tools.spec import Topic

INVOICE, JOB = SPECIALISTS[Topic.INVOICE], SPECIALISTS[Topic.JOB]


def hand_over(number: int, agent: str):
    return calls((f"h{number}", f"{HANDOFF_PREFIX}{agent}", {}))


async def test_hand_offs_go_both_ways_and_the_last_speaker_goes_on(new_team):
    model = ScriptedModel([
        hand_over(1, INVOICE), calls(("c1", "get_pending_invoices", {})),
        hand_over(2, ORCHESTRATOR), hand_over(3, JOB), calls(("c2", "get_today_jobs", {})), text("That is all."),
        calls(("c3", "get_today_jobs", {})), text("Still that."),
    ])  # fmt: skip
    talk = new_team(model=model)
    said = await talk.say("who owes me, and what's my day")
    assert said.tools == ["get_pending_invoices", "get_today_jobs"]
    assert said.text == "That is all."
    assert said.handoffs == [(ORCHESTRATOR, INVOICE), (INVOICE, ORCHESTRATOR), (ORCHESTRATOR, JOB)]
    assert talk.team.speaker == JOB
    assert (await talk.say("again")).handoffs == []


async def test_each_agent_is_offered_its_own_tools_and_is_told_its_part(new_team):
    model = ScriptedModel([hand_over(1, INVOICE), text("Hello.")])
    talk = new_team(model=model)
    await talk.say("hello")
    first, second = model.calls
    assert [tool.name for tool in first.tools] == []
    assert {each.agent_name for each in first.handoffs} == set(SPECIALISTS.values())
    offered = {tool.name for tool in second.tools}
    assert {"create_invoice", "get_current_time"} <= offered
    assert not {"create_job", "create_estimate"} & offered
    assert ORCHESTRATOR in {each.agent_name for each in second.handoffs}
    assert "invoices: writing them" in (second.system_instructions or "")
