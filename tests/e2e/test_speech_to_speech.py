"""A running server whose conversations are speech to speech: a tool, an interruption, money, over one line."""

from __future__ import annotations

import pytest

from bench.conversation import talk
from hero365_client import Hero365Client, read_wav
from tests.e2e.test_openai_provider import provided
from tests.openai_stand_in.brain import calls, says

pytestmark = [pytest.mark.server, pytest.mark.provider, pytest.mark.timeout(400)]

LONG = (
    "Let me think about that for a while, since there is a good deal to tell about the day. You could begin early and "
    "be home for dinner."
)


async def test_it_listens_acts_and_is_interrupted() -> None:
    async with (
        provided(OPENAI_REALTIME="on") as (server, stand_in),
        Hero365Client(server.base_url, server.token()) as client,
        talk(client) as held,
    ):
        stand_in.sounds.says = None  # audible: by the local voice
        stand_in.brain.will(
            *(calls("get_current_time"), says("I looked at the clock for you.")),
            *(calls("get_today_jobs"), says(LONG)),
            *(calls("get_pending_invoices"), says("Some people still owe you.")),
            *(calls("create_invoice", contact="Sarah Johnson", amount="300"), says("It is on its way.")),
        )
        first = await held.driver.turn(read_wav("samples/slt_time.wav"))
        assert [tool.name for tool in first.tools] == ["get_current_time"]
        assert "clock" in first.answer
        over, next_one = await held.driver.barge_in(
            read_wav("samples/slt_who_owes.wav"), read_wav("samples/slt_day_overview.wav")
        )
        (cut,) = over.interrupted.values()
        assert LONG.startswith(cut.heard_text)
        assert len(cut.heard_text) < len(LONG)
        truncated = [each["audio_end_ms"] for each in stand_in.told("conversation.item.truncate")]
        assert truncated == [pytest.approx(cut.heard_ms, abs=60)]
        assert "owe" in next_one.answer
        asked = await held.driver.turn(read_wav("samples/slt_bill_customer.wav"))
        assert "300 dollars" in asked.answer
        done = await held.driver.turn(read_wav("samples/slt_yes.wav"))
        assert [tool.ok for tool in done.tools] == [True]
        status = await client.status(held.session.session_id)
        assert status["usage"]["models"]["gpt-realtime"]["output_tokens"] > 0
        assert stand_in.lines == 1
