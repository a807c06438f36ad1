"""How well requests are understood: ``python -m bench.understanding FILE.jsonl``.

Each line of FILE is {"tool": name or null, "text": …}. Prints one JSON object last: top-1 and top-3 of the ranking
alone, the share where the whole brain takes the right tool (or asks for what is missing of it), and milliseconds a
ranking. It measures and changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from conversation.brain.dialogue import Dialogue
from conversation.brain.frames import FRAMES
from conversation.brain.state import DialogueState
from conversation.understanding.local import InProcessUnderstanding
from conversation.understanding.ranker import IntentRanker
from media.engines.minilm import MiniLmEmbedder

ZONE = ZoneInfo("America/Chicago")
# Something to refer to, so that "it" and "her" have a meaning as they have in a conversation.
FOCUS = {kind: f"{kind}-1" for kind in ("job", "contact", "invoice", "estimate", "project")}


async def decided_tool(dialogue: Dialogue, text: str) -> str | None:
    """The tool that the brain takes for ``text`` in a fresh conversation, called or asked about."""
    dialogue.state = DialogueState(focus=dict(FOCUS))
    step = await dialogue.user_turn(text, frozenset(FRAMES))
    if step.call is not None:
        return step.call.tool
    return dialogue.state.frame.tool if dialogue.state.frame else None


async def measure(rows: list[dict[str, Any]], show: bool) -> dict[str, Any]:
    """Rank and decide every row."""
    ranker = IntentRanker(MiniLmEmbedder())
    dialogue = Dialogue(
        DialogueState(), InProcessUnderstanding(ranker), lambda: datetime(2026, 11, 24, 10, tzinfo=ZONE), ZONE
    )
    ranker.rank("warm up")
    top1 = top3 = brain = 0
    times: list[float] = []
    for row in rows:
        started = time.perf_counter()
        ranked = [reading.tool for reading in ranker.rank(row["text"])]
        times.append((time.perf_counter() - started) * 1000)
        decided = await decided_tool(dialogue, row["text"])
        top1 += ranked[0] == row["tool"]
        top3 += row["tool"] in ranked[:3]
        brain += decided == row["tool"]
        if show and decided != row["tool"]:
            print(f"{row['tool']} taken for {decided}: {row['text']}")
    count = len(rows)
    return {
        "bench": "understanding",
        "requests": count,
        "top1": round(top1 / count, 4),
        "top3": round(top3 / count, 4),
        "brain": round(brain / count, 4),
        "rank_ms_p50": round(statistics.median(times), 2),
        "rank_ms_max": round(max(times), 2),
    }


def main(arguments: list[str]) -> None:
    """Read the file, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help='JSON lines of {"tool", "text"}')
    parser.add_argument("--show", action="store_true", help="print what was taken for something else")
    options = parser.parse_args(arguments)
    rows = [
        json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    print(json.dumps(asyncio.run(measure(rows, options.show))))


if __name__ == "__main__":
    main(sys.argv[1:])
