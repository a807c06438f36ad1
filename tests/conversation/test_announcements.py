"""Announcements under virtual time: at a good moment only, heard or kept, never twice."""

from __future__ import annotations

import asyncio

from business.delivery.announcer import Announced, Announcement
from conversation.announcements import MAX_TRIES, MAX_WAITING
from conversation.events import ConfirmIn, InterruptIn, PlaybackIn, TextIn
from tests.support.agent import calls, text
from tests.support.call import Call, calling
from tests.support.fake_engines import FakeVoice
from tests.support.virtual_time import advance, until, virtual

LONG = "One is here. Two is there. Three is nowhere. Four is all over the place today."
INVOICE = ("i1", "create_invoice", {"contact": "Sarah", "amount": "300"})


def announcement(number: int = 1, words: str = "Order pipe.", *, late: bool = False) -> Announcement:
    return Announcement(f"id-{number}", "business", "user", "reminder", words, late)


def ask(call: Call, one: Announcement, wait_s: float = 45.0) -> asyncio.Task[Announced]:
    return asyncio.create_task(call.conversation.announcements.announce(one, wait_s))


@virtual
async def test_it_is_said_when_nobody_speaks_and_the_client_is_shown_it():
    async with calling() as call:
        await advance(2.0)
        assert await ask(call, announcement()) is Announced.HEARD
        assert call.voice.said == ["Reminder: Order pipe."]
        (shown,) = call.client.events("notification")
        item = call.client.events("response_started")[0]["item_id"]
        assert shown == {
            "message_id": "id-1", "kind": "reminder", "text": "Order pipe.", "late": False, "item_id": item,
        }  # fmt: skip
        assert len(call.client.audio(item)) == len("Reminder: Order pipe.") * 50 * 32
        assert await ask(call, announcement()) is Announced.HEARD
        assert len(call.voice.said) == 1, "asked again, it is not said again"


@virtual
async def test_it_waits_for_the_end_of_the_greeting():
    async with calling(greeted=False) as call:
        told = ask(call, announcement())
        assert await told is Announced.HEARD
        assert [each.startswith("Reminder") for each in call.voice.said][-1]
        done = [at for at, _, each in call.client.received if getattr(each, "type", "") == "response_done"]
        assert call.client.at("notification") >= done[0] + 0.8


@virtual
async def test_it_does_not_speak_into_a_turn_of_the_user_or_the_assistant():
    async with calling(text(LONG)) as call:
        call.recogniser.texts = ["what time is it"]
        speaking = asyncio.create_task(call.say("slt_time", "what time is it", 4000))
        await until(lambda: call.client.events("user_started_speaking"))
        told = ask(call, announcement())
        await call.until("response_started")
        assert not call.client.events("notification")
        await until(lambda: call.client.events("response_done"))
        answered = call.client.at("response_done")
        assert not call.client.events("notification")
        assert await told is Announced.HEARD
        assert call.client.at("notification") >= answered + 0.8
        assert not call.client.events("response_interrupted")
        await speaking


@virtual
async def test_a_question_that_waits_for_its_yes_is_not_interrupted():
    async with calling(calls(INVOICE), text("Done.")) as call:
        call.send(TextIn("bill Sarah three hundred"))
        asked = await call.until("confirmation_request")
        await call.until("response_done")
        told = ask(call, announcement())
        await advance(20.0)
        assert not call.client.events("notification")
        call.send(ConfirmIn(asked["confirmation_id"], True))
        assert await told is Announced.HEARD
        assert call.voice.said[-1] == "Reminder: Order pipe."


@virtual
async def test_several_come_one_after_the_other_those_of_the_absence_as_such():
    async with calling() as call:
        told = [ask(call, announcement(number, f"Thing {number}.", late=True)) for number in range(3)]
        assert await asyncio.gather(*told) == [Announced.HEARD] * 3
        assert call.voice.said == ["While you were away: Thing 0.", "Also: Thing 1.", "Also: Thing 2."]
        assert [each["late"] for each in call.client.events("notification")] == [True] * 3


@virtual
async def test_one_that_is_cut_off_begins_again_and_counts_only_when_heard_to_its_end():
    async with calling(text("Sure.")) as call:
        await advance(2.0)
        told = ask(call, announcement(1, "Order forty feet of copper pipe from the yard."))
        await until(lambda: call.client.audio_at)
        await advance(0.5)
        call.send(TextIn("wait"))
        await call.until("response_done")
        assert not told.done()
        assert await told is Announced.HEARD
        assert len([each for each in call.voice.said if each.startswith("Reminder")]) == 2
        assert len(call.client.events("notification")) == 1


@virtual
async def test_noise_does_not_make_it_say_the_rest_as_well():
    async with calling() as call:
        await advance(2.0)
        told = ask(call, announcement(1, "Order forty feet of copper pipe from the yard today please."))
        await until(lambda: call.client.audio_at)
        await call.hush(1.5)  # enough to know that nothing comes back from a loudspeaker
        await call.noise()
        await call.hush(12.0)
        assert await told is Announced.HEARD
        assert len(call.voice.said) == 1, "it went on where it had stopped"


@virtual
async def test_one_that_is_cut_off_again_and_again_is_given_back():
    async with calling() as call:
        await advance(2.0)
        told = ask(call, announcement())
        for number in range(MAX_TRIES):
            await until(lambda number=number: len(call.client.events("response_started")) > number)
            await until(lambda: call.conversation.machine.phase == "speaking")
            await advance(0.2)
            call.send(InterruptIn())
        assert await told is Announced.MISSED
        assert len(call.voice.said) == MAX_TRIES


@virtual
async def test_a_report_of_the_player_decides_what_was_heard():
    async with calling() as call:
        await advance(2.0)
        told = ask(call, announcement())
        await until(lambda: call.client.audio_at)
        item = call.client.events("response_started")[0]["item_id"]
        await advance(len("Reminder: Order pipe.") * 0.05 - 0.1)
        call.send(PlaybackIn(item, 10.0))
        call.send(InterruptIn())
        await until(lambda: len(call.client.events("response_started")) == 2)
        assert not told.done()
        assert await told is Announced.HEARD


@virtual
async def test_nobody_is_there():
    async with calling() as call:
        call.conversation.detach(call.client)
        assert await ask(call, announcement()) is Announced.ABSENT
        assert call.voice.said == []


@virtual
async def test_who_does_not_stop_talking_is_not_waited_for_forever():
    async with calling() as call:
        told = ask(call, announcement(), wait_s=3.0)
        call.conversation.machine.speech_started(asyncio.get_running_loop().time())
        assert await told is Announced.MISSED
        assert not call.client.events("notification")


@virtual
async def test_the_end_of_the_conversation_tells_those_who_wait():
    async with calling(greeted=False) as call:
        told = ask(call, announcement())
        await advance(0.01)
        call.conversation.end("client_ended")
        assert await told is Announced.ABSENT
        assert await ask(call, announcement(2)) is Announced.ABSENT


@virtual
async def test_a_full_line_refuses_and_says_so():
    async with calling(greeted=False) as call:
        told = [ask(call, announcement(number)) for number in range(MAX_WAITING)]
        await advance(0.01)
        assert await ask(call, announcement(99)) is Announced.MISSED
        again = ask(call, announcement(0))
        await advance(0.01)
        assert not again.done(), "one that waits already is joined"
        call.conversation.end("client_ended")
        assert set(await asyncio.gather(*told, again)) == {Announced.ABSENT}


@virtual
async def test_without_a_voice_it_is_not_taken_for_heard():
    async with calling(voice=FakeVoice(fails_at=1)) as call:
        await advance(2.0)
        call.voice.said.append("the greeting, after which it fails")
        assert await ask(call, announcement()) is Announced.MISSED
        assert len(call.client.events("notification")) == 1
