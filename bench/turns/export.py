"""Writes the corpus as files, so that a peer in another environment can be given the same audio. Reads nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.turns.speech import RATE, Utterance
from hero365_client import write_wav


def export(folder: Path, dialogues: Sequence[Sequence[Utterance]]) -> None:
    """``corpus/0001.wav`` and so on, with ``corpus.jsonl`` in the order in which they are spoken."""
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    rows: list[str] = []
    for number, utterance in enumerate(each for dialogue in dialogues for each in dialogue):
        path = folder / "corpus" / f"{number:04}.wav"
        write_wav(path, utterance.pcm, RATE)
        kinds = [pause.kind for pause in utterance.pauses]
        row = {"file": str(path), "voice": utterance.voice, "text": utterance.text, "pauses": kinds}
        rows.append(json.dumps(row) + "\n")
    (folder / "corpus.jsonl").write_text("".join(rows), encoding="utf-8")
