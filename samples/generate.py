"""Makes the spoken commands of this folder with flite, whose voices are not the server's own.

Run ``python samples/generate.py`` (needs the Debian package flite). It writes the WAV files and
``manifest.jsonl``; the server and the tests only ever read them. It must never choose or change a clip by
what a recogniser hears.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

HERE: Final = Path(__file__).parent
VOICES: Final = ("slt", "rms")
RATE: Final = 16_000
LEAD_MS: Final = 300
TAIL_MS: Final = 400
BLOCK: Final = RATE // 100
AUDIBLE_DBFS: Final = -55.0


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to say.

    Attributes:
        name: Of its files.
        text: As one would write it.
        tool: The tool that it asks for; None for an answer to a question.
        facts: What the arguments must say, in the words of a reader: who, what, when, how much.
        spoken: What flite is given where the text as it stands is mispronounced.
    """

    name: str
    text: str
    tool: str | None
    facts: dict[str, str] = field(default_factory=dict[str, str])
    spoken: str | None = None


COMMANDS: Final = (
    Command("day_overview", "What's on my schedule today?", "get_today_jobs"),
    Command(
        "book_job",
        "Book a water heater inspection for Sarah Johnson tomorrow at two in the afternoon.",
        "create_job",
        {"contact": "Sarah Johnson", "title": "water heater inspection", "day": "tomorrow", "time": "14:00"},
    ),
    Command("move_it", "Move it to three thirty.", "reschedule_job", {"job": "it", "time": "15:30"}),
    Command(
        "bill_customer",
        "Bill Sarah Johnson three hundred dollars for the water heater inspection.",
        "create_invoice",
        {"contact": "Sarah Johnson", "amount": "300.00", "description": "water heater inspection"},
    ),
    Command("yes", "Yes, go ahead.", None, {"answer": "yes"}),
    Command("no", "No, don't do that.", None, {"answer": "no"}),
    Command("who_owes", "Who owes me money?", "get_pending_invoices"),
    Command(
        "contact_phone",
        "What's the phone number for Robert Smith?",
        "get_contact_info",
        {"contact": "Robert Smith"},
    ),
    Command("upcoming_jobs", "What jobs do I have coming up this week?", "get_upcoming_jobs"),
    Command(
        "job_details",
        "Give me the details of the boiler replacement.",
        "get_job_details",
        {"title": "boiler replacement"},
    ),
    Command(
        "hold_job",
        "Put the sewer line repair for Luis Hernandez on hold.",
        "update_job_status",
        {"contact": "Luis Hernandez", "title": "sewer line repair", "status": "on_hold"},
    ),
    Command(
        "reminder",
        "Remind me to order copper pipe tomorrow at eight in the morning.",
        "set_reminder",
        {"title": "order copper pipe", "day": "tomorrow", "time": "08:00"},
    ),
    Command("time", "What time is it?", "get_current_time"),
    Command("search_contacts", "Find all the contacts named Miller.", "search_contacts", {"query": "Miller"}),
)

#: Dictated rather than commanded: for the load test, whose callers talk two fifths of the time, and kept there.
DICTATION: Final = (
    "Remind me to call the supply house about the copper fittings and the pressure regulator for the kitchen remodel "
    "on Cedar Street tomorrow at nine in the morning."
)


def main() -> int:
    """Write every clip and the manifest; 2 when flite is not installed."""
    flite = shutil.which("flite")
    if flite is None:
        sys.stderr.write("flite is not installed (Debian: apt-get install flite)\n")
        return 2
    lines: list[str] = []
    for voice in VOICES:
        for command in COMMANDS:
            spoken = command.spoken or command.text
            samples = framed(say(flite, voice, spoken))
            file = f"{voice}_{command.name}.wav"
            write_wav(HERE / file, samples)
            entry = {
                "file": file,
                "voice": f"flite {voice}",
                "text": command.text,
                "spoken": spoken,
                "tool": command.tool,
                "facts": command.facts,
                "seconds": round(samples.size / RATE, 2),
            }
            lines.append(json.dumps(entry, ensure_ascii=False))
    (HERE / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    write_wav(HERE.parent / "bench" / "load" / "slt_dictation.wav", framed(say(flite, "slt", DICTATION)))
    return 0


def say(flite: str, voice: str, text: str) -> NDArray[np.int16]:
    """What flite says, at its own 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        # Both arguments come from the tables above; no shell is involved.
        subprocess.run([flite, "-voice", voice, "-t", text, "-o", str(path)], check=True)  # noqa: S603
        with wave.open(str(path)) as reader:
            if (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) != (RATE, 1, 2):
                message = f"flite voice {voice} does not speak 16 kHz mono PCM16"
                raise ValueError(message)
            return np.frombuffer(reader.readframes(reader.getnframes()), "<i2")


def framed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Cut flite's own silence and put exactly LEAD_MS before and TAIL_MS after the speech."""
    blocks = samples[: samples.size // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64) / 32768
    audible = np.flatnonzero(np.mean(blocks**2, axis=1) > 10 ** (AUDIBLE_DBFS / 10))
    speech = samples[audible[0] * BLOCK : (audible[-1] + 1) * BLOCK]
    lead, tail = (np.zeros(RATE * ms // 1000, np.int16) for ms in (LEAD_MS, TAIL_MS))
    return np.concatenate((lead, speech, tail))


def write_wav(path: Path, samples: NDArray[np.int16]) -> None:
    """16 kHz mono PCM16."""
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.tobytes())


if __name__ == "__main__":
    sys.exit(main())
