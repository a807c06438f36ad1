"""What comes over a line: what is the turn's reaches it, what is not is dropped or undone; all of it is bounded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents.realtime.model_events import (
    RealtimeModelAudioEvent,
    RealtimeModelExceptionEvent,
    RealtimeModelRawServerEvent,
    RealtimeModelTranscriptDeltaEvent,
)

from conversation.realtime.events import CallSeen, LineLost, ResponseDone
from conversation.realtime.reading import Reading
from conversation.spoken import SpokenItem, SpokenWords


class Wire:
    """A reading, and what it asked for."""

    def __init__(self) -> None:
        self.cancelled: list[str] = []
        self.deleted: list[str] = []
        self.lost: list[BaseException] = []
        self.reading = Reading(self.cancelled.append, self.deleted.append, self._lose)

    def _lose(self, error: BaseException) -> None:
        self.lost.append(error)
        self.reading.lose(error)

    def raw(self, kind: str, **data: Any) -> None:
        self.reading.take(RealtimeModelRawServerEvent({"type": kind, **data}))

    def created(self, response_id: str, asked: str | None) -> None:
        self.raw("response.created", response={"id": response_id, "metadata": {"asked": asked}})

    def audio(self, response_id: str, item_id: str, size: int = 4800) -> None:
        self.reading.take(RealtimeModelAudioEvent(bytes(size), response_id, item_id, 0))

    def words(self, response_id: str, item_id: str, text: str) -> None:
        self.reading.take(RealtimeModelTranscriptDeltaEvent(item_id, text, response_id))

    def begin(self, asked: str) -> None:
        self.reading.begin_turn()
        self.reading.asked(asked)


async def test_audio_and_words_of_the_turn_reach_it_in_order() -> None:
    wire = Wire()
    wire.begin("a")
    wire.created("r1", "a")
    wire.words("r1", "i1", "Hello ")
    wire.audio("r1", "i1")
    wire.raw("response.output_audio_transcript.done", response_id="r1", item_id="i1")
    wire.raw("response.done", response={"id": "r1", "status": "completed"})
    item = await wire.reading.next(1)
    assert isinstance(item, SpokenItem)
    assert await wire.reading.next(1) == SpokenWords(item, "Hello ")
    assert await wire.reading.next(1) == SpokenWords(item, "", last=True)
    assert await wire.reading.next(1) == ResponseDone()
    assert item.received_ms == 100


async def test_a_response_that_is_created_when_its_turn_is_over_is_cancelled_and_never_heard() -> None:
    wire = Wire()
    wire.begin("a")
    assert wire.reading.end_turn() is None, "there is nothing to cancel yet"
    wire.begin("b")
    wire.created("r1", "a")
    assert wire.cancelled == ["r1"]
    wire.raw("response.output_item.added", response_id="r1", item={"id": "i1", "type": "message"})
    assert wire.deleted == ["i1"]
    wire.audio("r1", "i1")
    wire.words("r1", "i1", "stale")
    wire.created("r2", "b")
    wire.words("r2", "i2", "fresh")
    item = await wire.reading.next(1)
    assert isinstance(item, SpokenItem)
    assert item.item_id == "i2"


async def test_a_call_that_comes_when_its_turn_is_over_is_not_to_be_made() -> None:
    wire = Wire()
    wire.begin("a")
    wire.created("r1", "a")
    call = {"id": "i1", "type": "function_call", "call_id": "c1"}
    wire.raw("response.output_item.done", response_id="r1", item=call)
    assert await wire.reading.next(1) == CallSeen("c1")
    assert wire.reading.end_turn() == "r1"
    wire.raw("response.output_item.done", response_id="r1", item=call | {"call_id": "c2"})
    assert wire.reading.allowed == {"c1"}


async def test_a_turn_that_is_taken_back_leaves_no_item_behind() -> None:
    wire = Wire()
    heard: list[str] = []
    wire.begin("a")
    wire.reading.utterance(heard.append)
    wire.raw("input_audio_buffer.committed", item_id="u1")
    wire.reading.utterance(heard.append)
    assert wire.reading.forget_turn() == ["u1"]
    wire.raw("input_audio_buffer.committed", item_id="u2")
    assert wire.deleted == ["u2"], "it was on its way"
    wire.raw("conversation.item.input_audio_transcription.completed", item_id="u2", transcript="gone")
    assert heard == []


async def test_a_response_that_is_refused_is_over() -> None:
    wire = Wire()
    wire.begin("a")
    wire.raw("error", error={"code": "rate_limit_exceeded", "event_id": "a", "message": "slow down"})
    assert await wire.reading.next(1) == ResponseDone("rate_limit_exceeded")
    wire.begin("b")
    wire.created("r1", "b")
    details = {"type": "failed", "error": {"code": "server_error"}}
    wire.raw("response.done", response={"id": "r1", "status": "failed", "status_details": details})
    assert await wire.reading.next(1) == ResponseDone("server_error")


async def test_what_came_before_a_line_broke_is_read_before_the_turn_hears_of_it() -> None:
    wire = Wire()
    wire.begin("a")
    wire.created("r1", "a")
    wire.words("r1", "i1", "Half a sen")
    wire.reading.take(RealtimeModelExceptionEvent(ConnectionResetError()))
    wire.raw("response.done", response={"id": "r1", "status": "completed"})
    kinds = [type(await wire.reading.next(1)) for _ in range(3)]
    assert kinds == [SpokenItem, SpokenWords, SpokenWords]
    with pytest.raises(LineLost):
        await wire.reading.next(1)


async def test_a_flood_of_events_that_nobody_reads_ends_the_line() -> None:
    wire = Wire()
    wire.begin("a")
    wire.created("r1", "a")
    for _ in range(6000):
        wire.words("r1", "i1", "x")
    assert isinstance(wire.lost[0], OverflowError)


async def test_only_silence_is_too_late_not_a_long_answer() -> None:
    wire = Wire()
    wire.begin("a")
    wire.created("r1", "a")
    wire.audio("r1", "i1")
    await wire.reading.next(1)
    waiting = asyncio.create_task(wire.reading.next(0.3))
    loop = asyncio.get_running_loop()
    for number in range(1, 5):
        loop.call_later(number * 0.1, wire.audio, "r1", "i1")
    loop.call_later(0.5, wire.words, "r1", "i1", "at last")
    assert isinstance(await waiting, SpokenWords)
    with pytest.raises(LineLost):
        await wire.reading.next(0.05)
