"""The session actor's WebSocket server over real sockets; the conversation behind it only remembers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from actors.media_server import MediaServer
from conversation.budget import Limits
from conversation.events import (
    AudioEnd,
    AudioIn,
    AudioOut,
    CloseSocket,
    Hello,
    PingIn,
    ServerEvent,
    TextIn,
)
from tests.support.media import Memory
from tests.support.virtual_time import until

AUDIO = bytes(2048)


@dataclass
class Place:
    """A running server."""

    url: str
    memory: Memory
    admitted: asyncio.Event

    @contextlib.asynccontextmanager
    async def socket(
        self, path: str = "/ws/voice-agent/s1?ticket=good", **options: Any
    ) -> AsyncIterator[Any]:
        async with websockets.connect(self.url + path, compression=None, **options) as socket:
            yield socket

    @contextlib.asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[ClientConnection]:
        """A welcomed client."""
        async with self.socket(**options) as socket:
            assert json.loads(await socket.recv())["type"] == "connection_established"
            yield socket


@contextlib.asynccontextmanager
async def serving(limits: Limits | None = None, *, held: bool = False) -> AsyncIterator[Place]:
    memory, admitted = Memory(), asyncio.Event()
    if not held:
        admitted.set()

    async def admit(session_id: str, ticket: str | None) -> tuple[int, str]:
        await admitted.wait()
        if session_id != "s1":
            return 4004, "no such session here"
        return (0, "") if ticket == "good" else (1008, "ticket_invalid")

    server = MediaServer(lambda name: memory if name == "s1" else None, admit, limits or Limits())
    port = await server.start("127.0.0.1")
    try:
        yield Place(f"ws://127.0.0.1:{port}", memory, admitted)
    finally:
        server.close()


async def closed(socket: ClientConnection) -> int | None:
    """The close code; what comes before it is read."""
    async with asyncio.timeout(10):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code


async def error(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        frame = json.loads(await socket.recv())
    assert frame["type"] == "error"
    return frame["data"]


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

    server = MediaServer(lambda _name: Memory(), broken, Limits())
    port = await server.start("127.0.0.1")
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws/s1?ticket=good") as socket:
        assert await closed(socket) == 4000
    server.close()


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


# --- what goes out -------------------------------------------------------------------------------------------


async def test_audio_goes_out_as_json_until_the_client_wants_binary():
    async with serving() as place, place.client() as socket:
        sink = place.memory.sockets[0]
        sink.deliver(2, AudioOut("item", AUDIO))
        frame = json.loads(await socket.recv())
        assert (frame["type"], frame["seq"], frame["session_id"]) == ("audio", 2, "s1")
        await socket.send(json.dumps({"type": "hello", "binary": True}))
        await until(lambda: place.memory.received, within=5)
        sink.deliver(3, AudioOut("item", AUDIO))
        assert await socket.recv() == AUDIO
        await socket.send(json.dumps({"type": "hello"}))
        await until(lambda: len(place.memory.received) == 2, within=5)
        sink.deliver(4, AudioOut("item", AUDIO))
        assert await socket.recv() == AUDIO, "a hello without a wish changes nothing"


async def test_numbers_never_go_back_not_even_in_errors():
    async with serving() as place, place.client() as socket:
        place.memory.sockets[0].deliver(41, ServerEvent("thinking"))
        await socket.send("{")
        numbers = [json.loads(await socket.recv())["seq"] for _ in range(2)]
        assert numbers[0] == 41
        assert numbers[1] >= 41


async def test_the_conversations_close_code_reaches_the_client():
    async with serving() as place, place.client() as socket:
        place.memory.sockets[0].deliver(5, ServerEvent("thinking"))
        place.memory.sockets[0].deliver(6, CloseSocket(4008, "idle"))
        assert json.loads(await socket.recv())["type"] == "thinking"
        assert await closed(socket) == 4008
        assert socket.close_reason == "idle"
        place.memory.sockets[0].deliver(7, ServerEvent("thinking"))


async def test_the_newer_of_two_sockets_wins():
    async with serving() as place, place.client() as old, place.client() as new:
        assert await closed(old) == 4010
        await until(lambda: place.memory.gone == place.memory.sockets[:1], within=5)
        await new.send(json.dumps({"type": "ping"}))
        await until(lambda: place.memory.received == [PingIn()], within=5)


@pytest.mark.parametrize("how", ["close", "abort", "close without a code"])
async def test_the_end_of_the_connection_is_the_detach(how: str):
    async with serving() as place, place.client() as socket:
        if how == "abort":
            socket.transport.abort()
        elif how == "close":
            await socket.close(1001, "bye")
        else:
            socket.transport.write(b"\x88\x80\0\0\0\0")  # a close frame without a body, masked
        await until(lambda: place.memory.gone == place.memory.sockets, within=5)
        assert len(place.memory.gone) == 1


async def test_a_client_that_never_reads_loses_audio_not_our_memory():
    async with serving() as place, place.client(max_queue=1) as socket:
        socket.transport.pause_reading()
        sink = place.memory.sockets[0]
        for number in range(20_000):  # 40 MB, ten minutes of audio
            sink.deliver(number, AudioOut("item", AUDIO))
            if number % 500 == 0:
                await asyncio.sleep(0)
        assert sink.dropped_audio > 10_000
        assert sink.unsent < 1024 * 1024
        assert place.memory.gone == []
        # It reads again: the events were kept and the newest audio, in the order they were sent.
        sink.deliver(20_001, ServerEvent("thinking"))
        socket.transport.resume_reading()
        numbers: list[int] = []
        async with asyncio.timeout(20):
            while not numbers or numbers[-1] != 20_001:
                numbers.append(json.loads(await socket.recv())["seq"])
        assert numbers == sorted(numbers)
        assert numbers[-61:-1] == list(range(19_940, 20_000))
        dropped = sink.dropped_audio
        await until(lambda: sink.unsent == 0, within=5)
        sink.deliver(20_002, AudioOut("item", AUDIO))
        assert json.loads(await socket.recv())["seq"] == 20_002
        assert sink.dropped_audio == dropped


async def test_audio_that_waits_is_forgotten_when_it_is_interrupted():
    async with serving() as place, place.client(max_queue=1) as socket:
        socket.transport.pause_reading()
        sink = place.memory.sockets[0]
        number = 1
        while not sink.dropped_audio:
            number += 1
            sink.deliver(number, AudioOut("item", AUDIO))
            await asyncio.sleep(0)
        sink.deliver(number + 1, ServerEvent("response_interrupted", {"item_id": "item"}))
        sink.deliver(number + 2, AudioOut("item2", AUDIO))
        socket.transport.resume_reading()
        numbers: list[int] = []
        async with asyncio.timeout(20):
            while not numbers or numbers[-1] != number + 2:
                numbers.append(json.loads(await socket.recv())["seq"])
        assert numbers[-2] == number + 1
        assert numbers[-3] < number - 50


async def test_a_client_that_reads_no_events_either_is_disconnected():
    async with serving() as place, place.client(max_queue=1) as socket:
        socket.transport.pause_reading()
        sink = place.memory.sockets[0]
        for number in range(5000):
            sink.deliver(number, ServerEvent("response_text", {"text": "x" * 10_000}))
            await asyncio.sleep(0)
            if place.memory.gone:
                break
        await until(lambda: place.memory.gone, within=10)
        assert sink.unsent == 0
        socket.transport.abort()
