"""Speaking over the assistant: it stands still at once, and goes on or falls silent for good within 600 ms."""

from __future__ import annotations

import pytest

from conversation.events import PlaybackIn
from tests.support.agent import calls, text
from tests.support.call import Call, calling, sample
from tests.support.fake_engines import silence
from tests.support.virtual_time import until, virtual

LONG = "One is here. Two is there. Three is nowhere. Four is all over the place today."
INVOICE = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300"})


async def speaking(call: Call) -> None:
    """The assistant is a second into its answer."""
    await call.say("slt_time", "hello")
    await until(lambda: call.client.audio_at)
    await call.hush(1.0)


async def say_over(call: Call, words: str) -> None:
    """Half a second of speech, recognised as ``words``."""
    call.recogniser.texts = [words]
    await call.speak(sample("slt_time")[: 32 * 700] + silence(1200))


@pytest.mark.parametrize("words", ["mm-hm", "Okay.", "yeah", "right"])
@virtual
async def test_a_back_channel_costs_no_word(words: str):
    async with calling(text(LONG)) as call:
        await speaking(call)
        await say_over(call, words)
        await call.until("response_done", within=40)
        assert len(call.client.events("response_paused")) == 1
        assert 0 < call.client.at("response_resumed") - call.client.at("response_paused") <= 0.61
        assert call.client.events("response_interrupted") == []
        assert call.history() == [("hello", LONG)]


@virtual
async def test_the_client_gets_every_sample_once_behind_the_place_where_it_stopped():
    async with calling(text(LONG)) as call:
        await speaking(call)
        item = call.client.events("response_started")[-1]["item_id"]
        call.recogniser.texts = ["okay"]
        await call.speak(sample("slt_time")[: 32 * 500])
        paused = await call.until("response_paused")
        before = call.client.audio(item)
        call.send(PlaybackIn(item, 640.0, stopped=True))
        await call.hush(1.0)
        await call.until("response_done", within=40)
        (resumed,) = call.client.events("response_resumed")
        assert resumed["from_ms"] == 640.0 != paused["heard_ms"]
        again = call.client.audio(item)[len(before) :]
        assert again[: len(before) - 640 * 32] == before[640 * 32 :]


@pytest.mark.parametrize("words", ["stop", "wait", "no not that one"])
@virtual
async def test_words_interrupt(words: str):
    async with calling(text(LONG), text("Sorry.")) as call:
        await speaking(call)
        await say_over(call, words)
        await call.until("response_done", within=40)
        assert call.client.at("response_interrupted") - call.client.at("response_paused") <= 0.61
        (_, first), second = call.history()
        assert LONG.startswith(first)
        assert 0 < len(first) < len(LONG)
        assert second == (words, "Sorry.")


@virtual
async def test_a_yes_into_the_question_is_its_answer():
    async with calling(calls(INVOICE), text("It is created.")) as call:
        await call.say("slt_bill_customer", "bill sarah", then_ms=600)
        await until(lambda: call.client.audio_at)
        await call.hush(1.0)
        await say_over(call, "yes")
        await call.until("response_done", within=40)
        assert len(call.client.events("response_interrupted")) == 1
        assert [each.confirmation_id for each in call.tools.done] == [None, "confirm-0"]


@virtual
async def test_the_clients_last_word_on_an_interrupted_answer_is_what_was_heard():
    async with calling(text(LONG), text("Sorry.")) as call:
        await speaking(call)
        item = call.client.events("response_started")[-1]["item_id"]
        await say_over(call, "stop")
        await call.until("response_interrupted")
        call.send(PlaybackIn(item, 600.0, stopped=True))
        assert call.history()[0] == ("hello", "One is here.")
        call.send(PlaybackIn(item, 0.0, stopped=True))
        assert call.history()[0] == ("hello", "")


@virtual
async def test_a_client_that_is_far_behind_has_not_heard_the_end():
    async with calling(text(LONG)) as call:
        await call.say("slt_time", "hello")
        await until(lambda: call.client.audio_at)
        item = call.client.events("response_started")[-1]["item_id"]
        await call.until("response_done", within=40)
        assert call.history() == [("hello", LONG)]
        call.send(PlaybackIn(item, 600.0))
        assert call.history() == [("hello", "One is here.")]
        call.send(PlaybackIn(item, 99_999.0))
        assert call.history() == [("hello", LONG)]
