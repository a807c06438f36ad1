"""What was said is taken back: corrections, refusals, another value instead of a yes."""

from __future__ import annotations

import json

from tools.envelope import ToolErrorType

JOB = "7d444840-9dc0-11d1-b245-5ffdce74fad2"


async def test_corrects_a_date_after_the_job_was_booked(talk, results):
    talk.will("create_job", results.about_job("Booked for Thursday."))
    await talk.say("book a gutter cleaning for Maria on Thursday")
    reply = await talk.say("no, make it Friday at one")
    assert reply.call == ("reschedule_job", {"job": JOB, "new_date": "Friday at one"})


async def test_does_not_pretend_to_change_an_invoice_that_exists(talk):
    await talk.say("invoice Kevin Banks three hundred dollars for the outlet repair")
    reply = await talk.say("no, make it four hundred")
    assert reply.calls == ()
    assert "can't change" in reply.text
    name, arguments = (await talk.say("yes")).call
    assert (name, arguments["amount"]) == ("create_invoice", "400")


async def test_never_mind_ends_the_open_request(talk):
    await talk.say("create an estimate for Jenna Lopez")
    reply = await talk.say("never mind")
    assert reply.calls == ()
    assert talk.brain.state.frame is None
    assert (await talk.say("what time is it")).call == ("get_current_time", {})


async def test_rejected_confirmation_is_let_go(talk):
    talk.needs_yes = {"create_invoice"}
    await talk.say("charge Nadia 90 dollars for the filter")
    assert talk.last_result.interruptions
    reply = await talk.decide(approve=False)
    assert reply.calls == ()
    assert reply.text in {"Okay, I won't.", "All right, I'll leave it."}


async def test_confirmed_call_runs_once_with_the_same_arguments(talk, results):
    talk.needs_yes = {"create_invoice"}
    talk.will("create_invoice", results.done("The invoice is out."))
    await talk.say("charge Nadia 90 dollars for the filter")
    reply = await talk.decide(approve=True)
    assert reply.call == ("create_invoice", {"contact": "Nadia", "amount": "90", "description": "Filter"})
    assert reply.text == "The invoice is out."


async def test_another_value_instead_of_a_yes_calls_again(talk):
    first = await talk.say("bill Walt Hughes 600 dollars for the boiler service")
    unconfirmed = {"ok": False, "summary": "The user did not confirm this; nothing was done."}
    output = {"type": "function_call_output", "call_id": first.call_ids[0], "output": json.dumps(unconfirmed)}
    talk.brain.state.running, talk.brain.state.last = talk.brain.state.last, None
    call = next(item for item in talk.history if item.get("type") == "function_call")
    talk.history = [talk.history[0], call, output]
    name, arguments = (await talk.say("make it seven hundred")).call
    assert (name, arguments) == (
        "create_invoice",
        {"contact": "Walt Hughes", "amount": "700", "description": "Boiler service"},
    )


async def test_moves_the_job_just_booked_to_a_bare_hour(talk, results):
    talk.will("create_job", results.about_job("Booked for Thursday at eight."))
    await talk.say("book a toilet repair for Maria Garcia on Thursday at eight")
    assert (await talk.say("actually can we do nine instead")).call == (
        "reschedule_job",
        {"job": JOB, "new_date": "nine"},
    )


async def test_the_wanted_value_counts_not_the_refused_one(talk, results):
    talk.will("create_invoice", results.refused(ToolErrorType.CONFLICT, "That was billed already."))
    await talk.say("bill Kevin Banks 300 dollars for the outlet")
    assert (await talk.say("no, four hundred, not three hundred")).call[1]["amount"] == "400"


async def test_i_meant_someone_else(talk):
    await talk.say("what's Kevin Banks's phone number")
    assert (await talk.say("no, I meant Tom Banks")).call == ("get_contact_info", {"contact": "Tom Banks"})
