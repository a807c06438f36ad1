"""How fast the user wants to be spoken to is how fast he is spoken to, from the next sentence on, cached or not."""

from __future__ import annotations

from conversation.events import ConfigIn, TextIn
from conversation.prepared_voice import PreparedVoice
from media.engines.hibari import SPEEDS, HibariVoice, audio_ms
from media.phrase_cache import Phrase, PhraseCache
from tests.support.agent import text
from tests.support.call import calling
from tests.support.fake_engines import FakeVoice
from tests.support.virtual_time import virtual

PHRASE = "One moment, I'm looking that up."


@virtual
async def test_a_change_holds_from_the_next_sentence_on():
    async with calling(text("Noon."), text("Noon."), text("Noon.")) as call:
        call.voice.paces.clear()
        for number, speed in enumerate(("normal", "fast", "slow"), 1):
            call.send(ConfigIn({"voice_speed": speed}))
            call.send(TextIn("what time is it"))
            await call.until("response_done", number)
        assert call.voice.paces == [SPEEDS["normal"], SPEEDS["fast"], SPEEDS["slow"]]


@virtual
async def test_a_greeting_that_was_made_at_another_speed_is_made_again():
    beneath = FakeVoice()
    voice = PreparedVoice(beneath)
    await voice.prepare("Hello.", voice="heart", speed=1.0)
    assert [chunk async for chunk in voice.speak("Hello.", voice="heart", speed=SPEEDS["fast"])]
    assert beneath.paces == [1.0, SPEEDS["fast"]]
    assert [chunk async for chunk in voice.speak("Hello.", voice="heart", speed=1.0)]
    assert beneath.paces == [1.0, SPEEDS["fast"]], "the one at the right speed is still there"


def test_a_frequent_phrase_is_kept_once_for_each_speed():
    voice, cache = HibariVoice(), PhraseCache()

    def speak(speed: float) -> bytes:
        phrase = Phrase(PHRASE, voice.voice, speed)
        if (kept := cache.get(phrase)) is not None:
            return kept
        audio = b"".join(voice.speak(PHRASE, speed))
        cache.put(phrase, audio)
        return audio

    lasting = {name: [audio_ms(speak(speed)) for _ in range(3)] for name, speed in SPEEDS.items()}
    assert lasting["slow"][2] > 1.1 * lasting["normal"][2] > 1.2 * lasting["fast"][2]
    assert all(len(set(each)) == 1 for each in lasting.values())
    assert (cache.hits, cache.misses) == (3, 6)
