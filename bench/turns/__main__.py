"""`make bench-turns`: how fast a finished utterance is answered, and how often one is cut off in a pause.

Real ears, recogniser, judge, turn machine, brain, tools and voice, put together as the server does it, in this process
on a clock that runs as real time does but skips what is idle (``clock``). No network and no Ray between the parts:
``make bench-voice`` measures those. The last line printed is one JSON object.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from dataclasses import asdict
from pathlib import Path

from bench.report import print_result
from bench.turns.caller import play
from bench.turns.clock import run_skipping
from bench.turns.findings import report, worst
from bench.turns.speech import corpus, installed
from bench.turns.world import world
from config.settings import Settings


def main() -> int:
    """Make the corpus, measure, print; 2 without the callers' voices."""
    parser = argparse.ArgumentParser(
        prog="bench.turns", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--utterances", type=int, default=210)
    parser.add_argument("--strategy", choices=("adaptive", "semantic", "fixed"), default="adaptive")
    parser.add_argument(
        "--clock",
        choices=("real", "cpu"),
        default="real",
        help="how long computing takes: as long as it takes, or its processor time (on a busy machine)",
    )
    parser.add_argument("--details", type=Path, help="write every utterance as a line of JSON")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    voices = installed()
    if not voices:
        sys.stderr.write("no caller's voice is installed (Debian: apt-get install flite espeak-ng)\n")
        return 2
    dialogues = list(corpus(arguments.utterances, voices))
    begun = time.perf_counter()

    async def measure() -> dict[str, object]:
        async with world() as made:
            found = await play(made, Settings(turn_end=arguments.strategy), dialogues)
        worst(found)
        if arguments.details:
            import json

            arguments.details.write_text("".join(json.dumps(asdict(each)) + "\n" for each in found))
        return report(found)

    result = run_skipping(measure(), real=arguments.clock == "real")
    print_result(
        {
            **result,
            "strategy": arguments.strategy,
            "clock": arguments.clock,
            "seconds": round(time.perf_counter() - begun, 1),
        }
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
