from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from conversation.mouth import MAX_BUFFER_MS, MAX_SENTENCES, Mouth, Speech
from tests.support.fake_engines import FakeVoice
from tests.support.virtual_time import advance, settle, until, virtual


@dataclass
class Speaker:
    """A mouth with a voice, what left it and when."""

    voice: FakeVoice = field(default_factory=FakeVoice)
    rate: int = 16_000
    frame_bytes: int = 2048
    lead_ms: float = 200.0
    sent: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])
    audible: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        self.mouth = Mouth(
            self.voice, self.emit, rate=self.rate, frame_bytes=self.frame_bytes, lead_ms=self.lead_ms
        )

    def emit(self, item_id: str, pcm: bytes) -> None:
        assert item_id == "item"
        self.sent.append((asyncio.get_running_loop().time(), pcm))

    def open(self, *sentences: str, close: bool = True) -> Speech:
        speech = self.mouth.open("item", lambda: self.audible.append(asyncio.get_running_loop().time()))
        for sentence in sentences:
            self.mouth.say(speech, sentence)
        if close:
            self.mouth.close(speech)
        return speech

    def sent_ms(self, until: float = float("inf")) -> float:
        return sum(len(pcm) for at, pcm in self.sent if at <= until) / 2 / self.rate * 1000

    def leads(self) -> list[float]:
        """How far ahead of real time the audio was after each frame, in milliseconds."""
        began = self.sent[0][0]
        return [self.sent_ms(at) - (at - began) * 1000 for at, _ in self.sent]


@pytest.mark.parametrize(
    ("rate", "frame_bytes", "lead_ms"),
    [(16_000, 2048, 200.0), (24_000, 1024, 200.0), (8_000, 2048, 200.0), (48_000, 4096, 60.0)],
)
@virtual
async def test_audio_leaves_at_real_time_with_a_bounded_lead(rate: int, frame_bytes: int, lead_ms: float):
    speaker = Speaker(FakeVoice(rate=rate), rate, frame_bytes, lead_ms)
    await speaker.mouth.speak(speaker.open("a" * 30, "b" * 30))
    leads = speaker.leads()
    frame_ms = frame_bytes / 2 / rate * 1000
    assert max(leads) <= lead_ms + 0.01
    assert min(leads[4:-1]) >= lead_ms - 2 * frame_ms, "nor does the client run dry"
    assert speaker.sent_ms() == pytest.approx(3000, abs=1)


@virtual
async def test_a_frame_longer_than_the_lead_still_goes_out():
    speaker = Speaker(lead_ms=20.0)
    await speaker.mouth.speak(speaker.open("a" * 20))
    assert speaker.sent_ms() == pytest.approx(1000)
    gaps = [later[0] - earlier[0] for earlier, later in zip(speaker.sent, speaker.sent[1:], strict=False)]
    assert min(gaps) == pytest.approx(0.064)


@virtual
async def test_speak_returns_when_the_last_sample_has_been_played():
    loop = asyncio.get_running_loop()
    speaker = Speaker()
    await speaker.mouth.speak(speaker.open("a" * 40))
    assert speaker.audible == [speaker.sent[0][0]]
    assert loop.time() - speaker.audible[0] == pytest.approx(2.0, abs=0.001)


@virtual
async def test_the_first_sentence_is_heard_before_the_last_is_known():
    speaker = Speaker()
    speech = speaker.open("First.", close=False)
    task = asyncio.create_task(speaker.mouth.speak(speech))
    await until(lambda: speaker.sent, within=1.0)
    speaker.mouth.say(speech, "Second.")
    speaker.mouth.close(speech)
    await task
    assert speech.ledger.text == "First. Second."
    assert len(speaker.audible) == 1


@virtual
async def test_falling_silent_leaves_a_ledger_of_what_was_sent():
    speaker = Speaker()
    speech = speaker.open("aaaa bbbb cccc dddd.", "never reached")
    task = asyncio.create_task(speaker.mouth.speak(speech))
    await until(lambda: speaker.sent)
    await advance(0.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    sent = speaker.sent_ms()
    assert speech.ledger.sent_ms == pytest.approx(sent)
    assert 500 <= sent <= 720
    assert speech.ledger.heard_ms == pytest.approx(sent - 200)
    assert speech.ledger.heard_text() == "aaaa bbbb"
    await advance(5)
    assert speaker.sent_ms() == sent, "nothing leaves a silent mouth"


@virtual
async def test_a_paused_mouth_sends_nothing_and_goes_on_where_it_was():
    speaker = Speaker()
    speech = speaker.open("a" * 60)
    task = asyncio.create_task(speaker.mouth.speak(speech))
    await until(lambda: len(speaker.sent) > 5)
    speaker.mouth.pause()
    await advance(0.1)
    held = len(speaker.sent)
    await advance(30)
    assert len(speaker.sent) == held
    speaker.mouth.resume()
    resumed = asyncio.get_running_loop().time()
    await task
    assert speaker.sent_ms() == pytest.approx(3000)
    at_once = [pcm for at, pcm in speaker.sent if at == resumed]
    assert sum(map(len, at_once)) / 32 <= 200, "the pause is not made up for"


@virtual
async def test_rewinding_sends_the_unheard_audio_again():
    speaker = Speaker()
    speech = speaker.open("a" * 40)
    task = asyncio.create_task(speaker.mouth.speak(speech))
    await until(lambda: speech.ledger.sent_ms >= 1000)
    speaker.mouth.pause()
    speech.ledger.report(400.0)
    sent_before = b"".join(pcm for _, pcm in speaker.sent)
    speaker.mouth.rewind(speech)
    assert speech.ledger.sent_ms == pytest.approx(400, abs=1)
    speaker.sent.clear()
    speaker.mouth.resume()
    await task
    again = b"".join(pcm for _, pcm in speaker.sent)
    assert again.startswith(sent_before[400 * 32 :])
    assert len(again) == 1600 * 32


@virtual
async def test_audio_lost_with_the_connection_at_the_very_end_can_still_be_rewound():
    speaker = Speaker()
    speech = speaker.open("a" * 20)
    task = asyncio.create_task(speaker.mouth.speak(speech))
    await until(lambda: speech.ledger.sent_ms >= 1000)
    speaker.mouth.pause()
    await advance(60)
    assert not task.done(), "nobody has heard the end yet"
    speech.ledger.report(500.0)
    speaker.mouth.rewind(speech)
    speaker.mouth.resume()
    await task
    assert speaker.sent_ms() == pytest.approx(1500)


@virtual
async def test_silence_before_the_first_word_is_cut_but_not_between_sentences():
    speaker = Speaker(FakeVoice(lead_in_ms=300))
    await speaker.mouth.speak(speaker.open("a" * 10, "b" * 10))
    assert 500 + 800 <= speaker.sent_ms() <= 500 + 800 + 15
    assert speaker.sent[0][1][:400].strip(b"\0"), "the first audible sample comes within 12 ms"


@virtual
async def test_a_first_chunk_of_pure_silence_is_cut_too():
    speaker = Speaker(FakeVoice(lead_in_ms=300, chunk_ms=100, latency_s=0.01))
    await speaker.mouth.speak(speaker.open("a" * 10))
    assert speaker.sent_ms() == pytest.approx(500, abs=15)


@virtual
async def test_synthesis_never_runs_far_ahead():
    speaker = Speaker(FakeVoice(latency_s=0.0))
    speech = speaker.open(*(["a" * 100] * 12))  # a minute of speech
    task = asyncio.create_task(speaker.mouth.speak(speech))
    largest = 0.0
    while not task.done():
        await advance(0.05)
        largest = max(largest, speech.milliseconds(len(speech.audio)))
    assert MAX_BUFFER_MS < largest <= MAX_BUFFER_MS + 5000 + 200
    assert speaker.sent_ms() == pytest.approx(60_000)


@virtual
async def test_a_chunking_voice_is_held_within_a_sentence():
    speaker = Speaker(FakeVoice(latency_s=0.0, chunk_ms=100))
    speech = speaker.open("a" * 600)  # half a minute in one sentence
    task = asyncio.create_task(speaker.mouth.speak(speech))
    largest = 0.0
    while not task.done():
        await advance(0.05)
        largest = max(largest, speech.milliseconds(len(speech.audio)))
    assert largest <= MAX_BUFFER_MS + 200


@virtual
async def test_more_sentences_than_anybody_says_are_dropped():
    speaker = Speaker()
    speech = speaker.open(*(["a"] * (MAX_SENTENCES + 50)))
    await speaker.mouth.speak(speech)
    assert len(speaker.voice.said) <= MAX_SENTENCES


@virtual
async def test_without_a_voice_the_speech_is_marked_failed():
    speaker = Speaker(FakeVoice(fails_at=1))
    speech = speaker.open("Said.", "Not said.")
    await speaker.mouth.speak(speech)
    assert speech.failed == "all voices are busy"
    assert speaker.sent_ms() == pytest.approx(250)


@virtual
async def test_a_new_rate_holds_from_the_next_item_on():
    speaker = Speaker()
    speech = speaker.open("a" * 20)
    task = asyncio.create_task(speaker.mouth.speak(speech))
    await until(lambda: speaker.sent)
    speaker.mouth.set_rate(48_000)
    await task
    assert speech.ledger.sent_ms == pytest.approx(1000)
    speaker.sent.clear()
    await speaker.mouth.speak(speaker.open("a" * 20))
    assert sum(len(pcm) for _, pcm in speaker.sent) == 48_000 * 2


@virtual
async def test_an_item_without_sentences_ends_at_once_and_is_never_audible():
    speaker = Speaker()
    await speaker.mouth.speak(speaker.open())
    await settle()
    assert speaker.sent == []
    assert speaker.audible == []
