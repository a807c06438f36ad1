"""A spoken conversation through the Realtime door: which events come, in which order, with what in them."""

from __future__ import annotations

from tests.support.agent import calls, text
from tests.support.realtime import realtime_call
from tests.support.virtual_time import virtual


@virtual
async def test_the_session_is_told_first_and_nobody_is_greeted() -> None:
    async with realtime_call() as client:
        assert client.types()[:2] == ["session.created", "conversation.created"]
        session = client.of("session.created")[0]["session"]
        assert session["audio"]["input"]["turn_detection"]["type"] == "server_vad"
        assert session["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24_000}
        await client.append(bytes(32_000 * 3))
        assert not client.of("response.created")


@virtual
async def test_a_spoken_turn_is_answered_with_the_events_of_the_original() -> None:
    async with realtime_call(text("It is noon.")) as client:
        client.send("session.update", session={"audio": {"input": {"transcription": {"model": "whisper-1"}}}})
        await client.say("slt_time", "what time is it")
        done = await client.got("response.done")
        assert client.types()[2:] == [
            "session.updated",
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed",
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
        ]
        assert done["response"]["status"] == "completed"
        output = done["response"]["output"][0]
        assert output["content"][0]["transcript"] == "It is noon."
        usage = done["response"]["usage"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
        assert usage["output_token_details"]["audio_tokens"] > 0
        assert usage["input_token_details"]["audio_tokens"] > 0
        started = client.of("input_audio_buffer.speech_started")[0]
        stopped = client.of("input_audio_buffer.speech_stopped")[0]
        assert 0 <= started["audio_start_ms"] < stopped["audio_end_ms"]
        assert started["item_id"] == client.of("input_audio_buffer.committed")[0]["item_id"]
        heard = client.of("conversation.item.input_audio_transcription.completed")[0]
        assert heard["transcript"] == "what time is it"


@virtual
async def test_the_servers_tools_are_items_and_no_calls_for_the_client() -> None:
    steps = calls(("call_1", "get_current_time", {})), text("It is noon.")
    async with realtime_call(*steps) as client:
        await client.say("slt_time", "what time is it")
        done = await client.got("response.done")
        items = [event["item"] for event in client.of("conversation.item.done")]
        kinds = [item["type"] for item in items]
        assert kinds == ["message", "function_call", "function_call_output", "message"]
        assert items[1]["name"] == "get_current_time"
        assert items[2]["call_id"] == items[1]["call_id"]
        assert [item["type"] for item in done["response"]["output"]] == ["message"]
        assert not client.of("response.function_call_arguments.done")


@virtual
async def test_who_speaks_over_the_assistant_is_heard_and_ends_its_response() -> None:
    long = "I can look after your jobs and your invoices, whatever you like, just tell me what you want."
    async with realtime_call(text(long), text("Noon.")) as client:
        await client.say("slt_time", "what do I have today", 800)
        await client.got("response.output_audio.delta", 20)
        await client.say("slt_time", "no wait, what time is it")
        second = await client.got("response.done", 2)
        first = client.of("response.done")[0]["response"]
        assert first["status"] == "cancelled"
        assert first["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        heard = first["output"][0]["content"][0]["transcript"]
        assert long.startswith(heard)
        assert 0 < len(heard) < len(long)
        kinds = [event["type"] for event in client.events]
        starts = [index for index, kind in enumerate(kinds) if kind == "input_audio_buffer.speech_started"]
        assert starts[1] < kinds.index("response.done")
        assert second["response"]["status"] == "completed"
        assert second["response"]["output"][0]["content"][0]["transcript"] == "Noon."
        assert client.call
        assert client.call.history()[0][1] == heard


@virtual
async def test_a_hum_over_the_assistant_costs_no_word() -> None:
    async with realtime_call(
        text("I can look after your jobs and your invoices and your reminders.")
    ) as client:
        await client.say("slt_time", "what do I have today", 800)
        await client.got("response.output_audio.delta", 10)
        assert client.call
        await client.call.noise(500)
        done = await client.got("response.done")
        assert done["response"]["status"] == "completed"
        assert len(client.of("response.created")) == 1
