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
from media.resample import StreamResampler

#: Audio synthesised but not yet sent; synthesis waits when it is full.
MAX_BUFFER_MS = 8_000.0
#: A synthesiser's own leading silence above this is cut: it would only add to the voice-to-voice time.
_SILENCE_LEVEL = 260
MAX_SENTENCES = 200
#: Audio kept after it was sent, to be sent again to a client that comes back.
REWIND_MS = 10_000.0


@dataclass(slots=True)
class Speech:
    """One item being spoken: its ledger, the sentences to come and the audio to go out at ``rate`` Hz."""

    item_id: str
    ledger: PlaybackLedger
    on_first_audio: Callable[[], None]
    rate: int
    texts: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(MAX_SENTENCES))
    audio: bytearray = field(default_factory=bytearray)
    sent: bytearray = field(default_factory=bytearray)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Event = field(default_factory=asyncio.Event)
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

    def open(self, item_id: str, on_first_audio: Callable[[], None]) -> Speech:
        """A new item; sentences are added with ``say`` and the end marked with ``close``."""
        return Speech(item_id, PlaybackLedger(item_id, self.lead_ms), on_first_audio, self.rate)

    def say(self, speech: Speech, sentence: str) -> None:
        """Add a sentence. Beyond ``MAX_SENTENCES`` unsaid ones it is dropped (no reply is that long)."""
        with contextlib.suppress(asyncio.QueueFull):
            speech.texts.put_nowait(sentence)

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
            speech.ledger.sent_ms -= speech.milliseconds(size)
            speech.changed.set()

    def pause(self) -> None:
        """Hold the audio back (nobody is connected)."""
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
        loop = asyncio.get_running_loop()
        resampler = StreamResampler(self._voice.sample_rate, speech.rate)
        try:
            while (text := await speech.texts.get()) is not None:
                sentence = speech.ledger.begin_sentence(text)
                started = loop.time()
                first = len(speech.ledger.sentences) == 1
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
        except EngineUnavailable as error:
            speech.failed = str(error)
        finally:
            speech.synthesised = True
            speech.changed.set()

    async def _room(self, speech: Speech) -> None:
        """Wait while enough audio is there already."""
        if speech.milliseconds(len(speech.audio)) > MAX_BUFFER_MS:
            speech.room.clear()
            await speech.room.wait()

    async def _play(self, speech: Speech) -> None:
        loop = asyncio.get_running_loop()
        clock: float | None = None  # when the audio sent so far will have been played, seconds
        frame_s = speech.milliseconds(self.frame_bytes) / 1000
        while True:
            await self._paused.wait()
            now = loop.time()
            ahead = 0.0 if clock is None else clock - now
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
            frame = bytes(speech.audio[: self.frame_bytes])
            del speech.audio[: self.frame_bytes]
            if speech.milliseconds(len(speech.audio)) <= MAX_BUFFER_MS / 2:
                speech.room.set()
            if clock is None:
                speech.on_first_audio()
            self._emit(speech.item_id, frame)
            speech.sent += frame
            del speech.sent[: -int(REWIND_MS / 1000 * speech.rate) * 2]
            sent_ms = speech.milliseconds(len(frame))
            speech.ledger.sent(sent_ms)
            clock = max(clock or now, now) + sent_ms / 1000


def _trim_start(pcm: bytes) -> bytes:
    """``pcm`` without the near silence at its start, keeping 10 ms before the first audible sample."""
    samples = memoryview(pcm).cast("h")
    step = 40
    for index in range(0, len(samples), step):
        if max(map(abs, samples[index : index + step])) >= _SILENCE_LEVEL:
            return pcm[max(0, index - 4 * step) * 2 :]
    return b""
