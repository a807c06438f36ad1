"""The greeting's first words are ready before the client is."""

from __future__ import annotations

from conversation.prepared_voice import PreparedVoice
from tests.support.fake_engines import FakeVoice

HELLO = "Good morning, Maria."


async def spoken(voice: PreparedVoice, text: str = HELLO, speed: float = 1.0) -> bytes:
    return b"".join([chunk async for chunk in voice.speak(text, voice="heart", speed=speed)])


async def test_what_was_prepared_is_not_synthesised_again():
    engine = FakeVoice()
    voice = PreparedVoice(engine)
    await voice.prepare(HELLO, voice="heart", speed=1.0)
    assert engine.said == [HELLO]
    audio = await spoken(voice)
    assert engine.said == [HELLO]
    assert audio == await spoken(voice), "the second time from the engine: the same words sound the same"
    assert engine.said == [HELLO, HELLO]


async def test_another_speed_or_sentence_comes_from_the_engine():
    engine = FakeVoice()
    voice = PreparedVoice(engine)
    await voice.prepare(HELLO, voice="heart", speed=1.0)
    await spoken(voice, speed=0.85)
    await spoken(voice, "Something else.")
    assert engine.said == [HELLO, HELLO, "Something else."]


async def test_a_voice_that_is_away_is_asked_again():
    engine = FakeVoice(fails_at=0)
    voice = PreparedVoice(engine)
    await voice.prepare(HELLO, voice="heart", speed=1.0)
    engine.fails_at = None
    assert await spoken(voice)
