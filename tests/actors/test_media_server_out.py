"""What leaves the session actor's WebSocket server, and what happens to clients that do not take it."""

from __future__ import annotations

import asyncio
import json

import pytest

from actors import media_server
from conversation.events import (
    AudioOut,
    CloseSocket,
    PingIn,
    ServerEvent,
)
from tests.support.media import closed, serving
from tests.support.virtual_time import until

AUDIO = bytes(2048)


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
        assert place.server.counts.dropped_audio == dropped
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
        assert place.server.counts.cut_off == 1
        assert place.server.counts.open == set()
        socket.transport.abort()


async def test_what_waits_for_clients_is_known_and_gone_with_them():
    async with serving() as place, place.client(max_queue=1) as socket:
        socket.transport.pause_reading()
        sink = place.memory.sockets[0]
        while not sink.dropped_audio:
            sink.deliver(2, AudioOut("item", AUDIO))
            await asyncio.sleep(0)
        assert place.server.counts.unsent == sink.unsent > 64 * len(AUDIO)
        socket.transport.abort()
        await until(lambda: place.server.counts.unsent == 0, within=5)


async def test_closes_from_our_side_are_counted_by_code():
    async with serving() as place, place.client() as socket:
        place.memory.sockets[0].deliver(2, CloseSocket(4008, "idle"))
        assert await closed(socket) == 4008
        assert place.server.counts.closes == {4008: 1}


async def test_a_client_that_reads_nothing_is_detached_though_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(media_server, "_SILENT_S", 0.2)
    async with serving() as place:
        async with place.client(max_queue=1) as silent:
            silent.transport.pause_reading()
            await until(lambda: place.memory.gone, within=10)
            silent.transport.abort()
        # Its conversation is still there for who comes back, and who answers the questions stays.
        async with place.client() as again:
            await again.send(json.dumps({"type": "ping"}))
            await until(lambda: place.memory.received == [PingIn()], within=5)
            assert place.memory.gone == place.memory.sockets[:1]
