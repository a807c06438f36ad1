"""What comes into the session actor's WebSocket server, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
import websockets

from actors.media_server import MediaServer
from config.settings import Settings
from conversation.budget import Limits
from conversation.events import (
    AudioEnd,
    AudioIn,
    Hello,
    PingIn,
    TextIn,
)
from tests.support.media import Memory, closed, error, serving
from tests.support.virtual_time import until

AUDIO = bytes(2048)


# --- who may come in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/ws/voice-agent/s1", 1008),
        ("/ws/voice-agent/s1?ticket=bad", 1008),
        ("/ws/voice-agent/s1?ticket=", 1008),
        ("/ws/voice-agent/s1?ticket=bad&ticket=good", 1008),
        ("/ws/voice-agent/another?ticket=good", 4004),
        ("/", 4004),
    ],
)
async def test_without_a_good_ticket_nobody_comes_in(path: str, code: int):
    async with serving() as place:
        async with place.socket(path) as socket:
            assert await closed(socket) == code
        assert place.memory.sockets == []
        assert place.memory.gone == []


async def test_both_spellings_of_the_path_lead_in():
    async with serving() as place, place.socket("/ws/s1?ticket=good") as socket:
        assert json.loads(await socket.recv())["type"] == "connection_established"


async def test_frames_before_the_ticket_is_checked_wait_for_it():
    async with serving(held=True) as place, place.socket() as socket:
        await socket.send(json.dumps({"type": "hello", "binary": True}))
        await socket.send(AUDIO)
        await (await socket.ping())  # the server has read them
        assert place.memory.received == []
        place.admitted.set()
        await until(lambda: len(place.memory.received) == 2, within=5)
        assert place.memory.received == [Hello(binary=True), AudioIn(AUDIO)]


async def test_too_much_before_the_ticket_is_checked_closes():
    async with serving(held=True) as place, place.socket() as socket:
        for _ in range(100):
            await socket.send(AUDIO)
        assert await closed(socket) == 1008
        assert place.memory.received == []


async def test_a_client_that_leaves_before_its_ticket_is_checked_was_never_there():
    async with serving(held=True) as place:
        async with place.socket():
            pass
        place.admitted.set()
        async with place.client():
            assert len(place.memory.sockets) == 1


async def test_a_check_that_breaks_closes_the_socket():
    async def broken(session_id: str, ticket: str | None) -> tuple[int, str]:
        raise RuntimeError(session_id + str(ticket))

    server = MediaServer(lambda _name: Memory(), broken, Limits(), lambda _origin, _host: True)
    port = await server.start("127.0.0.1")
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws/s1?ticket=good") as socket:
        assert await closed(socket) == 4000
    server.close()


@pytest.mark.parametrize(
    ("origin", "code"),
    [("https://evil.example", 1008), ("null", 1008), ("https://app.example", None), (None, None)],
)
async def test_pages_of_foreign_sites_stay_out_whoever_stands_in_front(origin: str | None, code: int | None):
    settings = Settings(allowed_origins=("https://app.example",))
    async with serving(settings=settings) as place, place.socket(origin=origin) as socket:
        if code is None:
            assert json.loads(await socket.recv())["type"] == "connection_established"
        else:
            assert await closed(socket) == code
            assert socket.close_reason == "origin_not_allowed"
            assert place.memory.sockets == []


# --- what comes in -------------------------------------------------------------------------------------------


async def test_audio_as_binary_and_as_json():
    async with serving() as place, place.client() as socket:
        await socket.send(AUDIO)
        await socket.send(
            json.dumps({"type": "audio_data", "data": {"audio": base64.b64encode(b"ab").decode()}})
        )
        await socket.send(json.dumps({"type": "complete_audio", "audio": base64.b64encode(b"cd").decode()}))
        await until(lambda: len(place.memory.received) == 4, within=5)
        assert place.memory.received == [AudioIn(AUDIO), AudioIn(b"ab"), AudioIn(b"cd"), AudioEnd()]


async def test_messages_in_fragments_are_put_together():
    async with serving() as place, place.client() as socket:
        await socket.send([AUDIO[:100], AUDIO[100:101], AUDIO[101:]])
        await socket.send(['{"type": "text_', 'message", "text"', ': "hello"}'])
        await socket.send([b"ab", b"", b"cd"])
        await until(lambda: len(place.memory.received) == 3, within=5)
        assert place.memory.received == [AudioIn(AUDIO), TextIn("hello"), AudioIn(b"abcd")]


async def test_endless_fragments_are_too_big():
    async with serving() as place, place.client() as socket:

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield bytes(32_000)

        with contextlib.suppress(websockets.ConnectionClosed):
            await socket.send(endless())
        assert await closed(socket) == 1009
        assert place.memory.received == []


async def test_one_frame_beyond_everything_is_too_big():
    async with serving() as place, place.client() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            await socket.send(bytes(140_000))
        assert await closed(socket) == 1009
        assert place.memory.received == []
        await until(lambda: place.memory.gone, within=5)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "bad_json"),
        ("[]", "bad_message"),
        ('{"type": "sing"}', "unknown_type"),
        (b"abc", "odd_audio"),
        (b"", "empty_audio"),
        (bytes(70_000), "oversize"),
        ('{"type": "audio_data", "audio": "§"}', "bad_base64"),
        ('{"type": "config_update"}', "bad_message"),
        ("[" * 50_000, "bad_json"),
    ],
)
async def test_bad_input_is_answered_with_a_code_and_the_socket_lives(message: str | bytes, code: str):
    async with serving() as place, place.client() as socket:
        await socket.send(message)
        told = await error(socket)
        assert told["code"] == code
        assert not told["fatal"]
        await socket.send(json.dumps({"type": "ping"}))
        await until(lambda: place.memory.received == [PingIn()], within=5)


async def test_text_that_is_no_utf8_is_answered_or_closed_and_the_server_lives():
    async with serving() as place:
        async with place.client() as socket:
            await socket.send(b"\xff\xfe{}", text=True)
            await socket.send(json.dumps({"type": "ping"}))
            told = await error(socket)
            assert told["code"] == "bad_json"
            await until(lambda: place.memory.received == [PingIn()], within=5)
        async with place.client():
            pass


# --- too much ------------------------------------------------------------------------------------------------


async def test_a_flood_of_bad_messages_closes():
    async with serving() as place, place.client() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(60):
                await socket.send("{")
        assert await closed(socket) == 1008
        assert place.memory.received == []


async def test_a_flood_of_oversize_messages_closes():
    async with serving() as place, place.client() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(60):
                await socket.send(bytes(66_000))
        assert await closed(socket) == 1009
        assert place.memory.received == []


async def test_a_flood_of_control_messages_closes():
    async with serving(Limits(control_per_minute=30)) as place, place.client() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(100):
                await socket.send(json.dumps({"type": "interrupt"}))
        assert await closed(socket) == 1008
        assert len(place.memory.received) <= 31


async def test_many_playback_reports_are_no_flood():
    async with serving() as place, place.client() as socket:
        for number in range(500):
            await socket.send(json.dumps({"type": "playback", "item_id": "i", "played_ms": number}))
        await until(lambda: len(place.memory.received) == 500, within=10)


@pytest.mark.parametrize("spelling", ["binary", "json"])
async def test_audio_much_faster_than_speech_closes(spelling: str):
    chunk = bytes(32_000)  # a second
    message: str | bytes = chunk
    if spelling == "json":
        message = json.dumps({"type": "audio_data", "audio": base64.b64encode(chunk).decode()})
    async with serving() as place, place.client() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(100):
                await socket.send(message)
        told = await error(socket)
        assert told["code"] == "audio_too_fast"
        assert told["fatal"]
        assert await closed(socket) == 1008
        assert len(place.memory.received) <= 33


async def test_the_budget_follows_the_rate_of_the_audio():
    async with serving() as place, place.client() as socket:
        place.memory.rate = 48_000
        for _ in range(25):
            await socket.send(bytes(48_000))  # half a second each
        await until(lambda: len(place.memory.received) == 25, within=5)


@pytest.mark.parametrize("kind", ["samples", "pings", "fragments"])
async def test_a_flood_of_small_frames_closes(kind: str):
    async with serving() as place, place.client() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            if kind == "fragments":
                await socket.send(b"" for _ in range(6000))
            for _ in range(6000):
                await (socket.send(b"\0\0") if kind == "samples" else socket.ping())
        assert await closed(socket) == 1008
        assert socket.close_reason == "too fast"


async def test_pings_are_answered():
    async with serving() as place, place.client() as socket:
        async with asyncio.timeout(5):
            await (await socket.ping(b"are you there"))


async def test_a_socket_lives_as_long_as_it_may():
    async with serving(Limits(longest_s=0.2)) as place, place.client() as socket:
        assert await closed(socket) == 1012
        assert socket.close_reason == "socket_timeout"
        await until(lambda: place.memory.gone == place.memory.sockets, within=5)
