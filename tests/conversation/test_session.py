"""The whole conversation under virtual time: turns, interruptions, confirmations."""

from __future__ import annotations

import asyncio

import pytest

from conversation.events import (
    AudioEnd,
    AudioIn,
    InterruptIn,
    MuteIn,
    PlaybackIn,
    TextIn,
)
from tests.support.agent import calls, text
from tests.support.call import calling, sample
from tests.support.fake_engines import FakeTools, FakeVoice, silence
from tests.support.virtual_time import advance, settle, until, virtual

LONG = "One is here. Two is there. Three is nowhere. Four is all over the place today."
INVOICE = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300"})
REMINDER = ("w1", "set_reminder", {"title": "call Sarah", "when": "tomorrow"})


@virtual
async def test_a_spoken_turn_end_to_end():
    async with calling(text("It is noon.")) as call:
        ended = await call.say("slt_time", "what time is it")
        done = await call.until("response_done")
        kinds = [kind for kind in call.client.types() if kind != "response_text"]
        assert [kind for kind in kinds if kind != "transcript"] == [
            "user_started_speaking",
            "user_stopped_speaking",
            "thinking",
            "response_started",
            "response_done",
        ]
        final = [each for each in call.client.events("transcript") if each["is_final"]]
        assert [each["text"] for each in final] == ["what time is it"]
        assert [each["spoken"] for each in call.client.events("response_text")] == ["pending", "full"]
        assert call.voice.said == ["It is noon."]
        assert len(call.client.audio()) == len("It is noon.") * 50 * 32
        assert call.history() == [("what time is it", "It is noon.")]
        heard = call.recogniser.heard[-1]
        assert len(sample("slt_time")) - 32_000 < len(heard) < len(sample("slt_time")) + 32_000
        latency = done["latency"]
        assert latency["voice_to_voice_ms"] == pytest.approx(
            (call.client.audio_at[0] - ended) * 1000, abs=500
        )
        assert 350 <= latency["endpointing_ms"] <= 700
        seqs = call.client.seqs
        assert seqs == sorted(set(seqs))


@virtual
async def test_partial_transcripts_come_while_the_user_speaks():
    async with calling(text("Booked.")) as call:
        call.recogniser.texts = ["book a", "book a job for", "book a job for Sarah"]
        await call.speak(sample("slt_book_job") + silence(1500))
        partial = [each for each in call.client.events("transcript") if not each["is_final"]]
        assert partial
        assert all(each["item_id"] == "user_partial" for each in partial)


@virtual
async def test_barge_in_stops_the_audio_and_the_history_keeps_what_was_heard():
    async with calling(text(LONG), text("Sorry.")) as call:
        await call.say("slt_time", "hello")
        await until(lambda: call.client.audio_at)
        await call.hush(1.0)
        await call.say("slt_book_job", "stop it")
        interrupted = await call.until("response_interrupted")
        assert 0 < len(interrupted["heard_text"]) < len(LONG)
        assert LONG.startswith(interrupted["heard_text"])
        began = call.client.at("response_interrupted")
        assert call.history()[0] == ("hello", interrupted["heard_text"])
        first = call.client.events("response_started")[0]["item_id"]
        sent_ms = len(call.client.audio(first)) / 32
        assert interrupted["heard_ms"] == pytest.approx(sent_ms - 200, abs=64)
        await call.until("response_done")
        assert call.history()[1] == ("stop it", "Sorry.")
        assert call.client.at("user_started_speaking") == began


@virtual
async def test_a_clients_report_says_what_was_heard():
    async with calling(text(LONG)) as call:
        call.send(TextIn("hello"))
        started = await call.until("response_started")
        await until(lambda: call.client.audio_at)
        await advance(3.0)
        call.send(PlaybackIn("another", 99_999))
        call.send(PlaybackIn(started["item_id"], 700.0))
        call.send(InterruptIn())
        interrupted = await call.until("response_interrupted")
        assert interrupted["heard_ms"] == 700.0
        assert interrupted["heard_text"] == "One is here. Two"[: len(interrupted["heard_text"])]
        assert call.history() == [("hello", interrupted["heard_text"])]


@virtual
async def test_noise_over_the_assistant_pauses_it_and_it_goes_on_where_it_was():
    async with calling(text(LONG)) as call:
        await call.say("slt_time", "hello")
        await until(lambda: call.client.audio_at)
        await call.hush(1.2)
        await call.noise()
        await call.until("response_done", within=40)
        (paused,) = call.client.events("response_paused")
        (resumed,) = call.client.events("response_resumed")
        assert call.client.events("response_interrupted") == []
        assert 0 < call.client.at("response_resumed") - call.client.at("response_paused") <= 0.61
        assert resumed["item_id"] == paused["item_id"]
        assert resumed["from_ms"] == pytest.approx(paused["heard_ms"], abs=1)
        assert call.history() == [("hello", LONG)]
        assert call.voice.said[-1] == "Four is all over the place today.", "no word is synthesised again"
        assert len(call.client.events("user_started_speaking")) == 1, "only the turn itself"
        assert len(call.model.calls) == 1, "the model is not asked again"


@virtual
async def test_going_on_within_the_merge_window_is_one_turn():
    async with calling(
        text("Booked?"),
        text("Booked for two."),
        voice=FakeVoice(latency_s=2.0),
    ) as call:
        call.recogniser.texts = ["book a job"]
        await call.speak(sample("slt_day_overview"))
        await call.speak(silence(200))
        await until_silent(call, "thinking")
        await call.say("slt_time", "book a job tomorrow at two")
        await call.until("response_done", within=30)
        assert call.history() == [("book a job tomorrow at two", "Booked for two.")]
        assert call.conversation.messages == 1
        longest = max(map(len, call.recogniser.heard))
        assert longest > len(sample("slt_day_overview")) + len(sample("slt_time")) // 2, (
            "both stretches together"
        )
        (interrupted,) = call.client.events("response_interrupted")
        assert interrupted["heard_text"] == ""


async def until_silent(call, kind: str) -> None:
    """The microphone stays open and silent until the event comes."""
    for _ in range(200):
        if call.client.events(kind):
            return
        await call.speak(silence(32))
    raise AssertionError(kind)


@virtual
async def test_speech_long_after_the_end_of_turn_is_another_turn_and_nothing_is_forgotten():
    async with calling(
        text("Noon."),
        text("Hello."),
        voice=FakeVoice(latency_s=4.0),
    ) as call:
        await call.say("slt_time", "what time is it", then_ms=700)
        await until_silent(call, "thinking")
        await call.hush(2.0)
        await call.say("slt_no", "are you there")
        await call.until("response_done", within=30)
        assert call.history() == [("what time is it", ""), ("are you there", "Hello.")]
        shorter = len(sample("slt_no")) + 32_000
        assert len(call.recogniser.heard[-1]) < shorter, "the first utterance is not recognised again"


@virtual
async def test_noise_while_thinking_does_not_lose_the_turn():
    async with calling(text("Noon."), text("Noon it is."), voice=FakeVoice(latency_s=4.0)) as call:
        await call.say("slt_time", "what time is it", then_ms=700)
        await until_silent(call, "thinking")
        await call.hush(2.0)
        await call.noise()
        await call.until("response_done", within=30)
        assert [user for user, _ in call.history()] == ["what time is it"]
        assert call.history()[0][1]
        assert call.client.audio()


@virtual
async def test_a_turn_that_did_something_is_answered_after_the_user_is_done():
    async with calling(calls(REMINDER), text("I will remind you."), voice=FakeVoice(latency_s=4.0)) as call:
        await call.say("slt_reminder", "remind me", then_ms=700)
        await until_silent(call, "tool_result")
        await call.noise(then_ms=2000)
        await call.until("response_done", within=30)
        assert call.history() == [("remind me", "I will remind you.")]
        assert call.client.events("response_interrupted") == []
        stopped = call.client.at("user_stopped_speaking")
        assert all(at >= stopped for at in call.client.audio_at)
        assert len(call.tools.calls) == 1


@virtual
async def test_the_greeting_is_not_spoken_over_the_user():
    async with calling(text("Noon."), greeted=False, voice=FakeVoice(latency_s=1.5)) as call:
        await call.hush(0.75)
        await call.say("slt_time", "what time is it")
        await call.until("response_done", within=30)
        speaking = (call.client.at("user_started_speaking"), call.client.at("user_stopped_speaking"))
        assert not [at for at in call.client.audio_at if speaking[0] <= at <= speaking[1]]
        assert call.history() == [("what time is it", "Noon.")]


@virtual
async def test_push_to_talk_waits_for_no_silence():
    async with calling(text("Noon.")) as call:
        call.recogniser.texts = ["what time is it"]
        await call.speak(sample("slt_time")[: 32 * 900])
        released = asyncio.get_running_loop().time()
        call.send(AudioEnd())
        await call.until("thinking")
        assert call.client.at("thinking") - released < 0.2
        await call.until("response_done")


@virtual
async def test_a_whole_recording_at_once():
    async with calling(text("Noon.")) as call:
        call.recogniser.texts = ["what time is it"]
        recording = sample("slt_time")
        for at in range(0, len(recording), 65_536):
            call.send(AudioIn(recording[at : at + 65_536]))
        call.send(AudioEnd())
        await call.until("response_done", within=5)
        assert call.history() == [("what time is it", "Noon.")]


@virtual
async def test_a_muted_microphone_is_not_heard_and_ends_the_utterance():
    async with calling(text("Noon.")) as call:
        call.send(MuteIn(True))
        await call.say("slt_time", "what time is it")
        assert call.client.types() == []
        call.send(MuteIn(False))
        call.recogniser.texts = ["what time is it"]
        await call.speak(sample("slt_time")[: 32 * 900])
        call.send(MuteIn(True))
        await call.until("response_done", within=5)


@virtual
async def test_typed_text_is_answered_once_however_often_it_is_sent():
    async with calling(text("Hello."), text("Again.")) as call:
        for _ in range(3):
            call.send(TextIn("hello", "m1"))
            await settle()
        await call.until("response_done")
        call.send(TextIn("hello", "m1"))
        await advance(2)
        assert call.client.events("response_done").__len__() == 1
        call.send(TextIn("hello", "m2"))
        await call.until("response_done", 2)
        assert call.history() == [("hello", "Hello."), ("hello", "Again.")]


@virtual
async def test_two_texts_in_a_row_are_both_known_to_the_model():
    async with calling(text("Noon."), text("Both."), voice=FakeVoice(latency_s=1.0)) as call:
        call.send(TextIn("what time is it"))
        await settle(100)
        call.send(TextIn("and who owes me"))
        await call.until("response_done")
        assert call.history() == [("what time is it", ""), ("and who owes me", "Both.")]


@virtual
async def test_stop_ends_the_answer_and_nothing_more_is_said():
    async with calling(text(LONG)) as call:
        call.send(TextIn("hello"))
        await until(lambda: call.client.audio_at)
        call.send(InterruptIn())
        await settle()
        size = len(call.client.audio())
        await advance(10)
        assert len(call.client.audio()) == size
        assert call.client.events("response_done") == []


@virtual
async def test_stop_during_a_write_says_no_answer_but_tells_later_what_came_of_it():
    async with calling(calls(REMINDER), text("Noon."), tools=FakeTools(latency_s=2.0)) as call:
        call.send(TextIn("remind me"))
        await call.until("tool_call")
        call.send(InterruptIn())
        await call.until("tool_result")
        await call.until("notification")
        await advance(5)
        assert call.voice.said == ["About what you asked for before: set_reminder done"]
        call.send(TextIn("what time is it"))
        await call.until("response_done", 2)
        assert len(call.tools.done) == 1
        assert call.history()[-1] == ("what time is it", "Noon.")
