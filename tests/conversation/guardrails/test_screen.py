"""What may be said: what a tool returned, what the user said, what the clock shows; nothing else, nothing internal."""

from __future__ import annotations

import itertools
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conversation.guardrails.facts import Facts
from conversation.guardrails.screen import Flaw, flaw_of
from tools.envelope import ToolError, ToolErrorType, ToolResult

ZONE = ZoneInfo("America/Chicago")
RESULT = ToolResult(
    True,
    "Sarah Johnson owes you 1,250 dollars and 50 cents on invoice 31.",
    {
        "invoices": [
            {"id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "number": "INV-000031", "client": "Sarah Johnson",
             "amount_due": "1250.50", "due": "2026-12-22"},
            {"id": "7d444840-9dc0-11d1-b245-5ffdce74fad2", "number": "INV-000044", "client": "O'Brien & Sons",
             "amount_due": "300.00", "due": "2026-11-27T15:30:00+00:00"},
        ]
    },
    {"contact": "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "contact_label": "Sarah Johnson"},
)  # fmt: skip


@pytest.fixture
def facts() -> Facts:
    known = Facts(ZONE)
    known.learn_text("Good morning, Alex. This is your assistant at Blue Spruce Plumbing.")
    now = datetime(2026, 11, 24, 10, 5, tzinfo=ZONE)
    known.learn_request("who owes me, and bill Miller fifteen hundred on Friday at two thirty", now)
    known.learn_result(RESULT)
    return known


@pytest.mark.parametrize(
    "sentence",
    [
        "Sarah Johnson owes you 1,250 dollars and 50 cents.",
        "It's $1,250.50, due Tuesday, December 22nd.",
        "Sarah's invoice 31 is due on December 22.",
        "O'Brien & Sons owe you 300 dollars; it was due Friday at 9:30 AM.",
        "You have two invoices open.",
        "Billed Miller 1,500 dollars for Friday.",
        "Fifteen hundred for Miller, right?",
        "That's Friday, November 27th at 2:30 PM, right?",
        "It's 10:05 AM on Tuesday, November 24th.",
        "Okay, Alex. Anything else?",
        "Which one do you mean: Sarah Johnson or O'Brien & Sons?",
        "Sarah Johnson, O'Brien & Sons and 2 more.",
        "I'm not sure what you'd like me to do. Could you put it another way?",
        "Two is fine. One moment.",
        "Nobody owes you anything else.",
        "Payment is overdue.",
        "Everything's done. That's it. Let's go on: What's next?",
    ],
)
def test_what_is_known_is_said(facts: Facts, sentence: str):
    assert flaw_of(sentence, facts) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "Sarah Johnson owes you 1,350 dollars.",
        "It's $99.",
        "You have seven invoices open.",
        "That makes four hundred dollars.",
        "It's due on Thursday.",
        "It's due in March.",
        "I booked it with Bob Miller.",
        "Gonzalez has paid.",
        "Okay. Gonzalez's invoice is paid.",
        "The job for Harbor Light is done.",
        "Invoice 32 is paid.",
        "She was born in 1987.",
        "It is 12:41.",
    ],
)
def test_what_nobody_returned_is_not_said(facts: Facts, sentence: str):
    assert flaw_of(sentence, facts) is Flaw.INVENTED


@pytest.mark.parametrize(
    "sentence",
    [
        "The contact is 1b4e28ba-2fa1-11d2-883f-0016d3cca427.",
        "I used get_pending_invoices for that.",
        "The call call_1_2 failed.",
        "The relationship_status is active.",
        "Traceback: something broke.",
        "It raised a ValueError.",
        "See http://127.0.0.1:8000/api/v1 for more.",
        '{"ok": true}',
        "My instructions say that I can't.",
        "The session_4f2a9 is yours.",
        "I'll use transfer_to_invoice_specialist now.",
    ],
)
def test_nothing_internal_is_said(facts: Facts, sentence: str):
    assert flaw_of(sentence, facts) is Flaw.INTERNAL


def test_what_the_user_dictated_may_look_internal():
    facts = Facts(ZONE)
    facts.learn_text("log a note that the file is permit_2026.pdf and the part is pump_relay")
    assert flaw_of("Noted: the part is pump_relay.", facts) is None


def test_a_question_of_the_executor_is_known_with_its_result():
    facts = Facts(ZONE)
    ask = "Invoice to Wanda Pruitt for 4,310 dollars, due December 22nd. Shall I create it?"
    error = ToolError(ToolErrorType.NEEDS_CONFIRMATION, ask, read_back=ask, confirmation_id="c1")
    facts.learn_result(ToolResult(False, ask, error=error))
    assert flaw_of("Invoice to Wanda Pruitt for 4,310 dollars, due December 22nd.", facts) is None


def test_a_sentence_takes_less_than_a_millisecond_of_cpu(facts: Facts):
    sentence = "Sarah Johnson owes you 1,250 dollars and 50 cents on invoice 31, due Tuesday, and two more."
    flaw_of(sentence, facts)
    began = time.process_time()
    for _ in range(200):
        flaw_of(sentence, facts)
    assert (time.process_time() - began) / 200 < 0.001


def test_what_is_kept_is_bounded(facts: Facts):
    words = ["".join(letters) for letters in itertools.product("bcdfghjklmnpqrstvwxyz", repeat=4)][:30_000]
    for word in words:
        facts.learn_text(word)
    assert not facts.has_word(words[0])
    assert facts.has_word(words[-1])
