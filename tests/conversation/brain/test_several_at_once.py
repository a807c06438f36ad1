""" "Both", "all of them", "the same as last time", "that customer": what was listed or done before."""

from __future__ import annotations

import pytest

MARIA = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


async def list_jobs(talk, results, ids="a-1,b-2,c-3"):
    talk.will("get_today_jobs", results.done("You have three jobs.", job_list=ids))
    await talk.say("what's my day")


async def test_all_of_them_asks_before_it_writes(talk, results):
    await list_jobs(talk, results)
    asked = await talk.say("mark all of them done")
    assert asked.calls == ()
    assert asked.text == "That's three jobs. Shall I mark all three as completed?"
    reply = await talk.say("yes")
    assert [args["job"] for _, args in reply.calls] == ["a-1", "b-2", "c-3"]


@pytest.mark.parametrize("answer", ["no", "never mind", "what time is it"])
async def test_without_a_yes_none_of_them_is_changed(talk, results, answer):
    await list_jobs(talk, results)
    await talk.say("mark all of them done")
    reply = await talk.say(answer)
    assert "update_job_status" not in [name for name, _ in reply.calls]
    assert "update_job_status" not in [name for name, _ in (await talk.say("yes")).calls]


async def test_both_of_two_invoices_are_reminded_of(talk, results):
    talk.will("get_pending_invoices", results.done("Two invoices.", invoice_list="i-1,i-2"))
    await talk.say("who owes me money")
    assert (await talk.say("send both of them a reminder")).calls == ()
    reply = await talk.say("yes please")
    assert [args["invoice"] for _, args in reply.calls] == ["i-1", "i-2"]


async def test_both_of_three_is_a_question(talk, results):
    await list_jobs(talk, results)
    asked = await talk.say("mark both done")
    assert asked.calls == ()
    assert "Which job?" in asked.text


async def test_all_of_nothing_is_a_question(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    asked = await talk.say("move all of them to Monday")
    assert asked.calls == ()
    assert "job" in asked.text


async def test_too_many_are_not_done_at_once(talk, results):
    await list_jobs(talk, results, ",".join(f"id-{n}" for n in range(9)))
    asked = await talk.say("mark all of them done")
    assert asked.calls == ()
    assert "too many" in asked.text


async def test_both_in_answer_to_which_one(talk, results):
    talk.will(
        "reschedule_job",
        results.ambiguous("job", "The boiler or the sink. Which one?", "the boiler", "the sink"),
    )
    await talk.say("move the Miller job to Friday")
    assert (await talk.say("both")).calls == ()
    reply = await talk.say("yes")
    assert [args["new_date"] for _, args in reply.calls] == ["Friday", "Friday"]


async def test_reads_of_several_are_just_done(talk, results):
    talk.will("get_active_projects", results.done("Two projects.", project_list="p-1,p-2"))
    await talk.say("list the active projects")
    reply = await talk.say("how are both of them coming along")
    assert reply.calls == (
        ("get_project_status", {"project": "p-1"}),
        ("get_project_status", {"project": "p-2"}),
    )


async def test_the_same_as_last_time_for_the_same_customer(talk, results):
    talk.will("create_invoice", results.done("Out.", contact=MARIA, contact_label="Maria Garcia"))
    await talk.say("bill Maria Garcia 300 for the sink")
    talk.will("create_invoice", results.done("Out.", contact="tom-id", contact_label="Tom Banks"))
    await talk.say("bill Tom Banks 250 for the drain")
    talk.will("get_contact_info", results.done("Here.", contact=MARIA, contact_label="Maria Garcia"))
    await talk.say("what's Maria Garcia's number")
    name, arguments = (await talk.say("bill her the same as last time")).call
    assert (name, arguments["contact"], arguments["amount"], arguments["description"]) == (
        "create_invoice",
        MARIA,
        "300",
        "Sink",
    )


async def test_a_last_time_that_nobody_knows_is_asked_for(talk):
    asked = await talk.say("bill Kevin Banks the same as last time")
    assert asked.calls == ()
    assert asked.text == "I don't know what it was last time. How much should I bill?"
    assert (await talk.say("two hundred")).call == (
        "create_invoice",
        {"contact": "Kevin Banks", "amount": "200"},
    )


async def test_that_customer_is_the_one_spoken_of(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    assert (await talk.say("what's that customer's number")).call == ("get_contact_info", {"contact": MARIA})
    assert (await talk.say("bill that customer 200 dollars")).call[1]["contact"] == MARIA


async def test_the_day_before_a_job_that_was_told(talk, results):
    told = results.about_job("It is on Wednesday at two.")
    told.data["job"] = {"start": "2026-11-25T14:00:00-06:00"}
    talk.will("get_job_details", told)
    await talk.say("tell me about the garcia job")
    name, arguments = (await talk.say("remind me half an hour before")).call
    assert (name, arguments["reminder_time"]) == ("set_reminder", "2026-11-25T13:30:00-06:00")


async def test_an_hour_before_nothing_is_asked_for(talk):
    asked = await talk.say("remind me an hour before to load the truck")
    assert asked.calls == ()
    assert asked.text == "When should I remind you?"
