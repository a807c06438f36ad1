"""Several requests in one breath: every part is done, in order, and nothing is done that was not said."""

from __future__ import annotations

import pytest

from conversation.brain.frames import FRAMES
from tools.envelope import ToolErrorType, ToolResult

JOB = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
MARIA = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


def names(reply):
    return [name for name, _ in reply.calls]


async def test_an_invoice_without_a_sum_is_asked_about_after_the_move(talk, results):
    talk.will("reschedule_job", results.about_job("Moved to Friday."))
    first = await talk.say("move Miller to Friday and send her the invoice")
    assert first.calls == (("reschedule_job", {"job": "Miller", "new_date": "Friday"}),)
    assert first.text == "Moved to Friday. How much should I bill?"
    second = await talk.say("three hundred")
    assert second.call == ("create_invoice", {"contact": MARIA, "amount": "300"})


async def test_a_reminder_before_the_job_that_was_just_booked(talk, results):
    booked = ToolResult(
        True, "Booked.", {"job": {"start": "2026-11-25T14:00:00-06:00"}}, focus=dict(results.job)
    )
    talk.will("create_job", booked)
    reply = await talk.say(
        "book Sarah Johnson for a water heater tomorrow at two and remind me an hour before"
    )
    assert names(reply) == ["create_job", "set_reminder"]
    assert reply.calls[0][1]["scheduled_date"] == "tomorrow at two"
    assert reply.calls[1][1]["reminder_time"] == "2026-11-25T13:00:00-06:00"
    assert reply.calls[1][1]["message"] == "Leak repair for Maria Garcia"


async def test_three_parts_with_a_read_back_in_the_middle(talk, results):
    talk.needs_yes = {"create_invoice"}
    talk.will("update_job_status", results.about_job("It's done."))
    talk.will("create_invoice", results.done("The invoice is out."))
    talk.will("get_today_jobs", results.done("Next is the sink."))
    first = await talk.say("mark the Garcia job done, bill her three hundred and tell me what's next")
    assert first.calls == (("update_job_status", {"job": "the Garcia job", "new_status": "completed"}),)
    assert talk.last_result.interruptions
    second = await talk.decide(approve=True)
    assert second.calls == (
        ("create_invoice", {"contact": MARIA, "amount": "300"}),
        ("get_today_jobs", {}),
    )
    assert second.text == "The invoice is out. Next is the sink."


async def test_a_no_to_one_part_leaves_the_others(talk, results):
    talk.needs_yes = {"create_invoice"}
    talk.will("update_job_status", results.about_job("It's done."))
    talk.will("get_today_jobs", results.done("Next is the sink."))
    await talk.say("mark the Garcia job done, bill her three hundred and tell me what's next")
    reply = await talk.decide(approve=False)
    assert names(reply) == ["get_today_jobs"]
    assert "Next is the sink." in reply.text


async def test_what_hangs_on_a_job_that_was_not_booked_is_left_out(talk):
    talk.needs_yes = {"create_job"}
    await talk.say("book Sarah Johnson for a water heater tomorrow at two and remind me an hour before")
    reply = await talk.decide(approve=False)
    assert reply.calls == ()
    assert reply.text.endswith("So I left out the reminder.")
    assert talk.brain.state.queue == []


async def test_a_part_that_fails_is_told_and_the_next_is_about_whom_it_named(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    refusal = results.refused(ToolErrorType.INVALID_TRANSITION, "That job is completed already.")
    talk.will("update_job_status", refusal)
    talk.will("create_invoice", results.done("The invoice is out."))
    reply = await talk.say("mark the Lopez job done and bill her three hundred")
    assert reply.calls[1] == ("create_invoice", {"contact": "Lopez", "amount": "300"}), "not Maria of before"
    assert reply.text == "That job is completed already. The invoice is out."


async def test_an_ambiguous_part_is_asked_about_and_the_rest_waits(talk, results):
    talk.will(
        "reschedule_job",
        results.ambiguous("job", "The boiler or the sink. Which one?", "the boiler", "the sink"),
        results.about_job("Moved."),
    )
    first = await talk.say("move Miller to Friday and send him an invoice for 300 dollars")
    assert names(first) == ["reschedule_job"]
    assert first.text.endswith("Which one?")
    second = await talk.say("the sink")
    assert names(second) == ["reschedule_job", "create_invoice"]
    assert second.calls[0][1]["job"].endswith("2")
    assert second.calls[1][1] == {"contact": MARIA, "amount": "300"}


async def test_another_question_in_between_loses_no_part(talk, results):
    talk.will("get_current_time", results.done("It is 10 AM."))
    assert (await talk.say("move Miller and mark the Lee job done")).text == "When should I move it to?"
    between = await talk.say("what time is it")
    assert between.text == "It is 10 AM. Back to moving the job. When should I move it to?"
    reply = await talk.say("Friday")
    assert reply.calls == (
        ("reschedule_job", {"job": "Miller", "new_date": "Friday"}),
        ("update_job_status", {"job": "the Lee job", "new_status": "completed"}),
    )


async def test_never_mind_drops_one_part_and_asks_about_the_other(talk):
    await talk.say("move Miller and mark the Lee job done")
    asked = await talk.say("never mind")
    assert asked.calls == ()
    assert asked.text.endswith("Shall I still mark the Lee job as completed?")
    assert (await talk.say("yes")).call == (
        "update_job_status",
        {"job": "the Lee job", "new_status": "completed"},
    )


async def test_all_of_it_can_be_dropped(talk):
    await talk.say("move Miller and mark the Lee job done")
    reply = await talk.say("forget all of it")
    assert reply.calls == ()
    assert talk.brain.state.queue == []
    assert talk.brain.state.offer == []


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        (
            "move Miller to Friday and Garcia to Monday",
            [
                ("reschedule_job", {"job": "Miller", "new_date": "Friday"}),
                ("reschedule_job", {"job": "Garcia", "new_date": "Monday"}),
            ],
        ),
        (
            "bill Smith three hundred and Jones four hundred",
            [
                ("create_invoice", {"contact": "Smith", "amount": "300"}),
                ("create_invoice", {"contact": "Jones", "amount": "400"}),
            ],
        ),
        (
            "mark the Smith job done and the Lee job on hold",
            [
                ("update_job_status", {"job": "the Smith job", "new_status": "completed"}),
                ("update_job_status", {"job": "the Lee job", "new_status": "on_hold"}),
            ],
        ),
        (
            "mark the Smith and Lee jobs done",
            [
                ("update_job_status", {"job": "the Smith job", "new_status": "completed"}),
                ("update_job_status", {"job": "the Lee job", "new_status": "completed"}),
            ],
        ),
        (
            "Jane approved the estimate and Lee is at 70 percent",
            [
                ("update_estimate_status", {"estimate": "Jane", "status": "approved"}),
                ("update_project_progress", {"project": "Lee", "progress_percentage": "70"}),
            ],
        ),
        (
            "remind me at four to order pipe and at five to check the van",
            [
                ("set_reminder", {"message": "Order pipe", "reminder_time": "at four"}),
                ("set_reminder", {"message": "Check the van", "reminder_time": "at five"}),
            ],
        ),
        ("what's my day and who owes me money", [("get_today_jobs", {}), ("get_pending_invoices", {})]),
    ],
)
async def test_parts_without_a_verb_or_a_question_of_their_own(talk, said, calls):
    assert [(name, args) for name, args in (await talk.say(said)).calls] == calls


async def test_an_hour_alone_is_on_the_day_of_the_part_before(talk):
    reply = await talk.say(
        "book Maria for a leak repair Friday at nine and Tom for a drain cleaning at eleven"
    )
    assert [args["contact"] for _, args in reply.calls] == ["Maria", "Tom"]
    assert reply.calls[1][1]["scheduled_date"] == "2026-11-27T11:00"


ONE_REQUEST = [
    "book a tile job for Tom and Jerry's kitchen tomorrow",
    "book a drain cleaning for Smith and Sons on Monday",
    "book a furnace tune-up for Maria tomorrow between two and four",
    "bill Harper and Sons 500 dollars",
    "bill Smith and Jones four hundred",
    "bill Maria three hundred and fifty dollars",
    "quote Jane two thousand and eighty five for the deck and railing",
    "remind me to call Jane tomorrow and send the permit",
    "remind me tomorrow at nine to pick up filters and shingles",
    "remind me tomorrow to call the supplier, order pipe and book the inspector",
    "log a call with Bob, he wants us to move the job to Friday and send a new quote",
    "log a meeting with Maria, she asked us to bill her next month and cancel the old visit",
    "book a job for Maria on Friday to fix the sink and check the water heater",
    "reschedule the Garcia job from Monday to Friday because she called and cancelled",
    "put the deck build at forty, framing is done and the roof is on",
    "note that Bob called and asked us to start the Lee job",
]


@pytest.mark.parametrize("said", ONE_REQUEST)
async def test_one_request_is_not_cut(talk, said):
    reply = await talk.say(said)
    writes = [name for name, _ in reply.calls if FRAMES[name].changes]
    assert len(writes) <= 1, reply.calls
    assert talk.brain.state.queue == []


async def test_an_order_at_the_end_of_a_reminder_is_asked_about(talk):
    reply = await talk.say("remind me to call Jane tomorrow and bill Smith three hundred")
    assert names(reply) == ["schedule_follow_up"]
    assert reply.text.endswith("Shall I also bill Smith 300 dollars?")
    assert (await talk.say("no")).calls == ()


async def test_a_part_set_aside_is_asked_about_before_it_is_done(talk):
    talk.needs_yes = {"reschedule_job"}
    await talk.say("move Miller to Friday and set a reminder to buy pipe at four")
    assert talk.last_result.interruptions
    state = talk.brain.state
    talk.history = [
        *talk.history,
        {"type": "function_call", "call_id": state.running.call_id, "name": "reschedule_job", "arguments": "{}"},
        {"type": "function_call_output", "call_id": state.running.call_id, "output": "not confirmed"},
    ]  # fmt: skip
    reply = await talk.say("what's my day")
    assert names(reply) == ["get_today_jobs"]
    assert "Shall I also set a reminder at four: buy pipe?" in reply.text


async def test_parts_survive_a_checkpoint(talk, results):
    await talk.say("move Miller and mark the Lee job done")
    talk.restore()
    reply = await talk.say("Friday")
    assert names(reply) == ["reschedule_job", "update_job_status"]


async def test_him_is_the_owner_of_the_job_that_could_not_be_changed(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    refusal = results.refused(ToolErrorType.INVALID_TRANSITION, "That job is not started.")
    talk.will("update_job_status", refusal)
    reply = await talk.say("mark Robert Smith's water heater job done and bill him three hundred")
    assert reply.calls[1] == ("create_invoice", {"contact": "Robert Smith", "amount": "300"})


async def test_nobody_else_is_billed_when_nobody_knows_who_him_is(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    refusal = results.refused(ToolErrorType.INVALID_TRANSITION, "That job is not started.")
    talk.will("update_job_status", refusal)
    reply = await talk.say("mark job 1042 done and bill him three hundred")
    assert names(reply) == ["update_job_status"]
    assert reply.text.endswith("Who should I bill?")


async def test_the_same_as_last_time_in_a_second_part(talk, results):
    talk.will("create_invoice", results.done("Out.", contact=MARIA, contact_label="Maria Garcia"))
    await talk.say("bill Maria Garcia 300 for the sink")
    talk.will("create_estimate", results.done("Ready.", contact=MARIA, contact_label="Maria Garcia"))
    reply = await talk.say("quote Maria Garcia 900 for the deck and bill her the same as last time")
    assert names(reply) == ["create_estimate", "create_invoice"]
    assert (reply.calls[1][1]["contact"], reply.calls[1][1]["amount"]) == (MARIA, "300")


async def test_a_sum_with_what_it_is_for(talk):
    await talk.say("bill Kevin Banks")
    assert (await talk.say("two hundred and fifty dollars for the furnace")).call == (
        "create_invoice",
        {"contact": "Kevin Banks", "amount": "250", "description": "Furnace"},
    )


async def test_what_cannot_be_done_is_no_answer_to_a_question(talk):
    await talk.say("move a job to Friday")
    reply = await talk.say("play some music")
    assert reply.calls == ()
    assert "I can't control sound or music." in reply.text
    assert (await talk.say("the Ortega job")).call[1] == {"job": "the Ortega job", "new_date": "Friday"}


async def test_it_is_what_the_part_before_was_about(talk, results):
    approved = results.done("It's approved.", estimate="est-1", contact=MARIA)
    talk.will("update_estimate_status", approved)
    reply = await talk.say("Ken Tanaka approved the estimate, bill it")
    assert reply.calls == (
        ("update_estimate_status", {"estimate": "Ken Tanaka", "status": "approved"}),
        ("convert_estimate_to_invoice", {"estimate": "est-1"}),
    )
