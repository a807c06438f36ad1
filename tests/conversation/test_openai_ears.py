"""OpenAI's Realtime transcription: the real package against the stand-in, with the embedded recogniser behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from openai import AsyncOpenAI

from conversation.openai_ears import OpenAIEars
from conversation.providers import EngineUnavailable, Recognition
from conversation.usage import Meter
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.realtime_transcription import Transcriptions
from tests.openai_stand_in.server import KEY, StandIn, standing_in
from tests.support.call import sample
from tests.support.polling import eventually

LIVE = "gpt-live-transcribe"
SPOKEN = sample("slt_book_job")
SECOND = 32_000


@dataclass
class Listening:
    ears: OpenAIEars
    stand_in: StandIn
    client: AsyncOpenAI

    async def utterance(self, pcm: bytes, at: int, hints: tuple[str, ...] = ()) -> list[Recognition]:
        """All that is understood while ``pcm`` grows, every quarter of a second, and in the end."""
        quarter = SECOND // 4
        heard = [
            await self.ears.recognise(pcm[:size], hints=hints, partial=True, at=at)
            for size in range(quarter, len(pcm), quarter)
        ]
        return [*heard, await self.ears.recognise(pcm, hints=hints, at=at)]


@contextlib.asynccontextmanager
async def listening(model: str = LIVE) -> AsyncIterator[Listening]:
    Transcriptions.appended = 0
    async with standing_in() as stand_in, AsyncOpenAI(api_key=KEY, base_url=stand_in.base_url) as client:
        ears = OpenAIEars(client, model, "en-US", Meter())
        yield Listening(ears, stand_in, client)
        await ears.close()


def audio_sent() -> float:
    """Seconds of audio that arrived."""
    return Transcriptions.appended / 48_000


async def test_words_come_while_the_user_speaks_and_each_second_is_sent_once():
    async with listening() as call:
        call.stand_in.sounds.hears = lambda pcm: "book a job for Sarah"[: len(pcm) // SECOND * 8]

        async def words() -> str:
            return (await call.ears.recognise(SPOKEN[: 2 * SECOND], partial=True, at=0)).text

        assert (await eventually(words, "the first words")).startswith("book a j")
        (*_, last) = await call.utterance(SPOKEN, at=0)
        assert last.text == "book a job for Sarah"
        assert audio_sent() == pytest.approx(len(SPOKEN) / SECOND, abs=0.2)
        assert call.stand_in.lines == 1


async def test_a_model_that_does_not_stream_gives_its_words_at_the_end():
    async with listening("gpt-4o-mini-transcribe") as call:
        heard = await call.utterance(SPOKEN, at=0)
        assert not any(each.text for each in heard[:-1])
        assert "book" in heard[-1].text.lower()


async def test_an_utterance_that_goes_on_after_a_pause_keeps_its_words():
    async with listening() as call:
        call.stand_in.sounds.hears = lambda pcm: "book it for" if len(pcm) < SECOND else "Tuesday at two"
        first = await call.ears.recognise(SPOKEN[: SECOND // 2], at=7)
        again = await call.ears.recognise(SPOKEN[: SECOND // 2], at=7)
        assert first.text == again.text == "book it for"
        whole = await call.ears.recognise(SPOKEN[: 2 * SECOND], at=7)
        assert whole.text == "book it for Tuesday at two"


async def test_another_utterance_has_nothing_of_the_one_before():
    async with listening() as call:
        await call.ears.recognise(SPOKEN[:SECOND], partial=True, at=0)
        heard = await call.utterance(sample("slt_time"), at=90_000)
        assert "time" in heard[-1].text.lower()
        assert "book" not in heard[-1].text.lower()


@pytest.mark.parametrize(
    ("model", "field"), [(LIVE, "keywords"), ("gpt-4o-transcribe", "prompt"), ("gpt-realtime-whisper", None)]
)
async def test_names_are_given_in_the_way_of_the_model(model: str, field: str | None):
    async with listening(model) as call:
        await call.ears.recognise(SPOKEN[:SECOND], hints=("Sarah Johnson",), partial=True, at=0)
        await call.ears.recognise(SPOKEN[:SECOND], hints=("Sarah Johnson", "Bob Miller"), at=0)
        (*_, asked) = call.stand_in.sounds.asked
        assert asked["language"] == "en"
        assert asked["model"] == model
        given = {name: asked.get(name) for name in ("keywords", "prompt") if asked.get(name)}
        assert set(given) == ({field} if field else set())
        if field:
            assert "Bob Miller" in given[field]


@pytest.mark.parametrize("fault", [Fault("cut", after=1), Fault("cut", after=3), Fault("malformed", after=2)])
async def test_a_line_that_breaks_is_made_again_and_no_word_is_lost(fault: Fault):
    async with listening() as call:
        call.stand_in.faults.will("realtime", fault)
        heard = await call.utterance(SPOKEN, at=0)
        assert "book" in heard[-1].text.lower()
        assert call.stand_in.lines == 2


async def test_a_provider_that_refuses_is_told_as_such():
    async with listening() as call:
        call.stand_in.faults.will("realtime", *[Fault("status", status=503)] * 4)
        with pytest.raises(EngineUnavailable, match="transcription"):
            await call.ears.recognise(SPOKEN, at=0)
        call.stand_in.faults.forget()
        assert (await call.ears.recognise(SPOKEN, at=0)).text


async def test_words_that_nobody_waited_for_are_not_taken_for_the_next_ones():
    async with listening() as call:
        slow = asyncio.create_task(call.ears.recognise(SPOKEN, at=0))
        await eventually(lambda: call.stand_in.sounds.asked, "the session is set up")
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        heard = await call.ears.recognise(sample("slt_time"), at=100_000)
        assert "time" in heard.text.lower()
