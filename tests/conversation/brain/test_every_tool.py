"""Each of the 26 tools, asked for in as few words as people use, and filled over the turns that it takes."""

from __future__ import annotations

import pytest

from conversation.brain.frames import FRAMES

# Tool → what is said in turn; the last utterance completes the request.
TURNS = {
    "create_job": (["I need to book a job", "a drain cleaning", "for Kevin Banks"],
                   {"title": "Drain cleaning", "contact": "Kevin Banks"}),
    "get_upcoming_jobs": (["what's coming up this week"], {}),
    "update_job_status": (["update a job's status", "the Ortega job", "it's on hold"],
                          {"job": "the Ortega job", "new_status": "on_hold"}),
    "get_job_details": (["tell me about a job", "the Ortega job"], {"job": "the Ortega job"}),
    "reschedule_job": (["I have to move a job", "the Ortega job", "next Friday at two"],
                       {"job": "the Ortega job", "new_date": "next Friday at two"}),
    "get_jobs_by_status": (["which jobs are on hold"], {"status": "on_hold"}),
    "get_today_jobs": (["what's my day"], {}),
    "get_project_status": (["how's the project coming along", "the Hughes addition"],
                           {"project": "the Hughes addition"}),
    "update_project_progress": (["update the progress of a project", "the Hughes addition", "seventy"],
                                {"project": "the Hughes addition", "progress_percentage": "70"}),
    "get_active_projects": (["list the active projects"], {}),
    "create_invoice": (["make an invoice", "Kevin Banks", "four hundred"],
                       {"contact": "Kevin Banks", "amount": "400"}),
    "get_invoice_status": (["is the invoice paid", "invoice 31"], {"invoice": "invoice 31"}),
    "send_invoice_reminder": (["send a payment reminder", "to Kevin Banks"], {"invoice": "Kevin Banks"}),
    "get_pending_invoices": (["who owes me money"], {}),
    "create_estimate": (["write an estimate", "for Kevin Banks", "a new furnace", "two thousand"],
                        {"contact": "Kevin Banks", "title": "New furnace", "amount": "2000"}),
    "convert_estimate_to_invoice": (["turn an estimate into an invoice", "the Banks estimate"],
                                    {"estimate": "the Banks estimate"}),
    "get_pending_estimates": (["which quotes are still open"], {}),
    "update_estimate_status": (["update the status of an estimate", "estimate 12", "they accepted"],
                               {"estimate": "estimate 12", "status": "approved"}),
    "get_contact_info": (["I need a phone number", "Kevin Banks"], {"contact": "Kevin Banks"}),
    "add_contact_interaction": (["log a call", "with Kevin Banks", "he wants a second quote"],
                                {"contact": "Kevin Banks", "interaction_type": "call",
                                 "notes": "He wants a second quote"}),
    "schedule_follow_up": (["schedule a follow up with Kevin Banks", "next Tuesday"],
                           {"contact": "Kevin Banks", "follow_up_date": "next Tuesday",
                            "notes": "Follow up with Kevin Banks"}),
    "search_contacts": (["search my contacts", "Ortega"], {"query": "Ortega"}),
    "get_business_summary": (["how's the business doing"], {}),
    "get_current_time": (["what time is it"], {}),
    "set_reminder": (["set a reminder", "order pipe", "at four"],
                     {"message": "Order pipe", "reminder_time": "at four"}),
    "get_weather_info": (["how's the weather"], {}),
}  # fmt: skip


def test_every_tool_is_here():
    assert set(TURNS) == set(FRAMES)


@pytest.mark.parametrize("tool", sorted(TURNS))
async def test_reached_and_filled_over_turns(talk, tool):
    said, expected = TURNS[tool]
    asked: list[str] = []
    for utterance in said[:-1]:
        reply = await talk.say(utterance)
        assert reply.calls == (), (utterance, reply.calls)
        assert reply.text.endswith("?")
        asked.append(reply.text)
    assert len(set(asked)) == len(asked), "no question is asked twice"
    name, arguments = (await talk.say(said[-1])).call
    assert name == tool
    got = {key: str(value) for key, value in arguments.items()}
    assert expected.items() <= got.items(), got
