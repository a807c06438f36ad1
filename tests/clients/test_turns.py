from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hero365_fake_server import FakeServer, Reply, connected, tone, until

from hero365_client import (
    AudioFormatError,
    Clip,
    ConnectionLost,
    Microphone,
    TurnDriver,
    VoiceConnection,
    clip_of,
)

CLIP = clip_of(bytes(2 * 1600) + tone(0.3, 16_000) + bytes(2 * 1600), 16_000, "clip")


@asynccontextmanager
async def talking(
    server: FakeServer,
) -> AsyncIterator[tuple[VoiceConnection, Microphone, TurnDriver, FakeServer]]:
    async with connected(server) as (connection, _), Microphone(connection, record=True) as microphone:
        yield connection, microphone, TurnDriver(connection, microphone), server


async def test_a_turn_is_recorded() -> None:
    script = [
        Reply("book a job", "Booked.", 0.2, [("create_job", {"title": "x"})], read_back="Shall I?"),
        Reply("thanks", "Welcome.", 0.2),
    ]
    async with talking(FakeServer(script)) as (_, microphone, driver, server):
        first = await driver.turn(CLIP)
        second = await driver.turn(CLIP)
        assert (first.heard_text, first.answer, first.partials) == ("book a job", "Booked.", 1)
        assert [(t.name, t.arguments, t.ok, t.summary) for t in first.tools] == [
            ("create_job", {"title": "x"}, True, "done")
        ]
        assert first.confirmations[0].read_back == "Shall I?"
        assert first.latency["stt_ms"] == 20.0
        # media time: the fake waits for 300 ms of silence after the last voiced packet
        assert first.voice_to_voice_ms >= server.endpoint_ms - 20
        assert not first.timed_out
        assert not first.premature
        assert (second.heard_text, second.answer, second.tools) == ("thanks", "Welcome.", [])
        assert first.to_json()["tools"][0]["name"] == "create_job"
        # the clip lies in the recording exactly where its utterance says
        start = 2 * first.utterance.start_sample
        assert microphone.recording()[start : start + len(CLIP.pcm)] == CLIP.pcm


async def test_what_the_server_got_is_what_the_microphone_recorded() -> None:
    async with talking(FakeServer()) as (_, microphone, driver, server):
        await driver.turn(CLIP)
        (session,) = server.sessions.values()
        got = bytes(session.audio)
        assert len(got) > len(CLIP.pcm)
        assert microphone.recording()[: len(got)] == got


async def test_barge_in_cuts_the_reply_where_it_was_heard() -> None:
    script = [Reply("tell me all", "A long story.", 6.0), Reply("stop", "Sure.", 0.2)]
    async with talking(FakeServer(script)) as (connection, _, driver, _server):
        cut, over = await driver.barge_in(CLIP, CLIP, after_s=0.5)
        item = cut.items[0]
        assert cut.interrupted[item].heard_text == "half"
        assert connection.player.item(item).flushed > 0
        assert connection.player.last_audible_of(item) > over.utterance.voiced_from
        assert over.barge_in_stop_ms > 0
        assert (over.heard_text, over.answer) == ("stop", "Sure.")


async def test_the_greeting_is_its_own_record() -> None:
    async with talking(FakeServer([Reply()], greeting=Reply("", "Good morning.", 0.3))) as (
        _,
        _,
        driver,
        _server,
    ):
        assert (await driver.quiet()).answer == "Good morning."
        assert (await driver.turn(CLIP)).answer == "Hello."


async def test_who_hands_over_to_whom_is_recorded() -> None:
    script = [Reply("what jobs", "None.", 0.1, handoff=("orchestrator", "job specialist")), Reply()]
    async with talking(FakeServer(script)) as (_, _, driver, _server):
        first, second = await driver.type("what jobs"), await driver.type("hello")
    assert [(each.from_agent, each.to_agent) for each in first.handoffs] == [
        ("orchestrator", "job specialist")
    ]
    assert first.to_json()["handoffs"] == [{"from": "orchestrator", "to": "job specialist"}]
    assert second.handoffs == []


async def test_a_typed_turn() -> None:
    async with talking(FakeServer([Reply("typed", "Read.", 0.1)])) as (_, _, driver, _server):
        record = await driver.type("hello")
        assert record.answer == "Read."
        assert record.voice_to_voice_ms is None


async def test_no_answer_is_a_timed_out_turn() -> None:
    server = FakeServer()
    server.endpoint_ms = 1e9
    async with talking(server) as (_, _, driver, _server):
        record = await driver.turn(CLIP, deadline_s=0.5)
        assert record.timed_out
        assert record.voice_to_voice_ms is None


async def test_a_session_that_ends_in_a_turn_is_an_error() -> None:
    server = FakeServer([Reply(seconds=20.0)])
    async with talking(server) as (connection, _, driver, _server):

        async def close() -> None:
            await until(lambda: connection.player.queued_seconds > 0)
            await next(iter(server.sessions.values())).sockets[0].close(4009)

        closing = asyncio.create_task(close())
        with pytest.raises(ConnectionLost):
            await driver.turn(CLIP)
        await closing


async def test_a_clip_of_another_rate_is_refused() -> None:
    async with talking(FakeServer()) as (_, microphone, _driver, _server):
        with pytest.raises(AudioFormatError, match="8000 Hz"):
            microphone.say(Clip(bytes(100), 8000, "phone", 0, 0))
