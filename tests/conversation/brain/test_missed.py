"""The end of a request that nobody understood is mentioned; what asks for nothing is not."""

from __future__ import annotations

import pytest

from conversation.brain.replies import MISSED
from conversation.brain.state import DialogueState


async def test_an_end_that_was_not_understood_is_mentioned(talk, results):
    talk.will("get_today_jobs", results.done("You have two jobs."))
    reply = await talk.say("what jobs do I have today and flibber the grommet sideways")
    assert reply.call == ("get_today_jobs", {})
    assert reply.text == f"You have two jobs. {MISSED}"
    talk.will("get_today_jobs", results.done("You have two jobs."))
    assert (await talk.say("what jobs do I have today")).text == "You have two jobs."


async def test_it_is_mentioned_after_the_yes(talk, results):
    talk.needs_yes = {"create_invoice"}
    talk.will("create_invoice", results.done("The invoice is out."))
    first = await talk.say("bill Robert Smith 300 dollars and xylo the wumpus")
    assert talk.last_result.interruptions
    assert first.text == ""
    assert DialogueState.from_json(talk.brain.state.to_json()).missed
    done = await talk.decide(approve=True)
    assert done.call == ("create_invoice", {"contact": "Robert Smith", "amount": "300"})
    assert done.text == f"The invoice is out. {MISSED}"


async def test_a_question_comes_last(talk):
    reply = await talk.say("create an invoice for Robert Smith and flibber the grommet sideways")
    assert reply.text.startswith(f"{MISSED} ")
    assert reply.text.endswith("?")


async def test_a_driver_is_told_too(talk, results):
    talk.brain.is_driving = True
    jobs = "You have five jobs today: the furnace for Maria at 8, the sink for Sarah at 10, the drain for Denise at 3."
    talk.will("get_today_jobs", results.done(jobs))
    reply = await talk.say("what jobs do I have today and flibber the grommet sideways")
    assert reply.text.endswith(MISSED)
    assert len(reply.text.split()) <= 20


@pytest.mark.parametrize(
    "said",
    [
        "what jobs do I have today and thanks a lot",
        "what jobs do I have today and I'm in a hurry",
        "what jobs do I have today, and uh",
        "what's on today and nothing else please",
        "show me my jobs and my schedule for today",
    ],
)
async def test_what_asks_for_nothing_more_is_not(talk, results, said):
    talk.will("get_today_jobs", results.done("You have two jobs."))
    reply = await talk.say(said)
    assert MISSED not in reply.text


@pytest.mark.parametrize(
    "said",
    [
        "remind me to order pipe tomorrow at nine and flurb the gronk",
        "show me the contact of Miller and Sons Plumbing Company",
        "book Sarah Johnson for tomorrow at two to fix the sink and the old bath tub",
    ],
)
async def test_words_that_belong_to_the_request_are_not_missed(talk, results, said):
    reply = await talk.say(said)
    assert reply.calls
    assert MISSED not in reply.text
