"""Conversations with the running server, typed and spoken, over the real ingress; the database is the judge."""

from __future__ import annotations

import asyncio
import json
import wave
from decimal import Decimal
from pathlib import Path

import pytest

from business.actor import Actor
from business.clock import SystemClock
from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID
from business.sql.database import Database
from business.use_cases.invoices import Invoices
from media.engines.hibari import HibariVoice
from media.resample import StreamResampler
from tests.e2e.conftest import Caller, Line
from tests.support.polling import eventually

pytestmark = pytest.mark.server

SAMPLES = Path(__file__).parents[2] / "samples"


async def speak(line: Line, pcm: bytes) -> None:
    """Stream 16 kHz PCM16 at real time in 20 ms packets, then silence until told otherwise."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    pcm += b"\0" * 32_000
    gate = asyncio.Event()
    for index in range(0, len(pcm), 640):
        due = begun + index / 32_000
        if due > loop.time():
            loop.call_at(due, gate.set)
            await gate.wait()
            gate.clear()
        await line.socket.send(pcm[index : index + 640])


def sample(tool: str) -> bytes:
    """The first committed clip that asks for ``tool``."""
    for raw in (SAMPLES / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(raw)
        if entry.get("tool") == tool:
            with wave.open(str(SAMPLES / Path(entry["file"]).name)) as clip:
                return clip.readframes(clip.getnframes())
    raise AssertionError(f"no sample asks for {tool}")


async def test_a_spoken_question_is_heard_and_answered_aloud(caller: Caller) -> None:
    _session, line = await caller.conversation()
    await line.got("response_done")  # the greeting
    before = line.audio
    await speak(line, sample("get_today_jobs"))
    done = await line.answered()
    assert [call["name"] for call in line.of("tool_call")] == ["get_today_jobs"]
    assert line.of("tool_result")[0]["ok"]
    assert line.audio > before
    latency = done["latency"]
    # An answer that was prepared may be heard in the very moment in which the turn ends.
    assert latency["voice_to_voice_ms"] >= latency["endpointing_ms"] > 0
    assert [each["text"] for each in line.of("transcript") if each["is_final"]]


async def test_money_is_read_back_and_billed_once_after_a_yes(caller: Caller) -> None:
    database = Database(caller.server.settings.database_url, clock=SystemClock())
    actor = Actor(business_id=DEMO_BUSINESS_ID, user_id=DEMO_OWNER_ID)
    async with database.reading(actor) as uow:
        names = await _contact_names(uow)
        before = (await Invoices(uow).pending()).invoices
    name = names[0]
    _session, line = await caller.conversation()
    await line.send("text_message", text=f"bill {name} four hundred and twelve dollars for a new sump pump")
    asked = await line.got("confirmation_request")
    assert "412" in asked["read_back"]
    assert name.split()[0] in asked["read_back"]
    async with database.reading(actor) as uow:
        assert len((await Invoices(uow).pending()).invoices) == len(before), (
            "nothing is billed before the yes"
        )
    await line.send("text_message", text="yes")
    await eventually(lambda: any(each["ok"] for each in line.of("tool_result")), "the invoice is created")
    await line.send("text_message", text="yes")
    last = await line.got("response_started", 4)  # greeting, read-back, done, and the answer to an idle "yes"
    await eventually(
        lambda: [e for e in line.of("response_done") if e["item_id"] == last["item_id"]], "the last answer"
    )
    async with database.reading(actor) as uow:
        after = (await Invoices(uow).pending()).invoices
    await database.close()
    assert len(after) == len(before) + 1
    assert [each for each in after if each.total == Decimal("412.00")]


async def _contact_names(uow: object) -> list[str]:
    from business.use_cases.contacts import Contacts

    names = await Contacts(uow).names()  # pyright: ignore
    people = [each.display_name for each in names if each.first_name and each.last_name]
    lasts = [each.split()[-1] for each in people]
    return [each for each in people if lasts.count(each.split()[-1]) == 1]


async def test_no_means_no(caller: Caller) -> None:
    _session, line = await caller.conversation()
    await line.send("text_message", text="create an invoice for Sarah for 77 dollars for a valve")
    await eventually(
        lambda: line.of("confirmation_request") or any(not each["ok"] for each in line.of("tool_result")),
        "a read-back or a question",
    )
    await line.send("text_message", text="no")
    await eventually(
        lambda: len(line.of("response_done")) + len(line.of("response_interrupted")) >= 3, "an answer"
    )
    assert not [each for each in line.of("tool_result") if each["ok"] and each["name"] == "create_invoice"]


async def talked_over(line: Line) -> str:
    """Ask for a long answer and talk over it; who is not heard tries again. Returns the item that was interrupted.

    How often somebody is not heard is ``make bench-barge-in``'s to say.
    """
    for _ in range(3):
        asked = len(line.of("tool_result"))
        await line.send("text_message", text="what's coming up")
        done = await line.got("tool_result", asked + 1)  # what was said before is over by then
        assert done["ok"]
        item = line.of("response_started")[-1]["item_id"]
        started = line.audio
        # Three seconds: on a busy machine the first of them is a filler's.
        await eventually(lambda enough=started + 96_000: line.audio > enough, "some of it is sent")
        await speak(line, sample("get_pending_invoices"))

        def answered(item: str = item) -> bool:
            ended = [*line.of("response_interrupted"), *line.of("response_done")]
            return any(each["item_id"] == item for each in ended)

        await eventually(answered, "the answer ends, one way or the other", 60)
        if any(each["item_id"] == item for each in line.of("response_interrupted")):
            return item
    raise AssertionError("three times nobody was heard")


async def test_speech_stops_the_assistant_and_the_history_keeps_what_was_heard(caller: Caller) -> None:
    session, line = await caller.conversation()
    item = await talked_over(line)
    heard = line.of("response_interrupted")[-1]["heard_text"]
    texts = [e for e in line.of("response_text") if e["item_id"] == item]
    whole = " ".join(e["text"] for e in texts if e["spoken"] == "pending")
    assert heard
    assert heard.split()[0] in whole
    assert len(heard) < len(whole)
    await eventually(
        lambda: [each for each in line.of("tool_call") if each["name"] == "get_pending_invoices"],
        "the interrupting question is answered too",
    )

    async def is_counted() -> bool:
        # Heard in two pieces on a busy machine it is answered twice; what was only prepared never counts.
        used = (await caller.post("/openai/status", session_id=session)).json()["tools_used"]
        told = [each["name"] for each in line.of("tool_call")]
        return used["get_pending_invoices"] == told.count("get_pending_invoices")

    await eventually(is_counted, "each call that was told is counted, and no other")


async def test_an_okay_over_the_answer_costs_no_word_of_it(caller: Caller) -> None:
    _session, line = await caller.conversation()
    await line.got("response_done")  # the greeting
    await line.send("text_message", text="what's coming up")
    item = (await line.got("response_started", 2))["item_id"]
    started = line.audio
    await eventually(lambda: line.audio > started + 96_000, "some of it is sent, a filler's or not")
    voice = HibariVoice()
    said = StreamResampler(voice.sample_rate, 16_000)
    okay = b"".join(said.push(chunk) for chunk in voice.speak("Okay.")) + said.flush()
    # A microphone is open before somebody speaks into it; by then it is known that no echo comes back.
    talking = asyncio.create_task(speak(line, bytes(3 * 32_000) + okay))
    await eventually(
        lambda: [e for e in line.of("response_paused") if e["item_id"] == item], "it stands still"
    )
    paused = line.of("response_paused")[-1]["heard_ms"]
    await line.send("playback", item_id=item, played_ms=paused, stopped=True)
    await eventually(lambda: [e for e in line.of("response_resumed") if e["item_id"] == item], "it goes on")
    resumed = line.audio
    await talking
    await eventually(lambda: line.audio > resumed + 32_000, "more of it is sent")
    assert line.of("response_interrupted") == []
    assert line.of("response_resumed")[0]["from_ms"] == pytest.approx(paused, abs=1.0)
    assert [each["text"] for each in line.of("transcript")] == []


async def test_options_change_in_mid_session(caller: Caller) -> None:
    session, line = await caller.conversation()
    await line.send("config_update", isDriving=True, voiceSpeed="fast")
    updated = await line.got("config_updated")
    assert updated["options"]["is_driving"] is True
    await line.send("text_message", text="what's coming up this week")
    done = await line.answered()
    said = [
        e["text"]
        for e in line.of("response_text")
        if e["spoken"] == "full" and e["item_id"] == done["item_id"]
    ]
    assert 0 < len(said[0].split()) <= 20
    answer = await caller.post("/openai/config", session_id=session, voice_speed="slow")
    assert answer.status_code == 200
