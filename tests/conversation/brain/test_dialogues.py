"""Whole dialogues: the real ranker and brain through ``Runner.run_streamed``, with tools that answer as told."""

from __future__ import annotations

from tools.envelope import ToolErrorType

JOB = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
MARIA = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


async def test_day_overview_speaks_the_summary_sentence_by_sentence(talk, results):
    talk.will(
        "get_today_jobs", results.done("You have two jobs today. The first is at nine. The second is at two.")
    )
    reply = await talk.say("What have I got on today?")
    assert reply.call == ("get_today_jobs", {})
    assert reply.deltas == ("You have two jobs today. ", "The first is at nine. ", "The second is at two.")


async def test_books_a_job_from_one_sentence(talk):
    reply = await talk.say("Book a drain cleaning for Rosa Delgado on Thursday at ten")
    name, arguments = reply.call
    assert name == "create_job"
    assert arguments["title"] == "Drain cleaning"
    assert arguments["contact"] == "Rosa Delgado"
    assert arguments["scheduled_date"] == "Thursday at ten"


async def test_it_is_the_job_just_booked(talk, results):
    talk.will("create_job", results.about_job("Booked."))
    await talk.say("schedule a leak repair for maria tomorrow at nine")
    reply = await talk.say("push it to friday at two")
    assert reply.call == ("reschedule_job", {"job": JOB, "new_date": "friday at two"})


async def test_her_is_the_customer_of_the_job(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    name, arguments = (await talk.say("bill her two hundred and fifty dollars for the new valve")).call
    assert name == "create_invoice"
    assert arguments == {"contact": MARIA, "amount": "250", "description": "New valve"}


async def test_asks_for_what_is_missing_and_keeps_what_was_said(talk):
    first = await talk.say("I need to book a panel upgrade")
    assert first.calls == ()
    assert first.text == "Who is it for?"
    name, arguments = (await talk.say("it's for Walt Hughes, next Monday at eight")).call
    assert name == "create_job"
    assert arguments["title"] == "Panel upgrade"
    assert arguments["contact"] == "Walt Hughes"
    assert arguments["scheduled_date"] == "next Monday at eight"


async def test_fills_an_invoice_over_several_turns(talk):
    assert (await talk.say("make an invoice")).text == "Who should I bill?"
    assert (await talk.say("Kevin Banks")).text == "How much should I bill?"
    assert (await talk.say("four hundred and twenty dollars")).call == (
        "create_invoice",
        {"contact": "Kevin Banks", "amount": "420"},
    )


async def test_asks_again_once_and_then_lets_go(talk):
    await talk.say("move the Ortega job")
    again = await talk.say("well the blue one I suppose")
    assert "When should I move it to?" in again.text
    gone = await talk.say("purple elephants")
    assert gone.calls == ()
    assert talk.brain.state.frame is None


async def test_another_request_in_between_and_back(talk, results):
    talk.will("get_pending_invoices", results.done("Two invoices are open."))
    assert (await talk.say("schedule a furnace tune-up")).text == "Who is it for?"
    between = await talk.say("which invoices are still unpaid")
    assert between.call == ("get_pending_invoices", {})
    assert between.text == "Two invoices are open. Back to booking the job. Who is it for?"
    name, arguments = (await talk.say("Angela Hill")).call
    assert (name, arguments["title"], arguments["contact"]) == (
        "create_job",
        "Furnace tune-up",
        "Angela Hill",
    )


async def test_compound_request_runs_in_order_and_her_comes_from_the_first(talk, results):
    talk.will("reschedule_job", results.about_job("Moved to Friday at 2 PM."))
    talk.will("create_invoice", results.done("The invoice is ready."))
    reply = await talk.say("Move the Garcia job to Friday at two and send her an invoice for 300 dollars")
    assert [name for name, _ in reply.calls] == ["reschedule_job", "create_invoice"]
    assert reply.calls[0][1] == {"job": "the Garcia job", "new_date": "Friday at two"}
    assert reply.calls[1][1] == {"contact": MARIA, "amount": "300"}
    assert reply.text == "Moved to Friday at 2 PM. The invoice is ready."
    assert reply.order == ("reschedule_job", "text", "create_invoice", "text")
    assert len(set(reply.call_ids)) == 2


async def test_two_questions_in_one_breath(talk):
    reply = await talk.say("what's my day and who owes me money")
    assert [name for name, _ in reply.calls] == ["get_today_jobs", "get_pending_invoices"]


async def test_a_name_with_and_is_one_request(talk):
    name, arguments = (await talk.say("Bill Harper and Sons 500 dollars")).call
    assert (name, arguments["contact"], arguments["amount"]) == ("create_invoice", "Harper and Sons", "500")


async def test_ambiguous_reference_is_settled_by_position(talk, results):
    talk.will(
        "reschedule_job",
        results.ambiguous(
            "job", "Two Miller jobs: the boiler and the sink. Which one?", "the boiler", "the sink"
        ),
    )
    asked = await talk.say("move the Miller job to Monday at eight")
    assert asked.text.endswith("Which one?")
    reply = await talk.say("the second one")
    assert reply.call == (
        "reschedule_job",
        {"job": "00000000-0000-0000-0000-000000000002", "new_date": "Monday at eight"},
    )


async def test_ambiguous_contact_is_settled_by_name(talk, results):
    talk.will(
        "create_invoice",
        results.ambiguous("contact", "Sarah Johnson or Sarah Kim. Which one?", "Sarah Johnson", "Sarah Kim"),
    )
    await talk.say("bill Sarah 300 dollars for the faucet")
    name, arguments = (await talk.say("Kim")).call
    assert name == "create_invoice"
    assert arguments == {
        "contact": "00000000-0000-0000-0000-000000000002", "amount": "300", "description": "Faucet",
    }  # fmt: skip


async def test_not_found_asks_and_takes_another_name(talk, results):
    talk.will("get_contact_info", results.refused(ToolErrorType.NOT_FOUND, "I couldn't find Zorba."))
    asked = await talk.say("what's Zorba's phone number")
    assert asked.text == "I couldn't find Zorba. Whose details do you need?"
    assert (await talk.say("Gus Petrov")).call == ("get_contact_info", {"contact": "Gus Petrov"})


async def test_validation_asks_for_the_field_it_names(talk, results):
    talk.will(
        "set_reminder",
        results.refused(ToolErrorType.VALIDATION, "That time has passed.", field="reminder_time"),
    )
    asked = await talk.say("remind me at eight to call the inspector's office about parking")
    assert asked.text == "That time has passed. When should I remind you?"
    name, arguments = (await talk.say("tomorrow at eight")).call
    assert (name, arguments["reminder_time"]) == ("set_reminder", "tomorrow at eight")


async def test_invalid_transition_says_what_is_allowed(talk, results):
    refusal = results.refused(
        ToolErrorType.INVALID_TRANSITION, "That job is cancelled.", allowed=("on_hold", "in_progress")
    )
    talk.will("update_job_status", refusal)
    reply = await talk.say("mark job 1042 complete")
    assert reply.text == "That job is cancelled. It can become on hold or in progress."


async def test_offers_the_next_step_only_with_its_tool(new_talk, results):
    full, lean = new_talk(), new_talk({"update_job_status", "get_job_details"})
    for session in (full, lean):
        session.will("update_job_status", results.about_job("Done, the leak repair is complete."))
    assert (await full.say("mark the leak repair done")).text.endswith("Shall I bill it?")
    assert (await lean.say("mark the leak repair done")).text == "Done, the leak repair is complete."
    assert (await full.say("yes please")).text == "How much should I bill?"
    name, arguments = (await full.say("three fifty")).call
    assert (name, arguments["contact"], arguments["amount"], arguments["job"]) == (
        "create_invoice",
        MARIA,
        "350",
        JOB,
    )


async def test_small_talk_needs_no_tool(talk):
    for text in (
        "Hello there",
        "how are you",
        "thanks a lot",
        "who are you",
        "what can you do",
        "can you hear me",
        "bye",
    ):
        reply = await talk.say(text)
        assert reply.calls == (), text
        assert reply.text, text


async def test_out_of_scope_is_declined_without_a_tool(talk):
    for text in (
        "play some jazz",
        "how tall is the Eiffel Tower",
        "tell me a joke",
        "translate good morning into Spanish",
    ):
        reply = await talk.say(text)
        assert reply.calls == (), text
        assert reply.text, text


async def test_says_it_again(talk, results):
    talk.will("get_current_time", results.done("It is 10 AM."))
    await talk.say("what time is it")
    await talk.say("thanks")
    assert (await talk.say("say that again please")).text == "It is 10 AM."


async def test_asks_about_another_one_in_short(talk):
    await talk.say("how's the Hughes addition coming along")
    assert (await talk.say("and the Banks remodel?")).call == (
        "get_project_status",
        {"project": "the Banks remodel"},
    )


async def test_only_offered_tools_are_called(new_talk):
    session = new_talk({"get_today_jobs", "get_current_time"})
    reply = await session.say("send Kevin an invoice for 300 dollars")
    assert reply.calls == ()
    assert reply.text


async def test_empty_or_wordless_input_asks_to_repeat(talk):
    for text in ("", "...", "?!"):
        reply = await talk.say(text)
        assert reply.calls == ()
        assert "Sorry" in reply.text


async def test_numbers_follow_the_schema(talk):
    assert (await talk.say("what's coming up in the next ten days")).call == (
        "get_upcoming_jobs",
        {"days_ahead": 10},
    )
    name, arguments = (await talk.say("the Hughes addition is at 65 percent")).call
    assert name == "update_project_progress"
    assert arguments["project"] == "the Hughes addition"
    assert str(arguments["progress_percentage"]) == "65"


async def test_driving_keeps_replies_short_and_defers_long_forms(talk, results):
    talk.brain.is_driving = True
    long = (
        "You have five jobs today. "
        + "The first one is a water heater replacement for the Okafor family at nine. " * 3
    )
    talk.will("get_today_jobs", results.done(long.strip()))
    reply = await talk.say("what's on today")
    assert len(reply.text.split()) <= 20
    assert (await talk.say("create a new estimate")).text == "I'll keep that for when you've parked."
    talk.brain.is_driving = False
    assert (await talk.say("I'm parked")).text == "Back to the estimate. Who is the estimate for?"


async def test_same_conversation_twice_gives_the_same_words(new_talk):
    lines = [
        "hello",
        "book a leak repair",
        "Tom",
        "what's the meaning of life",
        "make it Friday",
        "thanks",
        "sing a song",
    ]
    runs = []
    for _ in range(2):
        session = new_talk()
        runs.append([await session.say(line) for line in lines])
    assert [(r.text, r.calls, r.call_ids) for r in runs[0]] == [
        (r.text, r.calls, r.call_ids) for r in runs[1]
    ]


async def test_a_restored_session_goes_on_where_it_was(talk, results):
    talk.will("create_job", results.about_job("Booked."))
    await talk.say("book a leak repair for Maria")
    talk.restore()
    assert (await talk.say("move it to Monday at nine")).call[1]["job"] == JOB
    await talk.say("invoice Kevin Banks")
    talk.restore()
    name, arguments = (await talk.say("two hundred dollars")).call
    assert (name, arguments) == ("create_invoice", {"contact": "Kevin Banks", "amount": "200"})


async def test_a_withdrawn_turn_leaves_no_trace(talk):
    before = talk.brain.state.to_json()
    await talk.say("book a job for")
    assert talk.brain.state.to_json() != before
    talk.brain.withdraw_turn()
    assert talk.brain.state.to_json() == before


async def test_the_first_one_is_of_the_list_that_was_read_out(talk, results):
    talk.will(
        "get_active_projects",
        results.done("Two projects: the deck and the attic.", project_list="deck-id,attic-id"),
    )
    talk.will(
        "get_pending_invoices",
        results.done("Two invoices: Vega and Ellison.", invoice_list="vega-id,ellison-id"),
    )
    await talk.say("list the active projects")
    assert (await talk.say("how's the second one going")).call == (
        "get_project_status",
        {"project": "attic-id"},
    )
    await talk.say("who owes us money")
    assert (await talk.say("send the first one a reminder")).call == (
        "send_invoice_reminder",
        {"invoice": "vega-id"},
    )


async def test_a_request_set_aside_is_brought_up_once(talk):
    await talk.say("schedule a furnace tune-up")
    assert "Back to booking the job" in (await talk.say("what time is it")).text
    assert "Back to" not in (await talk.say("how's the business doing")).text


async def test_it_with_a_percentage_is_progress(talk, results):
    talk.will(
        "get_project_status",
        results.done("The deck is half done.", project="deck-id", project_label="deck build"),
    )
    await talk.say("how's the deck build coming along")
    name, arguments = (await talk.say("it's at 80 percent now")).call
    assert (name, arguments["project"], str(arguments["progress_percentage"])) == (
        "update_project_progress",
        "deck-id",
        "80",
    )
