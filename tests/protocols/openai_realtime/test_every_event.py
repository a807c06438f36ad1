"""Every event that the door knows, in both directions, as the ``openai`` package's own types have it."""

from __future__ import annotations

import base64
from typing import Any, Final

from openai.types.realtime import RealtimeClientEvent
from pydantic import TypeAdapter

from conversation.providers import EngineUnavailable
from tests.support.agent import calls, text
from tests.support.call import sample
from tests.support.realtime import RealtimeClient, realtime_call
from tests.support.virtual_time import advance, virtual

#: What may be sent. The types take every event that ``client.realtime.connect`` can send.
CLIENT_EVENTS: Final = frozenset(
    [
        "session.update",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "output_audio_buffer.clear",
        "conversation.item.create",
        "conversation.item.delete",
        "conversation.item.retrieve",
        "conversation.item.truncate",
        "response.create",
        "response.cancel",
    ]
)
SERVER_EVENTS: Final = frozenset(
    [
        "session.created",
        "session.updated",
        "error",
        "rate_limits.updated",
        "conversation.created",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.retrieved",
        "conversation.item.truncated",
        "conversation.item.deleted",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.input_audio_transcription.failed",
        "input_audio_buffer.committed",
        "input_audio_buffer.cleared",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.timeout_triggered",
        "output_audio_buffer.started",
        "output_audio_buffer.stopped",
        "output_audio_buffer.cleared",
        "response.created",
        "response.done",
        "response.output_item.added",
        "response.output_item.done",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.delta",
        "response.output_text.done",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.delta",
        "response.output_audio_transcript.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
    ]
)
SENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
LONG = "One is here. Two is there. Three is nowhere. Four is all over the place today."
VAD = {"type": "server_vad", "idle_timeout_ms": 6000}
TOOL = {"type": "function", "name": "show_map", "description": "Show a map", "parameters": {"type": "object"}}


class Spoken:
    """Sends as the package would: what is sent has its types."""

    def __init__(self, client: RealtimeClient) -> None:
        self.client = client
        self.sent: set[str] = set()

    def __call__(self, kind: str, **fields: Any) -> None:
        SENT.validate_python({"type": kind, **fields})
        self.sent.add(kind)
        self.client.send(kind, **fields)

    def ask(self, words: str, **response: Any) -> None:
        content = [{"type": "input_text", "text": words}]
        self("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        self("response.create", response=response)


@virtual
async def test_every_event_is_used_in_both_directions() -> None:
    steps = (
        text("Noon."),
        calls(("call_1", "show_map", {}), say="Let me see."),
        text("It is on your screen."),
        text("In writing."),
        text(LONG),
        text("Are you there?"),
    )
    async with realtime_call(*steps, buffer_events=True) as client:
        send = Spoken(client)
        audio_in = {"transcription": {"model": "whisper-1"}, "turn_detection": VAD}
        send("session.update", session={"type": "realtime", "tools": [TOOL], "audio": {"input": audio_in}})
        await client.say("slt_time", "what time is it")
        await client.got("response.done")
        await _client_tool(send)
        send.ask("write it", output_modalities=["text"])
        await client.got("response.done", 4)
        await _broken_off(send)
        await client.append(bytes(32 * 20_000))  # silence
        await client.got("input_audio_buffer.timeout_triggered")
        await client.got("response.done", 6)
        await _by_hand(send)
        assert send.sent == CLIENT_EVENTS
        seen = {event["type"] for event in client.events}
        assert seen == SERVER_EVENTS


async def _client_tool(send: Spoken) -> None:
    client = send.client
    send.ask("show me a map")
    await client.got("response.done", 2)
    output = {"type": "function_call_output", "call_id": "call_1", "output": "shown"}
    send("conversation.item.create", item=output)
    send("response.create")
    await client.got("response.done", 3)


async def _broken_off(send: Spoken) -> None:
    """An answer that the client cuts off, shortens and then forgets."""
    client = send.client
    before = len(client.of("response.output_audio.delta"))
    send.ask("tell me more")
    await client.got("response.output_audio.delta", before + 60)
    send("output_audio_buffer.clear")
    item_id = (await client.got("response.done", 5))["response"]["output"][0]["id"]
    send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=600)
    send("conversation.item.retrieve", item_id=item_id)
    send("conversation.item.delete", item_id=item_id)
    send("response.cancel")  # nothing is left to cancel: an error
    await client.got("error")


async def _by_hand(send: Spoken) -> None:
    """The client ends its turns itself, and the recogniser has no room for the second."""
    client = send.client
    assert client.call
    manual = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
    send("session.update", session=manual)
    send("input_audio_buffer.append", audio=base64.b64encode(bytes(4800)).decode())
    send("input_audio_buffer.clear")
    client.call.recogniser.texts = [EngineUnavailable("all recognisers are busy")]
    await client.append(sample("slt_time"))
    send("input_audio_buffer.commit")
    await client.got("conversation.item.input_audio_transcription.failed")
    await advance(1)
