"""A whole conversation goes on in another process from its checkpoint."""

from __future__ import annotations

import json

import pytest

from conversation.approvals import CheckpointRefused
from conversation.checkpoint import checkpoint, restore
from conversation.events import ConfigIn, TextIn
from tests.support.agent import calls, text
from tests.support.call import calling
from tests.support.virtual_time import virtual

INVOICE = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300", "description": "work"})


@virtual
async def test_a_question_asked_before_the_crash_is_answered_after_it():
    async with calling(calls(INVOICE)) as first:
        first.send(ConfigIn({"is_driving": True, "location": {"address": "12 Elm Street"}}))
        first.send(TextIn("bill Sarah three hundred"))
        await first.until("response_done")
        saved = json.loads(json.dumps(checkpoint(first.assembled)))
    async with calling(text("Written for Sarah.")) as second:
        restore(second.assembled, saved)
        assert second.assembled.options.is_driving
        assert second.assembled.answerer.word_limit == 20
        assert second.assembled.tools_used == {"create_invoice": 1}
        second.send(TextIn("yes"))
        await second.until("response_done")
        assert [call.confirmation_id for call in second.tools.calls] == ["confirm-0"]
        assert second.voice.said == ["Written for Sarah."]


@virtual
async def test_what_was_learned_before_may_be_said_after():
    async with calling(text("Hello.")) as first:
        first.send(TextIn("Gonzalez owes me 4,711 dollars"))
        await first.until("response_done")
        saved = checkpoint(first.assembled)
    async with calling(
        text("Gonzalez owes you 4,711 dollars."), text("Ramirez owes you 12 dollars.")
    ) as second:
        restore(second.assembled, saved)
        second.send(TextIn("who was it"))
        await second.until("response_done")
        assert second.voice.said == ["Gonzalez owes you 4,711 dollars."]
        second.send(TextIn("and who else"))
        await second.until("response_done", 2)
        assert not any("Ramirez" in said for said in second.voice.said)


@virtual
async def test_another_sessions_checkpoint_is_refused():
    async with calling(text("Hello.")) as call:
        saved = checkpoint(call.assembled)
        for wrong in (
            {},
            {**saved, "session_id": "other"},
            {**saved, "version": 99},
            {**saved, "options": {}},
        ):
            with pytest.raises(CheckpointRefused):
                restore(call.assembled, wrong)
