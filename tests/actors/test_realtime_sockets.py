"""A Realtime client at the session actor's WebSocket server, over real sockets."""

from __future__ import annotations

import json
from typing import Any

from conversation.events import AudioIn, EndIn, Hello, ListenIn, ServerEvent
from tests.support.media import closed, serving
from tests.support.polling import eventually

PATH = "/v1/realtime/s1?ticket=good&model=gpt-x&output_audio_buffer_events=true"


async def test_a_realtime_client_is_let_in_and_its_end_is_the_conversations():
    async with serving() as place:
        async with place.socket(PATH) as socket:
            session = json.loads(await socket.recv())
            assert (session["type"], session["session"]["model"]) == ("session.created", "gpt-x")
            assert json.loads(await socket.recv())["type"] == "conversation.created"
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": "AAAA" * 100}))
            await eventually(lambda: len(place.memory.received) >= 3, "the audio")
        await eventually(lambda: EndIn() in place.memory.received, "the end")
    assert [type(event) for event in place.memory.received] == [Hello, ListenIn, AudioIn, EndIn]


async def test_mistakes_are_errors_of_the_original_and_a_flood_of_them_ends_it():
    async with serving() as place, place.socket(PATH) as socket:
        await socket.recv()
        await socket.recv()
        for _ in range(25):
            await socket.send(json.dumps({"type": "response.upgrade", "event_id": "mine"}))
        event: dict[str, Any] = json.loads(await socket.recv())
        assert event["type"] == "error"
        assert event["error"]["type"] == "invalid_request_error"
        assert (event["error"]["param"], event["error"]["event_id"]) == ("type", "mine")
        assert await closed(socket) == 1008


async def test_the_sessions_events_come_in_the_words_of_the_original():
    async with serving() as place, place.socket(PATH) as socket:
        await socket.recv()
        await socket.recv()
        place.memory.sockets[0].deliver(7, ServerEvent("user_started_speaking", {"audio_ms": 40}))
        event = json.loads(await socket.recv())
        assert (event["type"], event["audio_start_ms"]) == ("input_audio_buffer.speech_started", 40)
