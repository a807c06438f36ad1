"""Parameters out of single utterances, as typed and as a recogniser writes them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conversation.brain.frames import FRAMES
from conversation.brain.reading import Context, Reading
from conversation.brain.slots import fill
from tools.catalogue import TOOLS

ZONE = ZoneInfo("America/Chicago")
FOCUS = {
    "job": "job-id", "job_label": "leak repair for Dana Fox", "contact": "dana-id", "contact_label": "Dana Fox",
    "invoice": "invoice-id", "estimate": "estimate-id", "job_list": "first-id,second-id,third-id",
}  # fmt: skip
CONTEXT = Context(datetime(2026, 11, 24, 10, 0, tzinfo=ZONE), ZONE, FOCUS)

CASES = [
    (
        "create_job",
        "book a drain cleaning for oconnor friday at two",
        {"title": "Drain cleaning", "contact": "oconnor", "scheduled_date": "friday at two"},
    ),
    (
        "create_job",
        "Schedule Tom Fitzgerald for a furnace tune-up next Tuesday",
        {"title": "Furnace tune-up", "contact": "Tom Fitzgerald", "scheduled_date": "next Tuesday"},
    ),
    (
        "create_job",
        "put priya patel down for a roof inspection on the fifteenth",
        {"title": "Roof inspection", "contact": "priya patel", "scheduled_date": "the fifteenth"},
    ),
    (
        "create_job",
        "Kevin Banks needs someone to fix his garbage disposal monday morning",
        {"title": "Fix his garbage disposal", "contact": "Kevin Banks", "scheduled_date": "monday morning"},
    ),
    (
        "create_job",
        "set up a job for Angela Hill to replace the kitchen faucet",
        {"title": "Replace the kitchen faucet", "contact": "Angela Hill"},
    ),
    (
        "create_job",
        "schedule a panel upgrade at 12 Oak Street for Greenfield Dental tomorrow afternoon",
        {
            "title": "Panel upgrade",
            "contact": "Greenfield Dental",
            "location": "12 Oak Street",
            "scheduled_date": "tomorrow afternoon",
        },
    ),
    (
        "create_job",
        "create an urgent job for Rosa, the toilet is leaking",
        {"title": "Toilet is leaking", "contact": "Rosa", "priority": "urgent"},
    ),
    (
        "create_job",
        "book her in for a water heater install on Monday",
        {"title": "Water heater install", "contact": "dana-id", "scheduled_date": "Monday"},
    ),
    ("create_job", "create a new job", {}),
    ("reschedule_job", "move it to friday at two", {"job": "job-id", "new_date": "friday at two"}),
    (
        "reschedule_job",
        "push job ten forty two back two days",
        {"job": "job ten forty two", "new_date": "two days later"},
    ),
    ("reschedule_job", "bring it forward an hour", {"job": "job-id", "new_date": "an hour earlier"}),
    (
        "reschedule_job",
        "Reschedule Maria's appointment from Friday to next Monday because of the weather",
        {"job": "Maria's appointment", "new_date": "next Monday", "reason": "the weather"},
    ),
    ("reschedule_job", "move the second one to thursday", {"job": "second-id", "new_date": "thursday"}),
    (
        "reschedule_job",
        "reschedule the Friday job to Monday",
        {"job": "the Friday job", "new_date": "Monday"},
    ),
    ("update_job_status", "mark the miller job done", {"job": "the miller job", "new_status": "completed"}),
    (
        "update_job_status",
        "put it on hold because the part isn't here",
        {"job": "job-id", "new_status": "on_hold", "notes": "the part isn't here"},
    ),
    (
        "update_job_status",
        "cancel tom's appointment",
        {"job": "tom's appointment", "new_status": "cancelled"},
    ),
    (
        "update_job_status",
        "we finished the leak repair for Maria",
        {"job": "the leak repair for Maria", "new_status": "completed"},
    ),
    (
        "get_job_details",
        "when is the water heater job at Miller's scheduled",
        {"job": "the water heater job at Miller's"},
    ),
    ("get_jobs_by_status", "which ones are still in progress", {"status": "in_progress"}),
    (
        "update_project_progress",
        "put the deck build at forty, framing is done",
        {"project": "the deck build", "progress_percentage": "40", "notes": "framing is done"},
    ),
    (
        "update_project_progress",
        "we're halfway through the hughes addition",
        {"project": "the hughes addition", "progress_percentage": "50"},
    ),
    (
        "create_invoice",
        "bill smith fifteen hundred due in thirty days",
        {"contact": "smith", "amount": "1500", "due_date": "in thirty days"},
    ),
    (
        "create_invoice",
        "Invoice Greenfield Dental $1,250.50 for drain cleaning",
        {"contact": "Greenfield Dental", "amount": "1250.50", "description": "Drain cleaning"},
    ),
    (
        "create_invoice",
        "send maria lopez an invoice for three hundred dollars for the leak repair",
        {"contact": "maria lopez", "amount": "300", "description": "Leak repair"},
    ),
    ("create_invoice", "bill it for four hundred", {"contact": "dana-id", "amount": "400"}),
    ("get_invoice_status", "what does Maria owe us", {"invoice": "Maria"}),
    ("get_invoice_status", "is invoice 31 paid", {"invoice": "invoice 31"}),
    ("send_invoice_reminder", "nudge Kevin Banks about his bill", {"invoice": "Kevin Banks"}),
    (
        "create_estimate",
        "write up an estimate for Walt Hughes, panel upgrade, twelve hundred dollars",
        {
            "contact": "Walt Hughes",
            "title": "Panel upgrade",
            "amount": "1200",
            "description": "Panel upgrade",
        },
    ),
    (
        "create_estimate",
        "give her a quote of 900 for the deck, valid for 60 days",
        {
            "contact": "dana-id",
            "title": "Deck",
            "amount": "900",
            "description": "Deck",
            "valid_until": "in 60 days",
        },
    ),
    ("convert_estimate_to_invoice", "turn Jenna's quote into an invoice", {"estimate": "Jenna"}),
    ("convert_estimate_to_invoice", "convert it to an invoice", {"estimate": "estimate-id"}),
    (
        "update_estimate_status",
        "Walt Hughes turned down the estimate",
        {"estimate": "Walt Hughes", "status": "rejected"},
    ),
    (
        "update_estimate_status",
        "mark estimate 12 as accepted",
        {"estimate": "estimate 12", "status": "approved"},
    ),
    ("get_contact_info", "how do i get hold of tom fitzgerald", {"contact": "tom fitzgerald"}),
    (
        "add_contact_interaction",
        "log a call with Kevin Banks, he wants a second quote",
        {"contact": "Kevin Banks", "interaction_type": "call", "notes": "He wants a second quote"},
    ),
    (
        "add_contact_interaction",
        "log a call with Jenna",
        {"contact": "Jenna", "interaction_type": "call", "notes": "Call with Jenna"},
    ),
    (
        "schedule_follow_up",
        "schedule a follow up with Tom Fitzgerald next week about the deposit",
        {
            "contact": "Tom Fitzgerald",
            "follow_up_date": "next week",
            "notes": "Follow up with Tom Fitzgerald about the deposit",
        },
    ),
    (
        "schedule_follow_up",
        "remind me to call her back tomorrow at nine",
        {"contact": "dana-id", "follow_up_date": "tomorrow at nine", "notes": "Call Dana Fox back"},
    ),
    ("search_contacts", "do we have a customer named Nguyen", {"query": "Nguyen"}),
    (
        "search_contacts",
        "show me all past clients",
        {"relationship_status": "past_client"},
    ),
    (
        "set_reminder",
        "i need to order shingles tomorrow, remind me",
        {"message": "Order shingles", "reminder_time": "tomorrow"},
    ),
    (
        "set_reminder",
        "remind me in half an hour to check the van",
        {"message": "Check the van", "reminder_time": "in half an hour"},
    ),
    ("set_reminder", "remind me to lock the shop", {"message": "Lock the shop"}),
    ("search_contacts", "show me all prospects", {"relationship_status": "prospect"}),
    (
        "search_contacts",
        "find prospects named Ortega",
        {"relationship_status": "prospect", "query": "Ortega"},
    ),
    (
        "get_weather_info",
        "what's the weather in Springfield on Friday",
        {"location": "Springfield", "when": "Friday"},
    ),
    ("get_weather_info", "will it rain tomorrow", {"when": "tomorrow", "about": "rain"}),
    ("get_weather_info", "what's the weather at the Lee job", {"location": "the Lee job"}),
    ("get_weather_info", "do I need a jacket in Denver", {"location": "Denver", "about": "clothes"}),
    ("get_weather_info", "what's the forecast for Salem, Oregon", {"location": "Salem, Oregon"}),
    ("get_weather_info", "is it raining there", {"location": "job-id", "about": "rain"}),
    ("get_weather_info", "is there rain coming this week", {"when": "this week", "about": "rain"}),
    (
        "get_weather_info",
        "will the Hughes job get rained out on Friday",
        {"location": "the Hughes job", "when": "Friday", "about": "rain"},
    ),
    ("get_weather_info", "how cold does it get tonight", {"when": "tonight", "about": "temperature"}),
    ("get_weather_info", "what's it like outside", {}),
    ("create_invoice", "bill job 1042 six hundred", {"job": "job 1042", "amount": "600"}),
    ("create_invoice", "bill job ten forty two six hundred", {"job": "job ten forty two", "amount": "600"}),
    (
        "create_invoice",
        "bill job one oh five three hundred dollars",
        {"job": "job one oh five", "amount": "300"},
    ),
    ("create_invoice", "bill job two hundred", {"job": "job two hundred"}),
    ("create_invoice", "invoice the Ortega job for 600", {"job": "the Ortega job", "amount": "600"}),
    ("create_invoice", "bill the ortega job six hundred", {"job": "the ortega job", "amount": "600"}),
    ("create_invoice", "invoice Rosa's sink job for 250", {"job": "Rosa's sink job", "amount": "250"}),
    (
        "create_invoice",
        "bill banks fifteen hundred for the drain job",
        {"contact": "banks", "amount": "1500", "description": "Drain job"},
    ),
    (
        "create_invoice",
        "charge Kevin Banks 300 for job 12",
        {"contact": "Kevin Banks", "amount": "300", "job": "job 12"},
    ),
    ("create_invoice", "bill that job 600", {"job": "job-id", "amount": "600"}),
    ("create_estimate", "quote job 12 at 900", {"job": "job 12", "amount": "900"}),
    ("create_estimate", "quote the Ortega job at nine hundred", {"job": "the Ortega job", "amount": "900"}),
    ("get_upcoming_jobs", "what's coming up in the next three days", {"days_ahead": "3"}),
]


@pytest.mark.parametrize(("tool", "text", "expected"), CASES, ids=[case[1] for case in CASES])
def test_slots(tool, text, expected):
    filled = fill(tool, Reading(text, CONTEXT))
    filled.pop("job_type", None)
    assert filled == expected


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_parameters_are_those_of_the_catalogue(tool):
    properties = TOOLS[tool].json_schema()["properties"]
    assert {slot.name for slot in FRAMES[tool].slots} <= set(properties)
    required = set(TOOLS[tool].json_schema().get("required", []))
    assert required <= {slot.name for slot in FRAMES[tool].slots if slot.required}


def test_every_tool_of_the_catalogue_is_known():
    assert set(TOOLS) <= set(FRAMES)
