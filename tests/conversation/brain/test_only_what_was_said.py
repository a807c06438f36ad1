"""No compound and no correction causes a write that was not said: pairs of requests, joined as people join them."""

from __future__ import annotations

import itertools

import pytest

from conversation.brain.frames import FRAMES
from tools.envelope import ToolErrorType

# Said → the write that it asks for; None for what only asks.
WRITES = {
    "move the Miller job to Friday at two": ("reschedule_job", "the Miller job"),
    "bill Kevin Banks three hundred dollars": ("create_invoice", "Kevin Banks"),
    "mark the Ortega job done": ("update_job_status", "the Ortega job"),
    "put the Hughes addition at 70 percent": ("update_project_progress", "the Hughes addition"),
    "quote Jenna Lopez 900 dollars for the deck": ("create_estimate", "Jenna Lopez"),
    "nudge Walt Hughes about his bill": ("send_invoice_reminder", "Walt Hughes"),
}
READS = ("what's my day", "who owes me money", "how's the Lee remodel coming along")
JOINTS = (" and ", ", then ", ". Also ")
SUBJECTS = ("job", "contact", "project", "estimate", "invoice")


def writes_of(reply):
    return [
        (name, next(args[key] for key in SUBJECTS if key in args))
        for name, args in reply.calls
        if FRAMES[name].changes
    ]


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(WRITES, 2)))
async def test_two_writes_are_those_two(talk, first, second, joint):
    reply = await talk.say(f"{first}{joint}{second}")
    assert writes_of(reply) == [WRITES[first], WRITES[second]]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("write", list(WRITES))
async def test_a_question_beside_a_write_writes_nothing_more(talk, write, read):
    assert writes_of(await talk.say(f"{read} and {write}")) in ([WRITES[write]], [])
    assert writes_of(await talk.say(f"{write} and tell me {read}")) == [WRITES[write]]


@pytest.mark.parametrize("first", list(WRITES))
async def test_a_failed_first_part_leads_to_nothing_else(talk, results, first):
    tool = WRITES[first][0]
    talk.will(tool, results.refused(ToolErrorType.FORBIDDEN, "You may not do that."))
    reply = await talk.say(f"{first} and what's my day")
    assert writes_of(reply) == [WRITES[first]]
    assert reply.calls[-1][0] == "get_today_jobs"


TAKEN_BACK = (
    "no", "never mind", "actually no", "wait", "hold on a second", "forget it", "scratch that", "I changed my mind",
    "no, no", "oops", "that's wrong", "not that one", "the other one", "hmm", "I don't know", "what?",
)  # fmt: skip


@pytest.mark.parametrize("said", TAKEN_BACK)
@pytest.mark.parametrize("request_", list(WRITES))
async def test_taking_back_never_writes_by_itself(talk, request_, said):
    await talk.say(request_)
    reply = await talk.say(said)
    assert [call for call in reply.calls if FRAMES[call[0]].changes] == []


@pytest.mark.parametrize("said", TAKEN_BACK)
async def test_taking_back_while_asked_never_writes(talk, said):
    await talk.say("move the Miller job and mark the Lee job done")
    reply = await talk.say(said)
    assert reply.calls == ()


NEAR_MISSES = (
    "record a payment of 300 dollars from Smith", "mark invoice 31 paid", "refund Smith 200 dollars",
    "add a new customer named John Smith", "delete job 42", "remove the Miller estimate", "call Jane",
    "change Maria's phone number to 555 0101", "turn it down", "turn the music off", "play some jazz",
    "order two boxes of pipe", "get me directions to the Lee job", "set a timer for ten minutes",
)  # fmt: skip


@pytest.mark.parametrize("said", NEAR_MISSES)
async def test_what_no_tool_does_is_declined_with_what_can_be_done(talk, said):
    reply = await talk.say(said)
    assert reply.calls == ()
    assert "I can't" in reply.text or "I don't" in reply.text
    assert "I can " in reply.text
    assert (await talk.say("yes")).calls == ()
