"""Speaks with the provider, and with the embedded voice when the provider fails, also in the middle of a sentence.

Where a sentence broke is known from the length of its audio and the pace of those before it: the embedded voice begins
with the clause that was being spoken, so that no word is lost and none before that clause is said twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Final

from conversation.fallback.circuits import TRIES, Circuits, Part
from conversation.fallback.failures import BrokenAnswer
from conversation.fallback.patience import in_time
from conversation.providers import Voice
from media.engines.hibari import split_clauses
from media.resample import StreamResampler
from media.speakable import speakable

#: Milliseconds a letter at speed 1 until a sentence has been measured: 150 words a minute.
FIRST_PACE_MS: Final = 68.0
#: What a new sentence counts in the pace, and the letters from which one is long enough to be measured.
_WEIGHT: Final = 0.3
_MEASURABLE: Final = 20
#: A clause counts as spoken when so much more than its letters was, since a pace is only about right.
_MARGIN: Final = 1.05


class FallbackVoice:
    """Voice protocol over two; ``sample_rate`` is the provider's, the embedded audio is brought to it.

    Args:
        remote: The provider's.
        local: The embedded one.
        circuits: Of this conversation.
    """

    def __init__(self, remote: Voice, local: Voice, circuits: Circuits) -> None:
        self._remote = remote
        self._local = local
        self._circuits = circuits
        self._pace_ms = FIRST_PACE_MS

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._remote.sample_rate

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """Yield the audio of ``text``. Raises EngineUnavailable when neither voice can speak."""
        circuit = self._circuits[Part.SPEAKING]
        size = 0
        for _ in range(0 if self._circuits.is_local(Part.SPEAKING) else TRIES):
            attempt = circuit.begin()
            if attempt is None:
                break
            try:
                async with contextlib.aclosing(self._remotely(text, voice, speed)) as chunks:
                    async for chunk in chunks:
                        size += len(chunk)
                        yield chunk
            except (GeneratorExit, asyncio.CancelledError):
                circuit.abandoned(attempt)
                raise
            except Exception as error:  # whatever a provider does wrong, the sentence is said
                if not circuit.failed(attempt, error).may_try_again or size:
                    break
            else:
                circuit.succeeded(attempt)
                self._measure(text, size, speed)
                return
        self._circuits.fall_back(Part.SPEAKING)
        circuit.on_local(Part.SPEAKING)
        async for chunk in self._locally(self._rest(text, size, speed), voice, speed):
            yield chunk

    async def _remotely(self, text: str, voice: str, speed: float) -> AsyncGenerator[bytes]:
        times = self._circuits.settings
        size = 0
        spoken = self._remote.speak(text, voice=voice, speed=speed)
        waited = in_time(spoken, times.speaking_timeout_s, times.speaking_gap_s)
        async with contextlib.aclosing(waited) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                yield chunk
        if not size and text.strip():
            raise BrokenAnswer("no audio")

    async def _locally(self, text: str, voice: str, speed: float) -> AsyncIterator[bytes]:
        resampler = StreamResampler(self._local.sample_rate, self.sample_rate)
        async for chunk in self._local.speak(text, voice=voice, speed=speed):
            yield resampler.push(chunk)
        yield resampler.flush()

    def _measure(self, text: str, size: int, speed: float) -> None:
        """Learn from a whole sentence how long a letter takes."""
        letters = len(speakable(text))
        if letters >= _MEASURABLE:
            pace = self._milliseconds(size) * speed / letters
            self._pace_ms += _WEIGHT * (pace - self._pace_ms)

    def _rest(self, text: str, size: int, speed: float) -> str:
        """What is left to say of ``text`` after ``size`` bytes of its audio."""
        if not size:
            return text
        spoken = self._milliseconds(size) * speed / self._pace_ms
        return rest_of(split_clauses(speakable(text)), spoken)

    def _milliseconds(self, size: int) -> float:
        return size / 2 / self.sample_rate * 1000


def rest_of(clauses: Sequence[str], spoken: float) -> str:
    """The clauses from the one that the ``spoken``-th letter belongs to; at least the last."""
    end = 0.0
    for number, clause in enumerate(clauses[:-1]):
        end += len(clause) + 1
        if spoken < end * _MARGIN:
            return " ".join(clauses[number:])
    return clauses[-1] if clauses else ""
