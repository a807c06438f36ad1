"""Text to speech: hibari on onnxruntime, clause by clause, so that the first sound does not wait.

It speaks what it is given: the text is normalised for the voice here, never shortened or reworded. Nothing is
ever downloaded: only voices whose files are on this machine exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from hibari import Hibari
from hibari.voices import DEFAULT, VOICES, voice_path

from media.errors import MediaError, MediaErrorCode
from media.pcm import BYTES_PER_SAMPLE, Samples, from_float
from media.sentences import split_sentences
from media.speakable import speakable

SAMPLE_RATE: Final = 24_000
SPEEDS: Final = {"slow": 0.85, "normal": 1.0, "fast": 1.2}
"""What the named speeds mean; 1.0 is about 170 words a minute."""
SLOWEST: Final = 0.5
FASTEST: Final = 2.0

#: What the network makes of the pace it is given: it rounds the length of every sound, so that 1.2 is heard as 1.1.
#: Measured on five sentences; between two entries it is laid evenly.
_HEARD_PACES: Final = (
    0.50,
    0.60,
    0.70,
    0.80,
    0.88,
    0.90,
    0.97,
    1.00,
    1.03,
    1.11,
    1.17,
    1.58,
    1.65,
    1.82,
    2.00,
)
_GIVEN_PACES: Final = (
    0.50,
    0.60,
    0.70,
    0.80,
    0.83,
    0.85,
    0.90,
    1.00,
    1.10,
    1.20,
    1.30,
    1.40,
    1.60,
    2.00,
    2.60,
)

_BLOCK: Final = SAMPLE_RATE // 100
_AUDIBLE: Final = 10 ** (-56 / 20)
_LEAD_BLOCKS: Final = 2
_SENTENCE_TAIL_BLOCKS: Final = 22
_CLAUSE_TAIL_BLOCKS: Final = 14
_SHORT_CLAUSE: Final = 24
_FULL_CLAUSE: Final = 60
_LONG_CLAUSE: Final = 90
_PUNCTUATED: Final = re.compile(r"(?<=[,;:])\s+|\s+(?=[-–—]\s)")
_CONJUNCTION: Final = re.compile(r"\s+(?=(?:and|but|or|which|because|so|then|while|where|who)\s)")
_GOES_ON: Final = re.compile(r"[,;:–—-]\s*$")
_SEED: Final = 20
"""Of the breath noise: the same text gives the same samples on every machine."""


def installed_voices() -> tuple[str, ...]:
    """Names of the voices whose model file is on this machine, the default first."""

    def is_here(name: str) -> bool:
        try:
            voice_path(name, download_missing=False)
        except FileNotFoundError:
            return False
        return True

    others = sorted(name for name in VOICES if name != DEFAULT and is_here(name))
    return (DEFAULT, *others)


class HibariVoice:
    """One loaded voice. About 10 ms of work for a second of speech on one thread.

    Thread-safe in the sense that calls may overlap; they then share a core.

    Attributes:
        voice: Its name.
        sample_rate: 24,000 Hz.
    """

    sample_rate: Final = SAMPLE_RATE

    def __init__(self, voice: str = DEFAULT, threads: int = 1) -> None:
        """Load the network and the pronunciation lexicon, speak once (about 1 s).

        Raises:
            MediaError: ``unknown_voice`` when that voice is not on this machine.
        """
        if voice not in installed_voices():
            message = f"no voice {voice!r} on this machine; there is {', '.join(installed_voices())}"
            raise MediaError(MediaErrorCode.UNKNOWN_VOICE, message)
        self.voice = voice
        self._engine = Hibari(voice=voice, threads=threads)
        for _ in self.speak("Hello."):
            pass

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices that could be loaded here."""
        return installed_voices()

    def speak(self, text: str, speed: float = 1.0) -> Iterator[bytes]:
        """Speak ``text``.

        Args:
            text: As it would be written; dates, money and the like are put into words.
            speed: 1.0 is normal; kept within 0.5 to 2.0. ``SPEEDS`` has the named ones.

        Yields:
            PCM16 at 24 kHz, one chunk a clause, without the 0.3 s of silence that the network puts in front.
        """
        pace = min(FASTEST, max(SLOWEST, speed))
        given = float(np.interp(pace, _HEARD_PACES, _GIVEN_PACES))
        rng = np.random.default_rng(_SEED)
        for sentence in filter(_has_words, split_sentences(text)):
            clauses = split_clauses(speakable(sentence))
            for number, clause in enumerate(clauses):
                goes_on = number < len(clauses) - 1 or _GOES_ON.search(clause)
                tail = _CLAUSE_TAIL_BLOCKS if goes_on else _SENTENCE_TAIL_BLOCKS
                for phonemes in self._engine.phonemize(clause):
                    audio = self._engine.from_ids(self._engine.ids(phonemes), given, rng)
                    chunk = from_float(_trim(audio, round(tail / pace)))
                    if chunk:
                        yield chunk


def split_clauses(sentence: str) -> list[str]:
    """Pieces of a sentence that can be spoken one by one: cut at punctuation, else before a conjunction.

    Very short pieces stay with their neighbours, since each cut costs a little of the melody.
    """
    clauses = _merge_short(_PUNCTUATED.split(sentence))
    return [part for clause in clauses for part in _halve_long(clause)]


def _merge_short(pieces: list[str]) -> list[str]:
    merged: list[str] = []
    for piece in pieces:
        together = f"{merged[-1]} {piece}" if merged else piece
        if not merged or (min(len(merged[-1]), len(piece)) >= _SHORT_CLAUSE or len(together) > _FULL_CLAUSE):
            merged.append(piece)
        else:
            merged[-1] = together
    if len(merged) > 1 and len(merged[-1]) < _SHORT_CLAUSE:
        merged[-2:] = [" ".join(merged[-2:])]
    return [piece for piece in merged if piece.strip()]


def _halve_long(clause: str) -> list[str]:
    if len(clause) <= _LONG_CLAUSE:
        return [clause]
    joints = [joint.start() for joint in _CONJUNCTION.finditer(clause)]
    inner = [at for at in joints if _SHORT_CLAUSE <= at <= len(clause) - _SHORT_CLAUSE]
    if not inner:
        return [clause]
    cut = min(inner, key=lambda at: abs(at - len(clause) // 2))
    return [*_halve_long(clause[:cut]), *_halve_long(clause[cut:].lstrip())]


def _has_words(text: str) -> bool:
    """The network hums over bare punctuation."""
    return any(sign.isalnum() for sign in text)


def _trim(audio: Samples, tail_blocks: int) -> Samples:
    """Cut the silence around speech to 20 ms before it and ``tail_blocks`` of 10 ms after it."""
    blocks = audio[: audio.size // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    audible = np.flatnonzero(np.einsum("bs,bs->b", blocks, blocks) > _AUDIBLE**2 * _BLOCK)
    if not audible.size:
        return np.zeros(0, np.float32)
    first = max(0, int(audible[0]) - _LEAD_BLOCKS)
    last = min(blocks.shape[0], int(audible[-1]) + 1 + tail_blocks)
    return audio[first * _BLOCK : last * _BLOCK]


def audio_ms(chunk: bytes) -> float:
    """How long a chunk of this voice lasts."""
    return len(chunk) / BYTES_PER_SAMPLE * 1000 / SAMPLE_RATE
