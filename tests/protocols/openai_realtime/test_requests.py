"""What a Realtime client does besides speaking: text, commits, cancel, truncate, items, its own tools, formats."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from media.resample import StreamResampler
from protocols.openai_realtime.audio import to_pcm
from tests.support.agent import calls, text
from tests.support.call import sample
from tests.support.realtime import RealtimeClient, realtime_call
from tests.support.virtual_time import advance, virtual

LONG = "One is here. Two is there. Three is nowhere. Four is all over the place today."


def write(client: RealtimeClient, words: str, **more: Any) -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}], **more}
    client.send("conversation.item.create", item=item)


def manual(client: RealtimeClient) -> None:
    client.send("session.update", session={"audio": {"input": {"turn_detection": None}}})


@virtual
async def test_a_text_waits_for_response_create_and_can_be_answered_in_text() -> None:
    async with realtime_call(text("Hello there. All is well."), text("Aloud.")) as client:
        write(client, "hello")
        await advance(3)
        assert not client.of("response.created")
        client.send("response.create", response={"output_modalities": ["text"], "metadata": {"mine": "1"}})
        done = (await client.got("response.done"))["response"]
        assert done["output"][0]["content"] == [{"type": "output_text", "text": "Hello there. All is well."}]
        assert done["metadata"] == {"mine": "1"}
        deltas = [event["delta"] for event in client.of("response.output_text.delta")]
        assert "".join(deltas) == client.of("response.output_text.done")[0]["text"]
        assert len(deltas) == 2
        assert not client.audio()
        write(client, "and now aloud")
        client.send("response.create")
        await client.got("response.done", 2)
        assert client.audio()


@virtual
async def test_the_client_itself_commits_what_was_said_and_asks_for_the_answer() -> None:
    async with realtime_call(text("Noon.")) as client:
        manual(client)
        assert client.call
        client.call.recogniser.texts = ["what time is it"]
        await client.append(sample("slt_time") + bytes(64_000))
        assert not client.of("input_audio_buffer.speech_started")
        client.send("input_audio_buffer.commit")
        client.send("response.create")  # before anything has been recognised
        done = (await client.got("response.done"))["response"]
        assert client.call.history() == [("what time is it", "Noon.")]
        assert done["usage"]["input_token_details"]["audio_tokens"] > 20
        committed = client.of("input_audio_buffer.committed")[0]
        client.send("conversation.item.retrieve", item_id=committed["item_id"])
        item = client.of("conversation.item.retrieved")[0]["item"]
        assert item["content"][0]["transcript"] == "what time is it"
        client.send("input_audio_buffer.commit")
        assert client.of("error")[0]["error"]["code"] == "input_audio_buffer_commit_empty"


@virtual
async def test_a_cleared_buffer_is_not_heard() -> None:
    async with realtime_call() as client:
        manual(client)
        assert client.call
        await client.append(sample("slt_time"))
        client.send("input_audio_buffer.clear")
        assert client.of("input_audio_buffer.cleared")
        await client.append(bytes(32 * 200))
        client.send("input_audio_buffer.commit")
        await advance(1)
        assert len(client.call.recogniser.heard[-1]) <= 32 * 220


@virtual
async def test_an_utterance_that_cannot_be_recognised_is_told() -> None:
    from conversation.providers import EngineUnavailable

    async with realtime_call() as client:
        manual(client)
        assert client.call
        client.call.recogniser.texts = [EngineUnavailable("all recognisers are busy")]
        await client.append(sample("slt_time"))
        client.send("input_audio_buffer.commit")
        failed = await client.got("conversation.item.input_audio_transcription.failed")
        assert failed["item_id"] == client.of("input_audio_buffer.committed")[0]["item_id"]
        assert failed["error"]["message"]


@virtual
async def test_a_turn_without_automatic_answer_waits_for_response_create() -> None:
    async with realtime_call(text("Noon.")) as client:
        detection = {"type": "server_vad", "create_response": False}
        client.send("session.update", session={"audio": {"input": {"turn_detection": detection}}})
        await client.say("slt_time", "what time is it")
        await advance(3)
        assert client.of("input_audio_buffer.committed")
        assert not client.of("response.created")
        client.send("response.create")
        await client.got("response.done")
        assert client.call
        assert client.call.history() == [("what time is it", "Noon.")]


@virtual
async def test_nobody_interrupts_where_interruptions_are_off() -> None:
    async with realtime_call(text(LONG)) as client:
        detection = {"type": "semantic_vad", "eagerness": "high", "interrupt_response": False}
        client.send("session.update", session={"audio": {"input": {"turn_detection": detection}}})
        await client.say("slt_time", "go on", 800)
        await client.got("response.output_audio.delta", 5)
        await client.append(sample("slt_time"))
        done = (await client.got("response.done"))["response"]
        assert done["status"] == "completed"
        assert len(client.of("input_audio_buffer.speech_started")) == 1


@virtual
async def test_a_response_can_be_cancelled_once() -> None:
    async with realtime_call(text(LONG)) as client:
        write(client, "go on")
        client.send("response.create")
        await client.got("response.output_audio.delta", 5)
        client.send("response.create", event_id="mine")
        refused = client.of("error")[0]["error"]
        assert (refused["code"], refused["event_id"]) == ("conversation_already_has_active_response", "mine")
        client.send("response.cancel")
        done = (await client.got("response.done"))["response"]
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        client.send("response.cancel")
        assert client.of("error")[1]["error"]["code"] == "response_cancel_not_active"


@virtual
async def test_what_was_truncated_was_not_heard() -> None:
    async with realtime_call(text(LONG)) as client:
        write(client, "go on")
        client.send("response.create")
        await client.got("response.output_audio.delta", 60)
        client.send("response.cancel")
        item_id = client.of("response.done")[0]["response"]["output"][0]["id"]
        client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=600)
        assert client.of("conversation.item.truncated")[0]["audio_end_ms"] == 600
        assert client.call
        assert client.call.history()[0][1] == "One is here."
        client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=70_000)
        assert "already shorter" in client.of("error")[0]["error"]["message"]


@virtual
async def test_deleted_words_are_no_part_of_the_conversation() -> None:
    async with realtime_call(text("Noon.")) as client:
        write(client, "a secret", id="item_1")
        write(client, "what time is it", id="item_2")
        client.send("conversation.item.delete", item_id="item_1")
        assert client.of("conversation.item.deleted")[0]["item_id"] == "item_1"
        client.send("response.create")
        await client.got("response.done")
        assert client.call
        assert client.call.history()[0][0] == "what time is it"
        client.send("conversation.item.delete", item_id="item_1")
        assert client.of("error")[0]["error"]["code"] == "item_delete_invalid_item_id"


@virtual
async def test_an_earlier_conversation_can_be_put_into_the_history() -> None:
    async with realtime_call(text("Noon.")) as client:
        said = [{"type": "output_text", "text": "I am fine."}]
        write(client, "how are you", id="item_1")
        client.send(
            "conversation.item.create",
            previous_item_id="item_1",
            item={"id": "item_2", "type": "message", "role": "assistant", "content": said},
        )
        write(client, "what time is it")
        client.send("response.create")
        await client.got("response.done")
        assert client.call
        assert client.call.history() == [
            ("how are you", ""),
            ("", "I am fine."),
            ("what time is it", "Noon."),
        ]


@virtual
async def test_the_clients_tool_is_run_by_the_client_and_the_answer_goes_on() -> None:
    steps = (
        calls(("call_1", "show_map", {"place": "Denver"}), say="Let me see."),
        text("It is on your screen."),
    )
    async with realtime_call(*steps) as client:
        schema = {"type": "object", "properties": {"place": {"type": "string"}}}
        tool = {"type": "function", "name": "show_map", "description": "Show a map", "parameters": schema}
        client.send("session.update", session={"tools": [tool]})
        await client.say("slt_time", "show me denver")
        done = (await client.got("response.done"))["response"]
        assert [item["type"] for item in done["output"]] == ["message", "function_call"]
        call = done["output"][1]
        assert (call["name"], call["arguments"]) == ("show_map", '{"place":"Denver"}')
        assert client.of("response.function_call_arguments.done")[0]["call_id"] == call["call_id"]
        client.send("response.create")
        assert client.of("error")[0]["error"]["code"] == "missing_function_call_output"
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "shown"}
        client.send("conversation.item.create", item=output)
        client.send("response.create")
        second = (await client.got("response.done", 2))["response"]
        assert second["status"] == "completed"
        assert len(client.of("response.created")) == 2
        assert second["output"][0]["content"][0]["transcript"] == "It is on your screen."
        assert client.call
        assert client.call.history()[0][1] == "Let me see. It is on your screen."


@virtual
@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
async def test_a_telephone_talks_and_hears_g711(kind: str) -> None:
    form = {"type": kind}
    async with realtime_call(text("Noon it is, all over.")) as client:
        client.send(
            "session.update", session={"audio": {"input": {"format": form}, "output": {"format": form}}}
        )
        client.kind = kind
        await client.say("slt_time", "what time is it")
        await client.got("response.done")
        seconds = len(client.audio()) / 8000
        assert 0.8 < seconds < 2.0
        pcm = StreamResampler(8000, 16_000).push(to_pcm(client.audio(), kind))
        assert max(memoryview(pcm).cast("h")) > 4000


@virtual
async def test_who_is_silent_is_asked_whether_he_is_there_once() -> None:
    detection = {"type": "server_vad", "idle_timeout_ms": 6000}
    async with realtime_call(text("Noon."), text("Are you there?")) as client:
        client.send("session.update", session={"audio": {"input": {"turn_detection": detection}}})
        await client.append(bytes(32 * 8000))
        assert not client.of("input_audio_buffer.timeout_triggered")  # nothing has been said yet
        await client.say("slt_time", "what time is it")
        await client.got("response.done")
        await client.append(bytes(32 * 5000))
        assert not client.of("input_audio_buffer.timeout_triggered")
        await client.append(bytes(32 * 15_000))
        await client.got("response.done", 2)
        assert len(client.of("input_audio_buffer.timeout_triggered")) == 1


@virtual
async def test_the_output_buffer_is_told_where_it_is_wanted_and_can_be_cleared() -> None:
    async with realtime_call(text("Noon."), text(LONG), buffer_events=True) as client:
        write(client, "what time is it")
        client.send("response.create")
        await client.got("output_audio_buffer.stopped")
        assert client.of("output_audio_buffer.started")
        await client.got("response.done")
        write(client, "go on")
        client.send("response.create")
        await client.got("output_audio_buffer.started", 2)
        client.send("output_audio_buffer.clear")
        assert client.of("output_audio_buffer.cleared")
        done = (await client.got("response.done", 2))["response"]
        assert done["status"] == "cancelled"


@virtual
async def test_money_is_asked_about_in_an_ordinary_response() -> None:
    invoice = calls(("i1", "create_invoice", {"contact": "Sarah", "amount": "300"}))
    async with realtime_call(invoice, text("Done.")) as client:
        await client.say("slt_time", "bill sarah three hundred dollars")
        asked = (await client.got("response.done"))["response"]
        assert "Shall I create it?" in asked["output"][0]["content"][0]["transcript"]
        await client.say("slt_time", "yes")
        done = (await client.got("response.done", 2))["response"]
        assert done["output"][0]["content"][0]["transcript"] == "Done."
        assert client.call
        assert len(client.call.tools.done) == 2


@virtual
async def test_a_spoken_message_can_be_large_or_empty() -> None:
    async with realtime_call() as client:
        client.send("input_audio_buffer.append", audio="")
        client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(48_000)).decode())
        assert not client.of("error")
