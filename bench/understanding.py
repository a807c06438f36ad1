"""How well typed requests are understood: ``python -m bench.understanding FILE.jsonl``.

Each line of the file is one object {"tool": name or null, "text": what was typed}. Prints one JSON line last: top-1 and
top-3 of the ranking alone; ``phrasings_accuracy``, the share of requests for a tool where the whole brain takes that
tool (or asks for what is missing of it); ``out_of_scope_rejected``, the share of the others where it takes none; and
milliseconds of a ranking and of a whole turn. It measures and changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from conversation.brain.dialogue import Dialogue
from conversation.brain.frames import FRAMES
from conversation.brain.state import DialogueState
from conversation.providers import RankedTool
from conversation.understanding.local import InProcessUnderstanding
from conversation.understanding.ranker import IntentRanker
from media.engines.minilm import MiniLmEmbedder

ZONE = ZoneInfo("America/Chicago")
# Something to refer to, so that "it" and "her" have a meaning as they have in a conversation.
FOCUS = {kind: f"{kind}-1" for kind in ("job", "contact", "invoice", "estimate", "project")}


async def decided_tool(dialogue: Dialogue, text: str) -> str | None:
    """The tool that the brain takes for ``text`` in a fresh conversation, called, asked about or asked back for."""
    dialogue.state = DialogueState(focus=dict(FOCUS))
    step = await dialogue.user_turn(text, frozenset(FRAMES))
    if step.call is not None:
        return step.call.tool
    open_ones = [dialogue.state.frame, *dialogue.state.offer]
    return next((frame.tool for frame in open_ones if frame is not None), None)


async def measure(rows: list[dict[str, Any]], show: bool) -> dict[str, Any]:
    """Rank and decide every row."""
    ranker = IntentRanker(MiniLmEmbedder())
    dialogue = Dialogue(
        DialogueState(), InProcessUnderstanding(ranker), lambda: datetime(2026, 11, 24, 10, tzinfo=ZONE), ZONE
    )
    ranker.rank("warm up")
    top1 = top3 = brain = rejected = 0
    rank_ms: list[float] = []
    turn_ms: list[float] = []
    for row in rows:
        ranked, took = _timed(lambda text=row["text"]: ranker.rank(text))
        rank_ms.append(took)
        started = time.perf_counter()
        decided = await decided_tool(dialogue, row["text"])
        turn_ms.append((time.perf_counter() - started) * 1000)
        tools = [reading.tool for reading in ranked]
        top1 += tools[0] == row["tool"]
        top3 += row["tool"] in tools[:3]
        brain += row["tool"] is not None and decided == row["tool"]
        rejected += row["tool"] is None and decided is None
        if show and decided != row["tool"]:
            print(f"{row['tool']} taken for {decided}: {row['text']}")
    count = len(rows)
    inside = sum(row["tool"] is not None for row in rows)
    return {
        "bench": "understanding",
        "requests": count,
        "top1": round(top1 / count, 4),
        "top3": round(top3 / count, 4),
        "phrasings_accuracy": _share(brain, inside),
        "out_of_scope_rejected": _share(rejected, count - inside),
        "rank_ms_p50": round(statistics.median(rank_ms), 2),
        "turn_ms_p50": round(statistics.median(turn_ms), 2),
        "turn_ms_p95": round(sorted(turn_ms)[int(0.95 * (count - 1))], 2),
    }


def _timed(call: Callable[[], tuple[RankedTool, ...]]) -> tuple[tuple[RankedTool, ...], float]:
    started = time.perf_counter()
    result = call()
    return result, (time.perf_counter() - started) * 1000


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


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
