"""A question that wants a yes or no is put again when the answer is neither: it may have been the yes."""

from __future__ import annotations

import pytest

from conversation.providers import Recognition
from tests.conversation.brain.conftest import Reply, Talk
from tools.envelope import ToolError, ToolErrorType, ToolResult

REQUEST = "Move the Miller job to Thursday at nine"
MEGAN = "3f2b8c1e-5a0d-4e4e-9a61-0d6c2a1b7f10"
CHECK = "Move the Miller job to Thursday at nine. Is that right?"


async def asked_about(talk: Talk) -> Reply:
    talk.brain.hearings.note(Recognition(REQUEST, 0.9, 0.0, alternatives=(f"{REQUEST} thirty",)))
    return await talk.say(REQUEST)


@pytest.mark.parametrize("answer", ["Nice.", "Worse.", "Thanks.", "Yes, do not."])
async def test_a_check_is_put_again(talk: Talk, answer: str) -> None:
    assert (await asked_about(talk)).text == CHECK
    again = await talk.say(answer)
    assert again.text == f"Sorry, yes or no? {CHECK}"
    assert again.calls == ()
    assert (await talk.say("yes")).call[0] == "reschedule_job"


async def test_it_is_put_again_twice_and_then_left(talk: Talk) -> None:
    await asked_about(talk)
    replies = [(await talk.say("Nice.")).text for _ in range(3)]
    assert [CHECK in each for each in replies] == [True, True, False]
    after = await talk.say("yes")
    assert after.calls == ()


async def test_a_read_back_is_read_back_again_by_its_tool(talk: Talk) -> None:
    talk.needs_yes.add("create_invoice")
    await talk.say("Bill Sarah Johnson three hundred dollars for the inspection")
    assert talk.last_result.interruptions
    unclear = ToolResult(False, "The user did not confirm this; nothing was done.")
    call = talk.last_result.interruptions[0]
    talk.history = [
        *talk.last_result.to_input_list(),
        {"type": "function_call_output", "call_id": call.raw_item.call_id, "output": unclear.to_json()},
    ]
    again = await talk.say("Nice.")
    assert again.text.strip() == "Sorry, yes or no?"
    assert talk.last_result.interruptions, "the tool is asked again and reads it back"


async def test_a_suggestion_wants_no_answer(talk: Talk) -> None:
    made = ToolResult(True, "I noted the call with Sarah Johnson.", focus={"contact": "c1"})
    talk.will("add_contact_interaction", made)
    offered = await talk.say("Log a call with Sarah Johnson about the faucet")
    assert offered.text.endswith("?")
    assert "yes or no" not in (await talk.say("Nice.")).text


async def test_a_question_stands_while_somebody_waits(talk: Talk) -> None:
    await asked_about(talk)
    assert (await talk.say("Hold on")).calls == ()
    assert (await talk.say("yes")).call[0] == "reschedule_job"


async def test_after_a_no_to_what_was_misheard_all_of_it_is_said_again(talk: Talk) -> None:
    both = "Move the Miller job to Thursday at nine and remind me at one to load the snake"
    talk.brain.hearings.note(Recognition(both, 0.9, 0.0, alternatives=(both.replace("nine", "five"),)))
    await talk.say(both)
    refused = await talk.say("no")
    assert refused.text == "Okay, I won't. Please tell me again."
    assert talk.brain.state.queue == []


async def test_her_is_who_was_asked_about_by_name_and_a_note_is_asked_about_first(talk: Talk) -> None:
    unknown = ToolError(
        ToolErrorType.NOT_FOUND,
        "I couldn't find Nathan Walsh. Did you mean Megan Walsh?",
        candidates=("Megan Walsh",),
    )
    talk.will(
        "get_contact_info", ToolResult(False, unknown.message, error=unknown, focus={"contact_list": MEGAN})
    )
    await talk.say("What's the number for Nathan Walsh?")
    asked = await talk.say("Log a call with her about the toilet")
    assert asked.calls == ()
    assert "Megan Walsh" in asked.text
    assert asked.text.endswith("?")
    done = await talk.say("yes")
    assert done.call[0] == "add_contact_interaction"
    assert done.call[1]["contact"] == MEGAN


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("Log a call with Jane Whitfield. She wants white tiles", "Jane Whitfield"),
        ("Log a call with Dr. Jane Whitfield about the tiles", "Jane Whitfield"),
    ],
)
async def test_a_name_ends_with_its_sentence(talk: Talk, text: str, contact: str) -> None:
    assert (await talk.say(text)).call[1]["contact"] == contact


@pytest.mark.parametrize("answer", ["make the date", "hundred", "Nice."])
async def test_what_is_nobodys_name_is_asked_for_again(talk: Talk, answer: str) -> None:
    await talk.say("Quote 100 dollars for the inspection")
    again = await talk.say(answer)
    assert again.calls == ()
    assert again.text.endswith("Who is the estimate for?")
