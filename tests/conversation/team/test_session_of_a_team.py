"""A team in a whole conversation: the client sees who speaks, the voice says nothing that is not so."""

from __future__ import annotations

from conversation.events import ConfigIn, TextIn
from conversation.guardrails.screen import HONEST, Flaw
from conversation.team.roles import HANDOFF_PREFIX, ORCHESTRATOR, PERSONAL, SPECIALISTS
from tests.support.agent import calls, text
from tests.support.call import calling
from tests.support.virtual_time import virtual
from tools.spec import Topic

INVOICE = SPECIALISTS[Topic.INVOICE]
BILL = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300", "description": "work"})


def hand_over(number: int, agent: str):
    return calls((f"h{number}", f"{HANDOFF_PREFIX}{agent}", {}))


@virtual
async def test_the_client_sees_who_speaks_and_a_yes_reaches_the_specialist():
    async with calling(hand_over(1, INVOICE), calls(BILL), text("It is written.")) as call:
        assert call.assembled.team.speaker == PERSONAL
        call.send(ConfigIn({"agentType": "orchestrated"}))
        call.send(TextIn("bill Sarah three hundred"))
        await call.until("response_done")
        assert call.client.events("handoff") == [{"from": ORCHESTRATOR, "to": INVOICE}]
        assert len(call.client.events("confirmation_request")) == 1
        assert call.assembled.team.speaker == INVOICE
        call.send(TextIn("yes"))
        await call.until("response_done", 2)
        assert [each.confirmation_id for each in call.tools.calls] == [None, "confirm-0"]
        assert call.voice.said[-1] == "It is written."


@virtual
async def test_an_invention_is_replaced_before_it_reaches_the_voice():
    async with calling(text("Bob Gonzalez owes you 900 dollars. And 40 more. Anything else?")) as call:
        call.send(TextIn("who owes me"))
        await call.until("response_done")
        assert call.voice.said == [HONEST[Flaw.INVENTED], "Anything else?"]
        assert "Gonzalez" not in str(call.client.events("response_text"))
        assert "Gonzalez" not in str(call.history())
        assert call.assembled.guard.counts == {"invented": 2}


@virtual
async def test_what_the_user_said_and_the_greeting_may_be_said_again():
    async with calling(text("Alex of Acme, Gonzalez and 900 dollars: noted.")) as call:
        call.send(TextIn("Gonzalez promised nine hundred dollars"))
        await call.until("response_done")
        assert call.voice.said == ["Alex of Acme, Gonzalez and 900 dollars: noted."]
