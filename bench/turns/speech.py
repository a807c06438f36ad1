"""Makes the callers' speech: voices that are not the server's own, with and without pauses inside an utterance.

The parts of an utterance with a pause are spoken one by one, as unfinished clauses, and joined with so much silence.
Seeded: the same corpus every time. It knows nothing of the server.
"""

from __future__ import annotations

import itertools
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from bench.turns.sentences import DIALOGUES
from hero365_client import read_wav

RATE: Final = 16_000
PAUSE_MS: Final = (400, 900)
PAUSED_SHARE: Final = 1 / 3
SEED: Final = 365


@dataclass(frozen=True, slots=True)
class VoiceOfCaller:
    """A program and the voice it is asked for."""

    program: str
    name: str

    @property
    def label(self) -> str:
        """For reports."""
        return f"{self.program} {self.name}"

    def command(self, text: str, path: Path) -> list[str]:
        """The command line that writes ``text`` as a WAV file."""
        if self.program == "flite":
            return ["flite", "-voice", self.name, "-t", text, "-o", str(path)]
        return ["espeak-ng", "-v", self.name, "-s", "155", "-w", str(path), text]


VOICES: Final = (
    VoiceOfCaller("flite", "slt"),
    VoiceOfCaller("flite", "rms"),
    VoiceOfCaller("flite", "awb"),
    VoiceOfCaller("flite", "kal16"),
    VoiceOfCaller("espeak-ng", "en-us"),
)


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence put into an utterance: [begin, end) in samples; ``kind`` is ``clause`` or ``phrase``."""

    begin: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing a caller says: 16 kHz PCM16 from the first to the last voiced sample."""

    text: str
    voice: str
    pcm: bytes
    pauses: tuple[Pause, ...]


def installed(voices: Sequence[VoiceOfCaller] = VOICES) -> list[VoiceOfCaller]:
    """The voices that can be had on this machine."""
    return [voice for voice in voices if shutil.which(voice.program)]


def corpus(
    wanted: int,
    voices: Sequence[VoiceOfCaller],
    dialogues: Sequence[Sequence[str]] = DIALOGUES,
    seed: int = SEED,
) -> Iterator[list[Utterance]]:
    """Dialogues with at least ``wanted`` utterances in all: every voice in turn, each beginning at another dialogue."""
    rng = random.Random(seed)  # noqa: S311  (reproducible, not secret)
    made = 0
    for number in itertools.count():
        for index, voice in enumerate(voices):
            if made >= wanted:
                return
            dialogue = dialogues[(number + 5 * index) % len(dialogues)]
            made += len(dialogue)
            yield [utterance(text, voice, rng) for text in dialogue]


def utterance(marked: str, voice: VoiceOfCaller, rng: random.Random) -> Utterance:
    """Say a marked sentence; two of three that could have a pause, have one (a few of them two)."""
    text = re.sub(r"\s*[|/]\s*", " ", marked)
    parts = [part.strip() for part in re.split(r"[|/]", marked)]
    kinds = ["clause" if sign == "|" else "phrase" for sign in re.findall(r"[|/]", marked)]
    # Half of all utterances are too short for a pause: of the others this share pauses, a third of the whole.
    chosen = sorted(rng.sample(range(len(kinds)), k=min(len(kinds), 2 if rng.random() < 0.15 else 1)))
    lengths = [rng.randint(*PAUSE_MS) * RATE // 1000 for _ in chosen]
    if not kinds or rng.random() > PAUSED_SHARE * _UTTERANCES / _PAUSABLE:
        return Utterance(text, voice.label, say(voice, text).tobytes(), ())
    pieces: list[NDArray[np.int16]] = []
    pauses: list[Pause] = []
    begin = at = 0
    for index, length in zip(chosen, lengths, strict=True):
        said = say(voice, " ".join(parts[begin : index + 1]).rstrip(" ,") + ",")
        pieces += [said, np.zeros(length, np.int16)]
        pauses.append(Pause(at + said.size, at + said.size + length, kinds[index]))
        at += said.size + length
        begin = index + 1
    pieces.append(say(voice, " ".join(parts[begin:])))
    return Utterance(text, voice.label, np.concatenate(pieces).tobytes(), tuple(pauses))


def say(voice: VoiceOfCaller, text: str) -> NDArray[np.int16]:
    """What the voice says, from its first to its last voiced sample, at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(voice.command(text, path), check=True, capture_output=True)
        clip = read_wav(path)
    voiced = np.frombuffer(clip.pcm, "<i2")[clip.voiced_start : clip.voiced_end]
    return voiced if clip.sample_rate == RATE else soxr.resample(voiced, clip.sample_rate, RATE)


_UTTERANCES: Final = sum(len(dialogue) for dialogue in DIALOGUES)
_PAUSABLE: Final = sum(bool(re.search(r"[|/]", text)) for dialogue in DIALOGUES for text in dialogue)
