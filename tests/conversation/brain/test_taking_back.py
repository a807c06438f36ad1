"""Corrections after the fact: what a tool can change is changed by what was said, the rest is said honestly."""

from __future__ import annotations

import pytest

from tools.envelope import ToolErrorType, ToolResult

JOB = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
TWO_SARAHS = ("Sarah Johnson", "Sarah Kim")
SECOND = "00000000-0000-0000-0000-000000000002"


def moved(results):
    return ToolResult(True, "Moved.", {"previous_start": "2026-11-26T09:00:00-06:00"}, dict(results.job))


async def test_cancel_that_after_a_booking_cancels_the_job(talk, results):
    talk.will("create_job", results.about_job("Booked."))
    await talk.say("book a leak repair for Maria tomorrow at two")
    assert (await talk.say("actually cancel that")).call == (
        "update_job_status",
        {"job": JOB, "new_status": "cancelled"},
    )


async def test_never_mind_after_a_booking_asks(talk, results):
    talk.will("create_job", results.about_job("Booked."))
    await talk.say("book a leak repair for Maria tomorrow at two")
    asked = await talk.say("never mind")
    assert asked.calls == ()
    assert asked.text == "That's done already. Shall I cancel the leak repair for Maria Garcia?"
    assert (await talk.say("no")).calls == ()


async def test_undo_a_move_asks_with_the_time_it_had(talk, results):
    talk.will("reschedule_job", moved(results))
    await talk.say("move the garcia job to Friday")
    asked = await talk.say("undo that")
    assert asked.calls == ()
    assert "Thursday at 9" in asked.text
    assert (await talk.say("yes")).call == (
        "reschedule_job",
        {"job": JOB, "new_date": "2026-11-26T09:00:00-06:00"},
    )


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("bill Kevin Banks 300 dollars for the sink", "create_invoice"),
        ("remind me at four to order pipe", "set_reminder"),
        ("nudge Kevin Banks about his bill", "send_invoice_reminder"),
        ("log a call with Kevin Banks, he likes it", "add_contact_interaction"),
        ("turn Kevin's estimate into an invoice", "convert_estimate_to_invoice"),
    ],
)
async def test_what_no_tool_takes_back_is_said(talk, said, tool):
    assert (await talk.say(said)).call[0] == tool
    reply = await talk.say("actually cancel that")
    assert reply.calls == ()
    assert "can't" in reply.text
    assert talk.brain.state.offer == []


async def test_a_status_cannot_be_undone_but_set(talk, results):
    talk.will("update_job_status", results.about_job("It's done."))
    await talk.say("mark the garcia job done")
    asked = await talk.say("undo that")
    assert asked.calls == ()
    assert asked.text.endswith("Which status should the job have?")
    assert (await talk.say("in progress")).call == (
        "update_job_status",
        {"job": JOB, "new_status": "in_progress"},
    )


async def test_cancel_it_after_a_look_at_a_job_means_the_job(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    assert (await talk.say("cancel it")).call == (
        "update_job_status",
        {"job": JOB, "new_status": "cancelled"},
    )


async def test_the_other_sarah_before_anything_was_done(talk, results):
    talk.needs_yes = set()
    talk.will("get_contact_info", results.ambiguous("contact", "Johnson or Kim. Which one?", *TWO_SARAHS))
    await talk.say("what's Sarah's number")
    await talk.say("Johnson")
    assert (await talk.say("no, I meant the other Sarah")).call == ("get_contact_info", {"contact": SECOND})


async def test_the_other_sarah_instead_of_a_yes(talk, results):
    talk.will("create_invoice", results.ambiguous("contact", "Johnson or Kim. Which one?", *TWO_SARAHS))
    await talk.say("bill Sarah 300 for the faucet")
    talk.will(
        "create_invoice", results.refused(ToolErrorType.NEEDS_CONFIRMATION, "Shall I?", read_back="Shall I?")
    )
    await talk.say("the first one")
    name, arguments = (await talk.say("I meant the other Sarah")).call
    assert (name, arguments["contact"], arguments["amount"]) == ("create_invoice", SECOND, "300")


async def test_the_other_sarah_after_the_invoice_is_out_is_not_billed_unasked(talk, results):
    talk.will("create_invoice", results.ambiguous("contact", "Johnson or Kim. Which one?", *TWO_SARAHS))
    await talk.say("bill Sarah 300 for the faucet")
    await talk.say("the first one")
    reply = await talk.say("I meant the other Sarah")
    assert reply.calls == ()
    assert "can't change" in reply.text


async def test_another_sarah_that_nobody_named_is_asked_for(talk, results):
    talk.will("get_contact_info", results.done("Sarah Johnson: 555 0101."))
    await talk.say("what's Sarah's number")
    asked = await talk.say("I meant the other Sarah")
    assert asked.calls == ()
    assert asked.text == "Which Sarah do you mean?"
    assert (await talk.say("Sarah Kim")).call == ("get_contact_info", {"contact": "Sarah Kim"})


async def test_another_customer_for_a_job_that_is_booked(talk, results):
    talk.will("create_job", results.about_job("Booked."))
    await talk.say("book a leak repair for Maria tomorrow at two")
    asked = await talk.say("no, I meant Kevin Banks")
    assert asked.calls == ()
    assert "Shall I cancel it and book it again?" in asked.text
    reply = await talk.say("yes")
    assert [name for name, _ in reply.calls] == ["update_job_status", "create_job"]
    assert reply.calls[1][1]["contact"] == "Kevin Banks"
    assert reply.calls[1][1]["scheduled_date"] == "tomorrow at two"


async def test_no_with_a_whole_request_changes_the_thing_it_names(talk, results):
    talk.will("reschedule_job", moved(results))
    await talk.say("move the Garcia job to Thursday")
    talk.will("reschedule_job", results.done("Moved."))
    reply = await talk.say("no, move the Miller job to Thursday")
    assert reply.call == ("reschedule_job", {"job": "the Miller job", "new_date": "Thursday"})
    assert reply.text.endswith("Shall I also move the leak repair for Maria Garcia to Thursday at 9 AM?")
    assert (await talk.say("no thanks")).calls == ()


async def test_no_with_another_date_moves_the_same_job(talk, results):
    talk.will("reschedule_job", moved(results))
    await talk.say("move the Garcia job to Thursday")
    assert (await talk.say("no, Friday")).call == ("reschedule_job", {"job": JOB, "new_date": "Friday"})


async def test_a_value_is_changed_while_another_is_asked_for(talk):
    assert (await talk.say("book a leak repair tomorrow")).text == "Who is it for?"
    assert (await talk.say("no, make it Friday")).text == "Who is it for?"
    name, arguments = (await talk.say("it's for Maria")).call
    assert (name, arguments["contact"], arguments["scheduled_date"]) == ("create_job", "Maria", "Friday")


async def test_the_customer_is_changed_while_the_sum_is_asked_for(talk):
    await talk.say("bill Kevin Banks")
    assert (await talk.say("no wait, I meant Tom Banks")).text == "How much should I bill?"
    assert (await talk.say("ninety dollars")).call[1] == {"contact": "Tom Banks", "amount": "90"}


async def test_a_pending_sum_is_changed_by_saying_the_request_again(talk, results):
    ask = results.refused(ToolErrorType.NEEDS_CONFIRMATION, "Shall I?", read_back="Shall I?")
    talk.will("create_invoice", ask)
    await talk.say("bill Kevin Banks 300 dollars for the outlet")
    name, arguments = (await talk.say("no, bill him four hundred")).call
    assert (name, arguments) == (
        "create_invoice",
        {"contact": "Kevin Banks", "amount": "400", "description": "Outlet"},
    )


async def test_cancel_that_instead_of_a_yes_does_nothing(talk, results):
    ask = results.refused(ToolErrorType.NEEDS_CONFIRMATION, "Shall I?", read_back="Shall I?")
    talk.will("create_invoice", ask)
    await talk.say("bill Kevin Banks 300 dollars for the outlet")
    reply = await talk.say("actually cancel that")
    assert reply.calls == ()
    assert (await talk.say("yes")).calls == ()


async def test_the_other_smith_after_a_list_is_about_the_last_write(talk, results):
    talk.will("create_invoice", results.done("Out.", contact="one", contact_label="Robert Smith"))
    await talk.say("bill Smith 300 dollars for the sink and tell me what's next")
    reply = await talk.say("I meant the other Smith")
    assert reply.calls == ()
    assert reply.text == "Which Smith do you mean?"


async def test_a_date_is_changed_of_the_job_not_of_the_reminder_that_stays(talk, results):
    talk.will("reschedule_job", moved(results))
    await talk.say("move the Garcia job to Thursday at three and remind me to load the truck tomorrow")
    asked = await talk.say("actually make it Friday")
    assert asked.calls == ()
    assert asked.text == "Shall I move the leak repair for Maria Garcia to Friday?"
    assert (await talk.say("yes")).call == ("reschedule_job", {"job": JOB, "new_date": "Friday"})


async def test_no_second_job_when_the_first_is_kept(talk, results):
    talk.will("create_job", results.about_job("Booked."))
    await talk.say("book a leak repair for Maria tomorrow at two")
    await talk.say("no, I meant Kevin Banks")
    talk.needs_yes = {"update_job_status"}
    await talk.say("yes")
    assert talk.last_result.interruptions
    reply = await talk.decide(approve=False)
    assert reply.calls == ()
    assert "Shall I still book leak repair for Kevin Banks" in reply.text
