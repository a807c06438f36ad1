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
    """One recording: what is said, by which voice, and which tool with which arguments it asks for.

    ``tool`` is None for speech that asks for none, such as "yes"; ``needs_context`` when it only means something
    after another request, such as "move it".
    """

    path: Path
    text: str
    voice: str
    tool: str | None
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    needs_context: bool = False

    @property
    def name(self) -> str:
        """The file's stem."""
        return self.path.stem

    def clip(self) -> Clip:
        """The audio."""
        return read_wav(self.path)


def load_samples(folder: Path = SAMPLES) -> list[Sample]:
    """All samples of ``folder/manifest.jsonl`` in its order."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [_sample(folder, json.loads(line)) for line in lines if line.strip()]


def _sample(folder: Path, row: dict[str, Any]) -> Sample:
    return Sample(
        folder / str(row["file"]),
        str(row["text"]),
        str(row["voice"]),
        row.get("tool"),
        row.get("arguments") or {},
    )
