"""A long answer that is still being worded is heard from its first clause on; a short or limited one as ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from conversation.agent_loop import AgentLoop, LoopEvent, TextDelta
from conversation.answering import Answerer
from conversation.events import ServerEvent
from conversation.latency import TurnTrace
from conversation.mouth import Mouth
from tests.support.fake_engines import FakeVoice
from tests.support.virtual_time import advance, virtual

WORD_S = 0.1
LONG = "I've moved the inspection to Thursday, and Sarah will get a message about it. Anything else?"


@dataclass
class Talker:
    """Words one after another, as a language model gives them."""

    words: str
    heard: list[str] = field(default_factory=list[str])
    turn: Any = None
    turn_number = 1
    client_tools: Any = field(default_factory=SimpleNamespace)
    pending_confirmation = None

    async def answer(
        self, _text: str, *, speculative: bool = False, told: str | None = None, aloud: bool = True
    ) -> AsyncGenerator[LoopEvent]:
        del speculative, told, aloud
        for word in self.words.split():
            await advance(WORD_S)
            yield TextDelta(word + " ")

    def finish(self, heard: str) -> None:
        self.heard.append(heard)


async def spoken(words: str, word_limit: int | None = None) -> tuple[float, list[str], Talker, list[Any]]:
    """Seconds to the first audio, what the voice was given, the talker and the events."""
    events: list[ServerEvent] = []
    audible: list[float] = []
    clock = asyncio.get_running_loop().time
    voice, talker = FakeVoice(ms_per_letter=10), Talker(words)
    mouth = Mouth(voice, lambda _item, _pcm: None, rate=16_000)
    loop: AgentLoop = talker  # type: ignore[assignment]
    answerer = Answerer(loop, mouth, events.append, lambda: audible.append(clock()), clock)
    answerer.word_limit = word_limit
    began = clock()
    answer = answerer.begin(TurnTrace(), to_user=True)
    await answerer.answer_turn(answer, "anything")
    return audible[0] - began, voice.said, talker, [e.data for e in events if e.type == "response_text"]


@virtual
async def test_the_first_clause_is_heard_while_the_rest_is_being_worded():
    first, said, talker, texts = await spoken(LONG)
    assert said == [
        "I've moved the inspection to Thursday,",
        "and Sarah will get a message about it.",
        "Anything else?",
    ]
    # One more word tells that the clause is one; then comes the voice's own time.
    assert first == pytest.approx(7 * WORD_S + 0.05, abs=0.02)
    assert talker.heard == [LONG]
    assert texts[-1] == {"item_id": texts[0]["item_id"], "text": LONG, "spoken": "full"}


@virtual
async def test_only_the_first_clause_of_an_answer_is_early():
    _, said, _, _ = await spoken("Done. " + LONG)
    assert said == [
        "Done.",
        "I've moved the inspection to Thursday, and Sarah will get a message about it.",
        "Anything else?",
    ]


@virtual
async def test_a_driver_hears_a_sentence_that_was_shortened_as_a_whole():
    first, said, talker, _ = await spoken(LONG, word_limit=10)
    assert said == ["I've moved the inspection to Thursday.", "Anything else?"]
    assert first > 13 * WORD_S
    assert talker.heard == [" ".join(said)]
