"""How a conversation begins, loses and finds its client again, and ends."""

from __future__ import annotations

import asyncio

import pytest

from conversation.events import AudioOut, EndIn, Hello, InterruptIn, MuteIn, PlaybackIn, TextIn
from conversation.floor import SILENT_WITHIN_S
from conversation.session import END_WITHIN_S, HELLO_WAIT_S
from tests.support.agent import calls, text
from tests.support.call import Call, Client, calling, sample
from tests.support.fake_engines import DeafVoice, FakeTools, FakeVoice
from tests.support.virtual_time import advance, settle, until, virtual

LONG = "One is here. Two is there. Three is nowhere. Four is all over the place today."
REMINDER = ("w1", "set_reminder", {"title": "call Sarah", "when": "tomorrow"})


def reconnect(call: Call) -> Client:
    """A new client on the same conversation."""
    call.client = Client()
    call.conversation.attach(call.client)
    return call.client


# --- beginning -----------------------------------------------------------------------------------------------


@virtual
async def test_a_client_is_welcomed_and_greeted_after_its_hello():
    async with calling(greeted=False) as call:
        (established,) = call.client.events("connection_established")
        assert established["session_id"] == "session"
        assert len(established["resume_token"]) > 20
        assert established["audio_out"] == {"format": "pcm16", "sample_rate": 16000, "channels": 1}
        await advance(0.1)
        assert call.client.audio_at == []
        call.send(Hello(audio_out_rate=24_000))
        await call.until("response_done")
        spoken = " ".join(call.voice.said)
        assert established["greeting"].split()[0] in spoken
        assert len(call.client.audio()) == len("".join(call.voice.said)) * 50 * 48


@virtual
async def test_a_client_without_a_hello_is_greeted_all_the_same():
    async with calling(greeted=False) as call:
        await call.until("response_started", within=HELLO_WAIT_S + 0.1)
        await call.until("response_done")
        assert call.client.audio()


@virtual
async def test_nobody_is_greeted_twice():
    async with calling() as call:
        call.conversation.detach(call.client)
        client = reconnect(call)
        await advance(5)
        assert client.audio_at == []


@virtual
async def test_who_speaks_first_is_not_greeted():
    async with calling(text("Noon."), greeted=False) as call:
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        await advance(5)
        assert call.voice.said == ["Noon."]


# --- two sockets ---------------------------------------------------------------------------------------------


@virtual
async def test_the_newest_socket_wins():
    async with calling(text("Noon.")) as call:
        old = call.client
        new = reconnect(call)
        assert old.closed is not None
        assert old.closed.code == 4010
        call.conversation.detach(old)  # its connection ends
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        assert new.audio()
        assert old.audio() == b""
        assert call.conversation.attached


# --- dropping and resuming -----------------------------------------------------------------------------------


@virtual
async def test_the_assistant_waits_for_a_lost_client_and_says_the_unheard_again():
    async with calling(text(LONG)) as call:
        token = call.conversation.resume_token
        call.send(TextIn("hello"))
        started = await call.until("response_started")
        item = started["item_id"]
        await until(lambda: call.client.audio_at)
        await advance(1.5)
        call.send(PlaybackIn(item, 900.0))
        await advance(0.4)
        old = call.client
        call.conversation.detach(old)
        size = len(old.audio(item))
        last = old.seqs[-1]
        await advance(30)
        assert len(old.audio(item)) == size
        new = reconnect(call)
        await advance(0.3)
        assert new.audio_at == [], "nothing is spoken before the client has said what it missed"
        call.send(Hello(resume_token=token, last_seq=last))
        await call.until("response_done")
        (resumed,) = new.events("resumed")
        assert resumed["complete"]
        heard = old.audio(item)[: 900 * 32] + new.audio(item)
        assert len(heard) == pytest.approx(sum(map(len, call.voice.said)) * 50 * 32, abs=64)
        assert call.history() == [("hello", LONG)]


@virtual
async def test_missed_events_are_replayed_once_and_in_order():
    async with calling(calls(REMINDER), text("Noted."), tools=FakeTools(latency_s=3.0)) as call:
        call.send(TextIn("remind me"))
        await call.until("tool_call")
        last = call.client.seqs[-1]
        call.conversation.detach(call.client)
        await advance(10)
        new = reconnect(call)
        call.send(Hello(resume_token=call.conversation.resume_token, last_seq=last))
        await call.until("response_done")
        assert new.types().count("tool_result") == 1
        (resumed,) = new.events("resumed")
        replayed = new.types()[1 : new.types().index("resumed")]
        assert len(replayed) == resumed["replayed"]
        assert replayed[:3] == ["tool_progress", "tool_progress", "tool_result"]
        assert "connection_established" not in replayed
        numbers = [seq for _, seq, event in new.received[1 : 1 + len(replayed)]]
        assert numbers == sorted(numbers)
        assert min(numbers) > last
        assert new.audio(), "what was said to nobody is said now"


@virtual
async def test_a_client_that_missed_too_much_is_told_so():
    async with calling() as call:
        for _ in range(600):
            call.send(MuteIn(False))
            call.conversation.send(call.assembled.configure_from_wire({}))
        call.conversation.detach(call.client)
        reconnect(call)
        call.send(Hello(resume_token=call.conversation.resume_token, last_seq=1))
        (resumed,) = call.client.events("resumed")
        assert not resumed["complete"]
        assert resumed["replayed"] < 600


@pytest.mark.parametrize("token", ["wrong", "schlüssel", "x" * 500])
@virtual
async def test_a_wrong_resume_token_replays_nothing(token: str):
    async with calling() as call:
        call.conversation.detach(call.client)
        new = reconnect(call)
        call.send(Hello(resume_token=token, last_seq=0))
        assert [each["code"] for each in new.events("error")] == ["bad_resume_token"]
        assert new.types() == ["connection_established", "error"]


@virtual
async def test_a_client_that_comes_back_without_resume_still_gets_the_rest():
    async with calling(text(LONG)) as call:
        call.send(TextIn("hello"))
        await until(lambda: call.client.audio_at)
        await advance(1.0)
        call.conversation.detach(call.client)
        await advance(5)
        new = reconnect(call)
        await call.until("response_done")
        assert new.audio()


@virtual
async def test_the_user_may_speak_at_once_after_reconnecting():
    async with calling(text(LONG), text("Noon.")) as call:
        call.send(TextIn("hello"))
        await until(lambda: call.client.audio_at)
        await advance(1.0)
        call.conversation.detach(call.client)
        new = reconnect(call)
        call.send(TextIn("what time is it"))
        await call.until("response_done")
        assert call.history()[1] == ("what time is it", "Noon.")
        assert new.events("response_interrupted")


# --- ends ----------------------------------------------------------------------------------------------------


async def ending(call: Call, within: float) -> tuple[str, int, float]:
    began = asyncio.get_running_loop().time()
    await until(call.task.done, within=within, every=0.05)
    result = call.task.result()
    return result.reason, result.close_code, asyncio.get_running_loop().time() - began


@virtual
async def test_the_client_hangs_up():
    async with calling() as call:
        call.send(EndIn())
        assert (await ending(call, 1))[:2] == ("client_ended", 1000)
        assert call.client.closed is not None
        assert call.client.closed.code == 1000


@virtual
async def test_a_lost_client_is_waited_for_and_no_longer():
    async with calling(grace_s=60.0) as call:
        call.conversation.detach(call.client)
        reason, code, after = await ending(call, 70)
        assert (reason, code) == ("client_gone", 4003)
        assert 59 <= after <= 62


@virtual
async def test_grace_begins_anew_with_every_loss():
    async with calling(grace_s=60.0) as call:
        for _ in range(3):
            call.conversation.detach(call.client)
            await advance(50)
            reconnect(call)
            await advance(50)
        assert not call.task.done()


@virtual
async def test_a_session_nobody_ever_attached_to_ends_too():
    async with calling(grace_s=30.0, greeted=False) as call:
        call.conversation.detach(call.client)
        assert (await ending(call, 40))[1] == 4003


@virtual
async def test_minutes_of_silence_end_it():
    async with calling(idle_timeout_s=120.0) as call:
        for _ in range(110):
            await call.hush(1.0)
        assert not call.task.done()
        reason, code, _ = await ending(call, 15)
        assert (reason, code) == ("idle", 4008)
        assert call.client.closed is not None
        assert call.client.closed.code == 4008


@virtual
async def test_speech_is_activity_and_so_is_an_answer():
    async with calling(text(LONG), idle_timeout_s=20.0) as call:
        await advance(15)
        call.send(TextIn("hello"))
        await call.until("response_done")
        done = asyncio.get_running_loop().time()
        await ending(call, 30)
        assert asyncio.get_running_loop().time() - done >= 19.9


@virtual
async def test_a_microphone_that_stops_in_the_middle_of_a_word_ends_the_utterance():
    async with calling(text("Noon."), idle_timeout_s=60.0) as call:
        call.recogniser.texts = ["what time is it"]
        await call.speak(sample("slt_time")[: 32 * 900])
        assert call.conversation.machine.phase == "user_speaking"
        await call.until("response_done", within=15)
        assert (await ending(call, 70))[1] == 4008


@virtual
async def test_no_conversation_lasts_for_ever():
    async with calling(max_duration_s=30.0) as call:
        await advance(20)
        call.send(MuteIn(True))
        reason, code, _ = await ending(call, 15)
        assert (reason, code) == ("max_duration", 4009)


@virtual
async def test_an_end_in_the_middle_of_an_answer_counts_what_was_heard():
    async with calling(text(LONG)) as call:
        call.send(TextIn("hello"))
        await until(lambda: call.client.audio_at)
        await advance(1.5)
        call.send(EndIn())
        await ending(call, 1)
        ((_, assistant),) = call.history()
        assert 0 < len(assistant) < len(LONG)
        assert LONG.startswith(assistant)
        assert call.client.events("response_done") == []


@virtual
async def test_an_end_in_the_middle_of_a_tool_call_waits_for_the_call():
    async with calling(calls(REMINDER), tools=FakeTools(latency_s=2.0)) as call:
        call.send(TextIn("remind me"))
        await call.until("tool_call")
        call.send(EndIn())
        await ending(call, 5)
        assert len(call.tools.done) == 1
        assert call.assembled.completed_tasks == ["set_reminder done"]


@virtual
async def test_an_ended_conversation_takes_nothing_in_and_starts_nothing():
    async with calling(text("Noon.")) as call:
        call.send(EndIn())
        await ending(call, 1)
        before = len(call.client.received)
        call.send(TextIn("what time is it"))
        call.send(InterruptIn())
        await settle()
        assert len(call.client.received) == before
        assert call.model.calls == ()


@virtual
async def test_audio_leaves_at_real_time_over_the_whole_conversation():
    async with calling(text(LONG), voice=FakeVoice(latency_s=0.01)) as call:
        call.send(TextIn("hello"))
        await call.until("response_done")
        sent = 0.0
        began = call.client.audio_at[0]
        for at, _, event in call.client.received:
            if isinstance(event, AudioOut):
                sent += len(event.pcm) / 32_000
                assert sent - (at - began) <= 0.2 + 1e-6


# --- what is stuck -------------------------------------------------------------------------------------------


@virtual
async def test_an_answer_that_does_not_end_holds_up_the_next_one_for_two_seconds_at_most(
    caplog: pytest.LogCaptureFixture,
):
    async with calling(text(LONG), text("Noon."), voice=DeafVoice(deaf_to="One is here.")) as call:
        call.send(TextIn("hello"))
        await until(lambda: "One is here." in call.voice.said)
        began = asyncio.get_running_loop().time()
        call.send(TextIn("what time is it"))
        await until(lambda: "Noon." in call.voice.said)
        assert asyncio.get_running_loop().time() - began <= SILENT_WITHIN_S + 0.1
        assert "is stuck" in caplog.text
        await advance(DeafVoice.DEAF_S)


@virtual
async def test_a_stuck_task_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture):
    async with calling(text(LONG), voice=DeafVoice(deaf_to="One is here.")) as call:
        call.send(TextIn("hello"))
        await until(lambda: "One is here." in call.voice.said)
        call.send(EndIn())
        reason, _, _ = await ending(call, END_WITHIN_S + 0.1)
        assert reason == "client_ended"
        assert "stuck task" in caplog.text
        await advance(DeafVoice.DEAF_S)
