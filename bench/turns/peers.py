"""Reads what a peer's run over the same audio left: one JSON object a line and utterance. Judges it as our own."""

from __future__ import annotations

import json
from pathlib import Path

from bench.turns.caller import Answered


def read_peer(path: Path) -> list[Answered]:
    """The utterances of a peer's run (see ``pipecat_peer.py``)."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Answered(
            voice=row["voice"],
            text=row["text"],
            heard=tuple(row["heard"]),
            pauses=tuple(row["pauses"]),
            pause_spans_ms=(),
            cut_off=row["cut_off"],
            cut_off_heard=row["cut_off_heard"],
            wait_ms=row["wait_ms"],
            turn_end_ms=row["turn_end_ms"],
            judged=(),
        )
        for row in rows
    ]
