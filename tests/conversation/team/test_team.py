"""The orchestrator and its specialists with the local brain as the model of all of them."""

from __future__ import annotations

from conversation.team.roles import ORCHESTRATOR, SPECIALISTS, owner_of
from tests.support.fake_engines import FakeTools
from tools.catalogue import TOOLS
from tools.envelope import ToolCall, ToolResult
from tools.spec import Topic

JOB, INVOICE = SPECIALISTS[Topic.JOB], SPECIALISTS[Topic.INVOICE]


async def test_a_request_goes_to_its_specialist_and_back(new_team):
    talk = new_team()
    said = await talk.say("who owes me money")
    assert said.tools == ["get_pending_invoices"]
    assert said.text == "get_pending_invoices done"
    assert said.handoffs == [(ORCHESTRATOR, INVOICE), (INVOICE, ORCHESTRATOR)]
    assert talk.team.speaker == ORCHESTRATOR


async def test_an_open_question_stays_with_the_specialist(new_team):
    talk = new_team()
    asked = await talk.say("write an invoice for Sarah")
    assert asked.text.endswith("?")
    assert talk.team.speaker == INVOICE
    done = await talk.say("three hundred dollars")
    assert done.tools == ["create_invoice"]
    assert [each.read_back for each in done.asked] == ["Invoice to Sarah for 300 dollars. Shall I create it?"]
    assert talk.team.speaker == INVOICE
    final = await talk.say("yes")
    assert [call.confirmation_id for call in talk.tools.calls] == [None, "confirm-0"]
    assert final.text == "create_invoice done"
    assert talk.team.speaker == ORCHESTRATOR


async def test_every_part_of_a_compound_request_is_done_by_its_specialist(new_team):
    by: list[tuple[str, str]] = []

    def answer(call: ToolCall) -> ToolResult:
        by.append((talk.team.speaker, call.name))
        return ToolResult(True, f"{call.name} done.")

    talk = new_team(tools=FakeTools(answer))
    said = await talk.say(
        "mark the Garcia job done, bill her three hundred dollars and tell me my open quotes"
    )
    assert by == [
        (JOB, "update_job_status"),
        (INVOICE, "create_invoice"),
        (SPECIALISTS[Topic.ESTIMATE], "get_pending_estimates"),
    ]
    assert said.text == "update_job_status done. create_invoice done. get_pending_estimates done."
    assert (JOB, INVOICE) in said.handoffs


async def test_a_question_after_a_part_is_asked_by_whose_part_is_next(new_team):
    talk = new_team()
    said = await talk.say("move Miller to Friday and send her the invoice")
    assert said.tools == ["reschedule_job"]
    assert said.text.endswith("?")
    assert talk.team.speaker == INVOICE
    done = await talk.say("three hundred")
    assert done.tools == ["create_invoice"]
    assert len(done.asked) == 1


async def test_small_talk_is_answered_by_the_orchestrator_itself(new_team):
    talk = new_team()
    said = await talk.say("hello")
    assert said.text
    assert (said.calls, said.handoffs) == ([], [])


async def test_general_tools_need_no_hand_off_where_a_specialist_speaks(new_team):
    talk = new_team()
    await talk.say("write an invoice for Sarah")
    said = await talk.say("what time is it")
    assert said.tools == ["get_current_time"]
    assert all(target in {ORCHESTRATOR} for _, target in said.handoffs)


async def test_personal_has_all_tools_and_hands_nothing_over(new_team):
    talk = new_team(agent_type="personal")
    said = await talk.say("who owes me money")
    assert (said.tools, said.handoffs) == (["get_pending_invoices"], [])


async def test_the_kind_of_agent_changes_within_a_conversation(new_team):
    talk = new_team(agent_type="personal")
    await talk.say("write an invoice for Sarah")
    talk.switch("orchestrated")
    said = await talk.say("three hundred dollars")
    assert said.handoffs == [(ORCHESTRATOR, INVOICE)]
    assert len(said.asked) == 1
    talk.switch("personal")
    assert (await talk.say("yes")).text == "create_invoice done"


async def test_the_personal_agent_and_the_team_say_the_same(new_team):
    for request in (
        "who owes me money",
        "what's my day",
        "find the Smiths",
        "how's the Lee remodel",
        "thanks",
    ):
        alone, together = new_team(agent_type="personal"), new_team()
        one, two = await alone.say(request), await together.say(request)
        assert (one.text, one.calls) == (two.text, two.calls), request


def test_every_tool_has_an_owner_in_the_team():
    names = set(SPECIALISTS.values())
    assert {owner_of(tool) for tool in TOOLS} == names
    assert owner_of("no_such_tool") == ORCHESTRATOR
