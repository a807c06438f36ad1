"""`make bench-turns`: how fast a finished utterance is answered, and how often one is cut off in a pause.

Real ears, recogniser, judge, turn machine, brain, tools and voice, put together as the server does it, in this process
on a clock that runs as real time does but skips what is idle (``clock``). No network and no Ray between the parts:
``make bench-voice`` measures those. Draws the curve of every strategy (by its scale) and, where its run is there, of
Pipecat's default pipeline. The last line printed is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

from bench.report import print_result
from bench.turns.caller import Answered, play
from bench.turns.clock import run_skipping
from bench.turns.export import export
from bench.turns.findings import point, report, worst
from bench.turns.peers import read_peer
from bench.turns.plot import Point, draw
from bench.turns.speech import Utterance, corpus, installed
from bench.turns.world import World, world
from config.settings import load_settings
from media.endpointing.strategies import StrategyName, turn_end_strategy

STRATEGIES: Final[tuple[StrategyName, ...]] = ("adaptive", "semantic", "fixed")
SCALES: Final = (0.7, 1.0, 1.3, 1.7)
PEER_FILE: Final = "pipecat.jsonl"


def main() -> int:
    """Make the corpus, measure, draw, print; 2 without the callers' voices."""
    arguments = _arguments()
    logging.disable(logging.WARNING)
    voices = installed()
    if not voices:
        sys.stderr.write("no caller's voice is installed (Debian: apt-get install flite espeak-ng)\n")
        return 2
    dialogues = list(corpus(arguments.utterances, voices))
    out = cast("Path", arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    export(out, dialogues)
    if arguments.export_only:
        return 0
    begun = time.perf_counter()
    name = cast("StrategyName", arguments.strategy)

    async def measure() -> tuple[list[Answered], dict[str, list[Point]]]:
        async with world() as made:
            settings = load_settings(None).model_copy(update={"turn_end": name})
            found = await play(made, settings, dialogues)
            (out / "turns.jsonl").write_text("".join(json.dumps(asdict(each)) + "\n" for each in found))
            worst(found)
            few = dialogues[: _dialogues_of(dialogues, arguments.sweep)]
            return found, await sweep(made, few, {(name, 1.0): found}) if few else {}

    found, curves = run_skipping(measure(), real=arguments.clock == "real")
    result = report(found) | {"strategy": name, "clock": arguments.clock}
    curves, peer = _with_peer(curves, out / PEER_FILE)
    if curves:
        draw(out / "turns.png", curves, _caption(result, arguments.sweep))
        result["plot"] = str(out / "turns.png")
        result["curves"] = {each: [asdict(at) for at in points] for each, points in curves.items()}
    print_result(result | peer | {"seconds": round(time.perf_counter() - begun, 1)})
    return 0


async def sweep(
    made: World,
    dialogues: Sequence[Sequence[Utterance]],
    known: Mapping[tuple[StrategyName, float], Sequence[Answered]],
) -> dict[str, list[Point]]:
    """The curve of every strategy, by how patient it is made; ``known`` has been measured on more already."""
    settings = load_settings(None)
    silences = (settings.eot_eager_ms / 1000, settings.eot_normal_ms / 1000, settings.eot_patient_ms / 1000)
    curves: dict[str, list[Point]] = {}
    for name in STRATEGIES:
        for scale in SCALES:
            strategy = turn_end_strategy(name, *silences).scaled(scale)
            found = known.get((name, scale)) or await play(made, settings, dialogues, strategy)
            curves.setdefault(name, []).append(point(scale, found))
            sys.stderr.write(f"  {name} x{scale:g}: {curves[name][-1]}\n")
    return curves


def _with_peer(curves: dict[str, list[Point]], path: Path) -> tuple[dict[str, list[Point]], dict[str, Any]]:
    if not path.is_file():
        return curves, {}
    found = read_peer(path)
    theirs = report(found)
    kept = ("voice_to_voice_p50_ms", "voice_to_voice_p95_ms", "false_cutoff", "held", "utterances")
    line = {"Pipecat 1.14, default pipeline": [point(1.0, found)]}
    return curves | line, {"pipecat": {name: theirs[name] for name in kept}}


def _dialogues_of(dialogues: Sequence[Sequence[Utterance]], utterances: int) -> int:
    """How many dialogues have so many utterances."""
    told = 0
    for number, dialogue in enumerate(dialogues):
        if told >= utterances:
            return number
        told += len(dialogue)
    return len(dialogues)


def _caption(result: dict[str, Any], swept: int) -> str:
    return (
        f"{result['voices']} callers' voices, a third of the utterances with inner pauses of 400-900 ms; "
        f"each point {swept} utterances or more; clock: {result['clock']}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.turns", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--utterances", type=int, default=210)
    parser.add_argument("--strategy", choices=STRATEGIES, default="adaptive")
    parser.add_argument(
        "--sweep", type=int, default=50, help="utterances of each point of the curves; 0: none"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("bench_out"), help="folder of the plot and the details"
    )
    parser.add_argument("--export-only", action="store_true", help="only write the audio, for a peer's run")
    parser.add_argument(
        "--clock",
        choices=("real", "cpu"),
        default="real",
        help="how long computing takes: as long as it takes, or its processor time (on a busy machine)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
