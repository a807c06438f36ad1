from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hero365_fake_server import TOKEN, FakeServer, Reply, connected, running, tone, until

from hero365_client import (
    Audio,
    ConnectionLost,
    Hero365Client,
    Notice,
    ResponseDone,
    ResponseInterrupted,
    Resumed,
    VoiceConnection,
)
from hero365_client.connection import MAX_FRAME_BYTES


async def collect(connection: VoiceConnection, last: type) -> list[Any]:
    events: list[Any] = []
    async with asyncio.timeout(10):
        async for event in connection:
            events.append(event)
            if isinstance(event, last):
                return events
    raise AssertionError(f"no {last.__name__} came")


@pytest.mark.parametrize("binary", [True, False])
async def test_audio_goes_up_and_the_reply_comes_down(binary: bool) -> None:
    server = FakeServer([Reply("hi there", "Good day.", 0.2)])
    async with connected(server, binary=binary) as (connection, fake):
        speech = tone(0.2, 16_000) + bytes(2 * 8000)
        await connection.stream_audio(speech)
        events = await collect(connection, ResponseDone)
        await until(lambda: len(fake.audio) == len(speech))
        assert bytes(fake.audio) == speech
        assert fake.audio_messages == 35
        assert b"".join(e.pcm for e in events if isinstance(e, Audio)) == tone(0.2, 24_000)
        item = events[-1].item_id
        assert {e.item_id for e in events if isinstance(e, Audio)} == {item}
        await until(lambda: connection.player.played_ms(item) == 200)
        # the server is told when all of it was played
        await until(lambda: any(f.get("data", {}).get("played_ms") == 200 for f in fake.frames))
        assert fake.frames[0]["type"] == "hello"
        assert fake.hellos[0]["audio_in"] == {"format": "pcm16", "sample_rate": 16_000}


async def test_an_interruption_flushes_the_player() -> None:
    async with connected(FakeServer([Reply(seconds=5.0)])) as (connection, _):
        await connection.send_text("go on")
        await until(lambda: connection.player.position > 0 and connection.player.queued_seconds > 0.05)
        await connection.interrupt()
        events = await collect(connection, ResponseInterrupted)
        assert connection.player.queued_seconds == 0
        heard = connection.player.item(events[-1].item_id)
        assert heard.interrupted
        assert heard.flushed > 0


async def test_large_audio_is_split_and_odd_audio_refused() -> None:
    async with connected(FakeServer()) as (connection, fake):
        await connection.send_audio(bytes(MAX_FRAME_BYTES * 2 + 2))
        await until(lambda: len(fake.audio) == MAX_FRAME_BYTES * 2 + 2)
        assert fake.audio_messages == 3
        with pytest.raises(ValueError, match="even"):
            await connection.send_audio(b"abc")


async def test_control_frames() -> None:
    async with connected(FakeServer()) as (connection, fake):
        await connection.confirm("k", True)
        await connection.update_config(voice_speed="slow")
        await connection.mute()
        await connection.mute(False)
        await connection.audio_end()
        await connection.ping()
        assert (await collect(connection, Notice))[-1].name == "pong"
        assert [(f["type"], f.get("data")) for f in fake.frames[1:]] == [
            ("confirm", {"confirmation_id": "k", "answer": True}),
            ("config_update", {"voice_speed": "slow"}),
            ("mute", None),
            ("unmute", None),
            ("audio_end", None),
            ("ping", None),
        ]


async def test_a_broken_socket_comes_back_with_a_new_ticket_and_the_resume_token() -> None:
    async with connected(FakeServer([Reply(seconds=5.0)])) as (connection, fake):
        await connection.send_text("go on")
        await until(lambda: connection.player.queued_seconds > 0.05)
        await fake.sockets[0].close(1012)
        await collect(connection, Resumed)
        resume = fake.hellos[1]["resume"]
        assert resume["token"] == "r1"
        assert resume["last_seq"] > 1
        assert resume["playback"]["item_id"]
        assert connection.reconnects == 1
        assert connection.player.queued_seconds == 0  # the rest is spoken again by the server
        await connection.ping()
        assert (await collect(connection, Notice))[-1].name == "pong"


async def test_a_session_out_of_reach_is_tried_again_with_another_ticket() -> None:
    server = FakeServer()
    async with connected(server) as (connection, fake):
        server.sockets_refused = 2
        await fake.sockets[0].close(1012)
        await collect(connection, Resumed)
        assert server.sockets_refused == 0
        assert connection.reconnects == 1


async def test_a_socket_refused_by_http_says_why() -> None:
    server = FakeServer()
    server.sockets_refused = 1
    async with running(server), Hero365Client(server.base_url, TOKEN) as client:
        with pytest.raises(ConnectionLost, match="session_gone: Not reachable") as lost:
            await client.connect(await client.start())
    assert lost.value.close_code == 1012


async def test_a_session_that_is_gone_is_not_waited_for() -> None:
    server = FakeServer()
    async with connected(server) as (connection, fake):
        del server.sessions[fake.session_id]
        await fake.sockets[0].close(1012)
        with pytest.raises(ConnectionLost, match="unknown_session") as lost:
            await collect(connection, Resumed)
        assert (lost.value.close_code, connection.reconnects) == (4004, 0)


async def test_a_server_that_does_not_come_back_is_given_up() -> None:
    server = FakeServer()
    async with connected(server, reconnect_s=0.5) as (connection, fake):
        server.tickets_refused = True
        await fake.sockets[0].close(1012)
        await until(lambda: not connection.online)
        sending = asyncio.create_task(connection.send_text("are you there"))  # waits for the connection
        with pytest.raises(ConnectionLost, match="restart"):
            await collect(connection, Resumed)
        with pytest.raises(ConnectionLost):
            await sending


async def test_what_was_typed_into_a_breaking_socket_is_sent_again() -> None:
    async with connected(FakeServer([Reply(seconds=0.1)])) as (connection, fake):

        def typed() -> list[str]:
            return [each["data"]["message_id"] for each in fake.frames if each["type"] == "text_message"]

        await connection.send_text("who owes me money")
        await until(lambda: len(typed()) == 1)
        await fake.sockets[0].close(1012)
        await until(lambda: len(typed()) == 2)
        assert len(set(typed())) == 1


async def test_what_is_typed_has_an_id_of_its_own() -> None:
    async with connected(FakeServer()) as (connection, fake):
        await connection.send_text("one")
        await connection.send_text("two", "mine")
        await until(lambda: len([each for each in fake.frames if each["type"] == "text_message"]) == 2)
        first, second = (each["data"]["message_id"] for each in fake.frames if each["type"] == "text_message")
        assert len(first) == 32
        assert second == "mine"


async def test_without_reconnect_a_broken_socket_is_the_end() -> None:
    async with connected(FakeServer(), reconnect=False) as (connection, fake):
        await fake.sockets[0].close(1012)
        with pytest.raises(ConnectionLost, match="restart"):
            await collect(connection, Resumed)


@pytest.mark.parametrize(("code", "name"), [(4009, "max_duration"), (4010, "replaced"), (1008, "policy")])
async def test_a_final_close_ends_the_iteration_with_its_code(code: int, name: str) -> None:
    async with connected(FakeServer()) as (connection, fake):
        await fake.sockets[0].close(code)
        with pytest.raises(ConnectionLost) as lost:
            await collect(connection, Resumed)
        assert (lost.value.close_code, lost.value.code) == (code, name)
        assert connection.reconnects == 0
        with pytest.raises(ConnectionLost):
            await connection.ping()


async def test_an_ended_session_ends_the_iteration_quietly() -> None:
    async with connected(FakeServer()) as (connection, _):
        await connection.end()
        async with asyncio.timeout(10):
            names = [type(event).__name__ async for event in connection]
        assert names == ["ConnectionEstablished"]
        assert connection.finished
        assert connection.failure is None


async def test_nobody_iterating_costs_only_the_oldest_events() -> None:
    async with connected(FakeServer([Reply(seconds=0.1)])) as (connection, _):
        for number in range(4200):
            await connection.ping()
            await until(lambda n=number: connection.dropped_events + len(connection._inbox) > n)
        assert len(connection._inbox) == 4096
        assert connection.dropped_events > 0


async def test_a_used_ticket_is_refused() -> None:
    async with running(FakeServer()) as server, Hero365Client(server.base_url, TOKEN) as client:
        session = await client.start()
        connection = await client.connect(session)
        with pytest.raises(ConnectionLost) as refused:
            await client.connect(session)
        assert refused.value.close_code == 1008
        await connection.close()


@pytest.mark.parametrize(("asked", "played"), [(None, 16_000), (48_000, 48_000)])
async def test_the_output_rate_is_the_one_asked_for_or_the_sessions_own(
    asked: int | None, played: int
) -> None:
    server = FakeServer()
    server.out_rate = 16_000
    async with connected(server, audio_out=asked) as (connection, fake):
        assert connection.player.sample_rate == played
        assert fake.hellos[0].get("audio_out") == (
            {"format": "pcm16", "sample_rate": asked} if asked else None
        )


def test_a_rate_the_wire_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="one of"):
        VoiceConnection("ws://x", audio_in=11_025)
