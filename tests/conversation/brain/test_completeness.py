"""When to answer at once and when to wait."""

from __future__ import annotations

import pytest

from conversation.brain.completeness import Completeness

COMPLETE = [
    "what's on today",
    "who owes me money",
    "move the Miller job to Friday at two",
    "book a leak repair for Maria tomorrow at nine",
    "what time is it",
    "mark job 1042 done",
    "hello",
    "thanks",
    "yes",
    "no",
    "never mind",
    "has Tom Fitzgerald paid",
    "what's Jane's number",
    "remind me at four to order pipe",
    "who is job 1042 for",
    "will it rain tomorrow",
    "how's the business",
    "cancel that",
    "no, cancel that.",
    "bill Smith three hundred dollars for the faucet repair",
]
INCOMPLETE = [
    "book a job for",
    "move the Miller job to",
    "bill Smith three hundred dollars for",
    "remind me to",
    "book a leak repair for Maria and",
    "what's the",
    "send an invoice to",
    "um",
    "move it to the",
    "I need to",
    "hold on",
    "create an estimate for the",
    "move the Miller job",
    "can you",
    "remind me to call Jane on",
    "Which estimates are?",
    "which of the jobs is?",
]


@pytest.mark.parametrize("text", COMPLETE)
async def test_complete(talk, text):
    assert await talk.brain.completeness(text) is Completeness.COMPLETE


@pytest.mark.parametrize("text", INCOMPLETE)
async def test_incomplete(talk, text):
    assert await talk.brain.completeness(text) is Completeness.INCOMPLETE


@pytest.mark.parametrize(
    "text",
    [
        "book a leak repair for Maria",
        "book a leak repair for Maria on Thursday",
        "move the Miller job to Friday",
        "",
        "the blue one over there maybe",
    ],
)
async def test_unclear(talk, text):
    assert await talk.brain.completeness(text) is Completeness.UNCLEAR


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        ("make an invoice", "Kevin Banks"),
        ("invoice Kevin Banks", "four hundred"),
        ("move the Ortega job", "Friday"),
        ("move the Ortega job", "at ten thirty"),
        ("book a panel upgrade", "Walt Hughes"),
        ("change the status of the Hughes job", "on hold"),
    ],
)
async def test_an_answer_to_an_open_question_is_complete(talk, request_text, answer):
    await talk.say(request_text)
    assert talk.brain.state.frame is not None
    assert await talk.brain.completeness(answer) is Completeness.COMPLETE


async def test_a_new_request_is_no_answer_because_it_names_what_was_asked_for(talk):
    await talk.say("make an invoice")
    assert await talk.brain.completeness("send a reminder to") is Completeness.INCOMPLETE
    assert await talk.brain.completeness("make an estimate for Kevin Banks") is Completeness.INCOMPLETE


async def test_judging_changes_nothing(talk):
    await talk.say("make an invoice")
    before = talk.brain.state.to_json()
    for text in [*COMPLETE, *INCOMPLETE]:
        await talk.brain.completeness(text)
    assert talk.brain.state.to_json() == before
