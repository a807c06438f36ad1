"""``make chaos-provider``: conversations while OpenAI's stand-in fails at everything, at random.

Exit status 0 only when no turn was lost and nothing was done twice, or not at all.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from bench.report import machine, print_result, print_table
from tests.chaos_provider.play import Chaos, Figures
from tests.chaos_provider.said import talk
from tests.openai_stand_in.server import standing_in


async def run(count: int, spoken: int, at_once: int, rate: float, seed: int, folder: Path) -> Figures:
    """Play ``count`` conversations, ``spoken`` of them with a microphone."""
    chaos = Chaos(folder, rate=rate, seed=seed)
    room = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with room:
            every = count / spoken if spoken else 0.0
            await chaos.play(talk(seed * 1000 + number, spoken=bool(spoken) and number % every < 1))

    async with standing_in(chaos.stand_in), asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(number))
    return chaos.figures


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="make chaos-provider")
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--spoken", type=int, default=60)
    parser.add_argument("--at-once", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)  # every fault would be told
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(
            run(given.conversations, given.spoken, given.at_once, given.rate, given.seed, Path(folder))
        )
    for title, found in (
        ("lost turns", figures.lost),
        ("doubled effects", figures.doubled),
        ("missing effects", figures.missing),
        ("effects nobody asked for", figures.unasked),
    ):
        for each in found:
            print(f"{title}: {each}")
    print_table("Requests", ("part and outcome", "how often"), sorted(figures.outcomes.items()))
    print_result({
        "bench": "chaos_provider",
        "conversations": given.conversations,
        "spoken": given.spoken,
        "fault_rate": given.rate,
        "turns": figures.turns,
        "lost_turns": len(figures.lost),
        "doubled_effects": len(figures.doubled),
        "missing_effects": len(figures.missing),
        "unasked_effects": len(figures.unasked),
        "outcomes": dict(sorted(figures.outcomes.items())),
        "local_stepped_in": dict(figures.stepped_in),
        "seconds": round(time.monotonic() - began, 1),
        "machine": machine(),
    })  # fmt: skip
    return int(bool(figures.lost or figures.doubled or figures.missing or figures.unasked))


if __name__ == "__main__":
    sys.exit(main())
