"""The spoken commands that come with the project, as their manifest describes them. Reads files, nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hero365_client import Clip, read_wav

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording: what is said, by which voice, and what it asks for.

    ``tool`` is None for the answer to a question. ``facts`` is what the tool's arguments must say, in the words of a
    reader: contact, title, day (``tomorrow``), time (``15:30``), amount, status, and ``job: it`` for something
    mentioned before.
    """

    path: Path
    text: str
    voice: str
    tool: str | None
    facts: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """The file's stem."""
        return self.path.stem

    @property
    def needs_context(self) -> bool:
        """Whether it only means something after another request."""
        return self.tool is None or self.facts.get("job") == "it"

    def clip(self) -> Clip:
        """The audio."""
        return read_wav(self.path)


def load_samples(folder: Path = SAMPLES) -> list[Sample]:
    """All samples of ``folder/manifest.jsonl`` in its order."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [_sample(folder, json.loads(line)) for line in lines if line.strip()]


def _sample(folder: Path, row: dict[str, Any]) -> Sample:
    facts = {str(name): str(value) for name, value in row["facts"].items()}
    return Sample(folder / str(row["file"]), str(row["text"]), str(row["voice"]), row["tool"], facts)
