"""The assistant's mouth: sentences in, paced audio out, with a ledger of what was sent.

Synthesis runs ahead of playback one sentence at a time; audio leaves at real time with a bounded lead, so that an
interruption never has more than the lead to throw away. It never decides *when* to speak or stop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from conversation.ledger import PlaybackLedger
from conversation.providers import EngineUnavailable, Voice
from conversation.spoken import SpokenItem
from media.resample import StreamResampler

#: Audio synthesised but not yet sent; synthesis waits when it is full.
MAX_BUFFER_MS = 8_000.0
#: A synthesiser's own leading silence above this is cut: it would only add to the voice-to-voice time.
_SILENCE_LEVEL = 260
MAX_SENTENCES = 200
#: Audio kept after it was sent, to be sent again to a client that comes back.
REWIND_MS = 10_000.0


@dataclass(frozen=True, slots=True)
class _Filler:
    text: str


@dataclass(slots=True)
class Speech:
    """One item being spoken: its ledger, the sentences to come and the audio to go out at ``rate`` Hz.

    Nothing of it is sent before it is ``released``. ``given`` counts its sentences; ``moved`` is set when one has been
    synthesised or a frame has been sent. ``plays_until`` is when what was sent will have been played.
    """

    item_id: str
    ledger: PlaybackLedger
    on_first_audio: Callable[[], None]
    rate: int
    on_filler: Callable[[float], None] = lambda _seconds: None
    texts: asyncio.Queue[str | _Filler | SpokenItem | None] = field(
        default_factory=lambda: asyncio.Queue(MAX_SENTENCES)
    )
    released: asyncio.Event = field(default_factory=asyncio.Event)
    plays_until: float | None = None
    answer_audible: bool = False
    audio: bytearray = field(default_factory=bytearray)
    sent: bytearray = field(default_factory=bytearray)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    given: int = 0
    synthesised: bool = False
    failed: str | None = None
    tts_ms: float | None = None

    def milliseconds(self, size: int) -> float:
        """How long ``size`` bytes of its audio last."""
        return size / 2 / self.rate * 1000


class Mouth:
    """Speaks one item at a time.

    Args:
        voice: Synthesiser; its rate is resampled to ``rate``.
        emit: Called with (item_id, pcm) for every frame of audio that leaves, PCM16 mono at ``rate``.
        frame_bytes: Size of one frame of audio, an even number of bytes.
        lead_ms: How far ahead of real time audio is sent.
    """

    def __init__(
        self,
        voice: Voice,
        emit: Callable[[str, bytes], None],
        *,
        rate: int,
        frame_bytes: int = 2048,
        lead_ms: float = 200.0,
    ) -> None:
        self._voice = voice
        self._emit = emit
        self.rate = rate
        self.frame_bytes = frame_bytes
        self.lead_ms = lead_ms
        self.voice_name = ""
        self.speed = 1.0
        self._paused = asyncio.Event()
        self._paused.set()

    def open(
        self,
        item_id: str,
        on_first_audio: Callable[[], None],
        on_filler: Callable[[float], None] = lambda _seconds: None,
        *,
        held: bool = False,
    ) -> Speech:
        """A new item; sentences are added with ``say`` and the end marked with ``close``.

        Args:
            item_id: Its id.
            on_first_audio: Called when the first audio of the answer leaves.
            on_filler: Called with its length in seconds when a filler begins to leave.
            held: Send nothing before ``released`` is set.
        """
        speech = Speech(item_id, PlaybackLedger(item_id, self.lead_ms), on_first_audio, self.rate, on_filler)
        if not held:
            speech.released.set()
        return speech

    def fill(self, speech: Speech, phrase: str) -> None:
        """Say something short while there is no answer yet; dropped when the answer comes before it is audible."""
        with contextlib.suppress(asyncio.QueueFull):
            speech.texts.put_nowait(_Filler(phrase))

    def say(self, speech: Speech, sentence: str) -> None:
        """Add a sentence. Beyond ``MAX_SENTENCES`` unsaid ones it is dropped (no reply is that long)."""
        with contextlib.suppress(asyncio.QueueFull):
            speech.texts.put_nowait(sentence)
            speech.given += 1

    def play(self, speech: Speech, spoken: SpokenItem) -> None:
        """Add what a model says itself. Beyond ``MAX_SENTENCES`` unsaid ones it is dropped, and the model told so."""
        try:
            speech.texts.put_nowait(spoken)
        except asyncio.QueueFull:
            spoken.stop()

    def cut(self, speech: Speech, spoken: SpokenItem) -> None:
        """Leave out what the model says after its words so far, as far as it has not left yet."""
        unwanted = spoken.taken_ms - spoken.cut()
        size = min(len(speech.audio), int(max(0.0, unwanted) / 1000 * speech.rate) * 2)
        if size > 0:
            del speech.audio[-size:]
            spoken.took(-speech.milliseconds(size))

    async def catch_up(self, speech: Speech) -> None:
        """Wait until all sentences given so far have been sent, but for less than a frame, or cannot be said."""
        while not speech.synthesised:
            spoken = speech.ledger.answer
            made = len(spoken) >= speech.given and all(each.complete for each in spoken)
            if made and len(speech.audio) < self.frame_bytes:
                return
            speech.moved.clear()
            await speech.moved.wait()

    def close(self, speech: Speech) -> None:
        """No more sentences will come."""
        if speech.texts.full():
            speech.texts.get_nowait()
        speech.texts.put_nowait(None)

    def set_rate(self, rate: int) -> None:
        """The client wants another sample rate, from the next item on."""
        self.rate = rate

    def rewind(self, speech: Speech) -> None:
        """Put the audio that was sent but not heard (up to ``REWIND_MS`` of it) back to be sent again."""
        unheard = speech.ledger.sent_ms - speech.ledger.heard_ms
        size = min(len(speech.sent), int(unheard / 1000 * speech.rate) * 2)
        if size > 0:
            speech.audio[:0] = speech.sent[-size:]
            del speech.sent[-size:]
            speech.changed.set()
        speech.ledger.rewind(speech.milliseconds(max(0, size)))
        speech.plays_until = None

    def stop(self, speech: Speech) -> None:
        """The client is told now to throw away what it has not played."""
        now = asyncio.get_running_loop().time()
        ahead_s = 0.0 if speech.plays_until is None else speech.plays_until - now
        speech.ledger.stop(max(0.0, ahead_s) * 1000, now)

    def pause(self) -> None:
        """Hold the audio back."""
        self._paused.clear()

    def resume(self) -> None:
        """Let the audio flow again."""
        self._paused.set()

    async def speak(self, speech: Speech) -> None:
        """Speak the item to its end; returns when the last sample has been played (sent plus lead).

        Cancel the task to fall silent; the ledger then tells what was sent.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._synthesise(speech))
            group.create_task(self._play(speech))

    async def _synthesise(self, speech: Speech) -> None:
        resampler = StreamResampler(self._voice.sample_rate, speech.rate)
        try:
            while (text := await speech.texts.get()) is not None:
                if isinstance(text, _Filler):
                    await self._synthesise_filler(speech, text.text)
                elif isinstance(text, SpokenItem):
                    await self._take(speech, text)
                else:
                    await self._synthesise_sentence(speech, text, resampler)
        except EngineUnavailable as error:
            speech.failed = str(error)
        finally:
            speech.synthesised = True
            speech.changed.set()
            speech.moved.set()

    async def _synthesise_sentence(self, speech: Speech, text: str, resampler: StreamResampler) -> None:
        loop = asyncio.get_running_loop()
        first = not speech.ledger.answer
        sentence = speech.ledger.begin_sentence(text)
        started = loop.time()
        async for chunk in self._voice.speak(text, voice=self.voice_name, speed=self.speed):
            pcm = resampler.push(chunk)
            if first and speech.tts_ms is None:
                pcm = _trim_start(pcm)
                if not pcm:
                    continue
            if speech.tts_ms is None and pcm:
                speech.tts_ms = (loop.time() - started) * 1000
            sentence.duration_ms += speech.milliseconds(len(pcm))
            speech.audio += pcm
            speech.changed.set()
            await self._room(speech)
        tail = resampler.flush()
        sentence.duration_ms += speech.milliseconds(len(tail))
        sentence.complete = True
        speech.audio += tail
        speech.changed.set()
        speech.moved.set()

    async def _take(self, speech: Speech, spoken: SpokenItem) -> None:
        resampler = StreamResampler(spoken.rate, speech.rate)
        spoken.begin(speech.ledger, speech.ledger.sent_ms + speech.milliseconds(len(speech.audio)))
        async for chunk in spoken.audio():
            self._took(speech, spoken, resampler.push(chunk))
            await self._room(speech)
        if not spoken.is_cut:
            self._took(speech, spoken, resampler.flush())
        spoken.taken()
        speech.changed.set()
        speech.moved.set()

    def _took(self, speech: Speech, spoken: SpokenItem, pcm: bytes) -> None:
        spoken.took(speech.milliseconds(len(pcm)))
        speech.audio += pcm
        speech.changed.set()

    async def _synthesise_filler(self, speech: Speech, phrase: str) -> None:
        resampler = StreamResampler(self._voice.sample_rate, speech.rate)
        pcm = b""
        async for chunk in self._voice.speak(phrase, voice=self.voice_name, speed=self.speed):
            pcm += resampler.push(chunk)
        if not speech.texts.empty() or speech.ledger.answer:
            return  # the answer is there
        pcm = _trim_start(pcm + resampler.flush())
        pcm += bytes(-len(pcm) % self.frame_bytes)  # whole frames, so that none of it waits for the answer
        if pcm:
            sentence = speech.ledger.begin_sentence(phrase, filler=True)
            sentence.duration_ms, sentence.complete = speech.milliseconds(len(pcm)), True
            speech.audio += pcm
            speech.changed.set()

    async def _room(self, speech: Speech) -> None:
        """Wait while enough audio is there already."""
        if speech.milliseconds(len(speech.audio)) > MAX_BUFFER_MS:
            speech.room.clear()
            await speech.room.wait()

    async def _play(self, speech: Speech) -> None:
        loop = asyncio.get_running_loop()
        frame_s = speech.milliseconds(self.frame_bytes) / 1000
        await speech.released.wait()
        while True:
            await self._paused.wait()
            now = loop.time()
            ahead = 0.0 if speech.plays_until is None else speech.plays_until - now
            if len(speech.audio) < self.frame_bytes and not (speech.synthesised and speech.audio):
                if not speech.synthesised:
                    speech.changed.clear()
                    await speech.changed.wait()
                elif ahead > 0:
                    await asyncio.sleep(ahead)  # then look again: what was not heard may have been put back
                else:
                    return
                continue
            wait_s = min(ahead, ahead + frame_s - self.lead_ms / 1000)
            if wait_s > 1e-6:
                await asyncio.sleep(wait_s)
                continue
            self._send_frame(speech, now)

    def _send_frame(self, speech: Speech, now: float) -> None:
        frame = bytes(speech.audio[: self.frame_bytes])
        del speech.audio[: self.frame_bytes]
        if speech.milliseconds(len(speech.audio)) <= MAX_BUFFER_MS / 2:
            speech.room.set()
        self._tell_what_is_audible(speech)
        self._emit(speech.item_id, frame)
        speech.moved.set()
        speech.sent += frame
        del speech.sent[: -int(REWIND_MS / 1000 * speech.rate) * 2]
        sent_ms = speech.milliseconds(len(frame))
        speech.ledger.sent(sent_ms)
        speech.plays_until = max(speech.plays_until or now, now) + sent_ms / 1000

    def _tell_what_is_audible(self, speech: Speech) -> None:
        """What the next frame begins: the answer, or a filler."""
        if speech.answer_audible:
            return
        at_ms = speech.ledger.sent_ms
        sentence = next((each for each in speech.ledger.sentences if each.end_ms > at_ms + 1e-6), None)
        if sentence is None or not sentence.filler:
            speech.answer_audible = True
            speech.on_first_audio()
        elif abs(at_ms - sentence.start_ms) < 1.0:
            speech.on_filler(sentence.duration_ms / 1000)


def _trim_start(pcm: bytes) -> bytes:
    """``pcm`` without the near silence at its start, keeping 10 ms before the first audible sample."""
    samples = memoryview(pcm).cast("h")
    step = 40
    for index in range(0, len(samples), step):
        if max(map(abs, samples[index : index + step])) >= _SILENCE_LEVEL:
            return pcm[max(0, index - 4 * step) * 2 :]
    return b""
