"""What the callers say: recorded commands whose lengths tell them apart, cut to what is voiced, in packets."""

from __future__ import annotations

import re
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
_HERE = Path(__file__).resolve().parent
_FOLDERS = (_HERE.parents[1] / "samples", _HERE)
_FRAME = RATE // 100
#: Voiced is what is within so many dB of the loudest 10 ms, and above so many steps.
_BELOW_PEAK_DB, _FLOOR = 35.0, 60.0
_LEAD_FRAMES = 5
_MARK = re.compile(r"\bmark [a-z]{6}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say.

    Attributes:
        name: The recording.
        text: Its words.
        tool: What answers it, and ``about``: a pattern of an answer about it.
    """

    name: str
    text: str
    tool: str
    about: str

    def answered_by(self, text: str) -> bool:
        """Whether ``text`` is an answer to it."""
        return re.search(self.about, text, re.IGNORECASE) is not None


#: Their recordings are 1.6, 3.7 and 8 s long. The last two write: so many reminders must be in the books.
LINES: Final = (
    Line("slt_day_overview", "What's on my schedule today?", "get_today_jobs", r"today|schedule|job|nothing"),
    Line(
        "slt_reminder",
        "Remind me to order copper pipe tomorrow at eight in the morning.",
        "set_reminder",
        r"copper pipe",
    ),
    Line(
        "slt_dictation",
        "Remind me to call the supply house about the copper fittings and the pressure regulator for the kitchen "
        "remodel on Cedar Street tomorrow at nine in the morning.",
        "set_reminder",
        r"supply house",
    ),
)
WRITES: Final = "set_reminder"


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording, ready to be sent.

    Attributes:
        line: What is said.
        pcm: 16 kHz mono PCM16; the last 10 ms are voiced.
    """

    line: Line
    pcm: bytes

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.pcm) / 2 / RATE

    def packets(self, packet_ms: int) -> list[bytes]:
        """In packets of one length, silence before, so that the last one ends with voice."""
        size = RATE * packet_ms // 1000 * 2
        padded = bytes(-len(self.pcm) % size) + self.pcm
        return [padded[at : at + size] for at in range(0, len(padded), size)]


def clips() -> list[Clip]:
    """All lines with their recordings."""
    return [Clip(line, _voiced(_read(_file(line.name)))) for line in LINES]


def line_of(seconds: float, known: list[Clip]) -> Line:
    """Which of the recordings is ``seconds`` long, about. For a stand-in that has to know what was said."""
    return min(known, key=lambda clip: abs(np.log(max(seconds, 0.05) / clip.seconds))).line


def mark_of(serial: int) -> str:
    """A word that stands for a number. In letters: the server holds back figures that no tool has given."""
    letters = ""
    for _ in range(6):
        serial, rest = divmod(serial, 26)
        letters += chr(ord("a") + rest)
    return f"mark {letters}"


def mark_in(text: str) -> str | None:
    """The word of ``mark_of`` in an answer."""
    found = _MARK.search(text)
    return found[0].lower() if found else None


def loudness(pcm: bytes) -> float:
    """Root mean square of PCM16."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return float(np.sqrt(np.mean(samples * samples))) if samples.size else 0.0


def voiced_seconds(pcm: bytes, rate: int) -> float:
    """From the first to the last voiced 10 ms."""
    marks = _marks(np.frombuffer(pcm, "<i2"), rate // 100)
    return 0.0 if marks.size == 0 else float(marks[-1] - marks[0] + 1) / 100


def _voiced(samples: NDArray[np.int16]) -> bytes:
    marks = _marks(samples, _FRAME)
    first, last = max(0, int(marks[0]) - _LEAD_FRAMES), int(marks[-1]) + 1
    return samples[first * _FRAME : last * _FRAME].tobytes()


def _marks(samples: NDArray[np.int16], frame: int) -> NDArray[np.intp]:
    whole = samples[: len(samples) // frame * frame].astype(np.float64).reshape(-1, frame)
    if not len(whole):
        return np.zeros(0, np.intp)
    energy = np.sqrt((whole**2).mean(axis=1) + 1e-9)
    return np.flatnonzero(energy > max(float(energy.max()) * 10 ** (-_BELOW_PEAK_DB / 20), _FLOOR))


def _file(name: str) -> Path:
    return next(path for folder in _FOLDERS if (path := folder / f"{name}.wav").exists())


def _read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2), path
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")
