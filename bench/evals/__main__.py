"""`make eval`: plays the scenarios as text and as audio, writes a report page, prints one JSON object last.

``--phrasings`` and ``--commands`` name sets to measure with; of their sentences nothing is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.evals import recognition
from bench.evals.engines import Engines
from bench.evals.loader import ScenarioError, load
from bench.evals.rendering import Room, voices
from bench.evals.report import figures, write_page
from bench.evals.runner import Outcome, Runner
from bench.evals.schema import Scenario
from bench.evals.shards import Shard, read_results, write_results
from bench.report import machine, print_result
from bench.turns.speech import VoiceOfCaller
from bench.understanding import measure as measure_understanding
from business.seed_data.people import PEOPLE
from config.settings import Settings

_NOISES: dict[str, float | None] = {"clean": None, "15db": 15.0}
_NAMES = tuple(dict.fromkeys(f"{each.first} {each.last}".strip() or each.company for each in PEOPLE))


def main() -> int:
    """0 when every scenario that was played passed and nothing wrong was written; 2 for what cannot be run."""
    options = _options()
    logging.basicConfig(level="ERROR")
    try:
        settings = Settings(provider=options.provider)  # pyright: ignore[reportCallIssue]
        scenarios = _chosen(load(options.scenarios or None), options)
    except ValidationError as error:
        sys.stderr.write("".join(f"{each['msg']}\n" for each in error.errors()))
        return 2
    except ScenarioError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not scenarios:
        sys.stderr.write("no scenario is named so\n")
        return 2
    if options.merge:
        return _merged(options)
    engines = Engines(settings)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = _play(Runner(engines, Path(folder)), scenarios, options)
    # The ears alone are measured once.
    about = _sub_reports(engines, options) if options.shard.number == 1 else {}
    about |= {"provider": options.provider, "seed": options.seed, "machine": machine()}
    return _told(outcomes, about, options.shard.named(options.page))


def _merged(options: argparse.Namespace) -> int:
    try:
        outcomes, about = read_results(options.merge)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"these are no results: {error}\n")
        return 2
    return _told(outcomes, about, options.page)


def _told(outcomes: list[Outcome], about: dict[str, Any], page: Path) -> int:
    found = figures(outcomes, _NAMES) | about
    page.parent.mkdir(parents=True, exist_ok=True)
    write_page(page, outcomes, found)
    write_results(page.with_suffix(".json"), outcomes, about)
    sys.stderr.write(f"the report is in {page}, its data in {page.with_suffix('.json')}\n")
    print_result({"bench": "evals"} | found)
    return 0 if all(each.passed for each in outcomes) else 1


def _play(runner: Runner, scenarios: Sequence[Scenario], options: argparse.Namespace) -> list[Outcome]:
    outcomes: list[Outcome] = []
    if options.mode in {"text", "all"}:
        outcomes += [_shown(runner.play(each)) for each in options.shard.of(scenarios)]
    if options.mode == "text":
        return outcomes
    speakers = voices(options.voices)
    if not speakers:
        sys.stderr.write("no test voice is installed (Debian: apt-get install flite): no audio is measured\n")
        return outcomes
    rng = random.Random(options.seed)  # noqa: S311  (reproducible, not secret)
    spoken = [each for each in scenarios if each.audio]
    if options.sample is not None:
        spoken = rng.sample(spoken, min(options.sample, len(spoken)))
    # Drawn for all of them, so that a part is played as it would be in the whole.
    draws: list[tuple[Scenario, VoiceOfCaller, list[int]]] = [
        (each, rng.choice(speakers), [rng.randrange(1 << 30) for _ in options.noise]) for each in spoken
    ]
    for scenario, voice, seeds in options.shard.of(draws):
        for noise, seed in zip(options.noise, seeds, strict=True):
            room = Room(voice, _NOISES[noise], seed)
            outcomes.append(_shown(runner.play(scenario, room, room.label)))
    return outcomes


def _shown(outcome: Outcome) -> Outcome:
    mark = "✓" if outcome.passed else "✗"
    faults = [outcome.fault] if outcome.fault else outcome.findings.all()
    told = "" if outcome.passed else f": {faults[0]}"
    sys.stderr.write(f"  {mark} {outcome.scenario.name} ({outcome.condition}){told}\n")
    return outcome


def _sub_reports(engines: Engines, options: argparse.Namespace) -> dict[str, Any]:
    phrasings: Path | None = options.phrasings
    found: dict[str, Any] = {
        "phrasings_accuracy": recognition.ABSENT,
        "out_of_scope_rejected": recognition.ABSENT,
    }
    if phrasings is not None and phrasings.is_file():
        rows = [
            json.loads(line) for line in phrasings.read_text(encoding="utf-8").splitlines() if line.strip()
        ]
        measured = asyncio.run(measure_understanding(rows, show=False))
        found = {name: measured[name] for name in found}
    if options.mode != "text" or options.commands:
        found["word_error_rates"] = recognition.measure(engines, options.commands, _NAMES, options.sample)
    return found


def _chosen(scenarios: list[Scenario], options: argparse.Namespace) -> list[Scenario]:
    return [each for each in scenarios if not options.only or any(part in each.name for part in options.only)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", help="scenarios whose name contains this; repeatable")
    parser.add_argument("--mode", choices=("text", "audio", "all"), default="all")
    parser.add_argument("--voices", help="test voices whose label contains one of these, comma-separated")
    parser.add_argument("--noise", nargs="+", choices=tuple(_NOISES), default=list(_NOISES))
    parser.add_argument("--sample", type=int, help="so many of the scenarios as audio, chosen by the seed")
    parser.add_argument("--shard", type=Shard.read, default=Shard(), help="play one part only, such as 1/2")
    parser.add_argument(
        "--merge", type=Path, nargs="+", help="play nothing: one report of the parts' JSON files"
    )
    parser.add_argument("--seed", type=int, default=365, help="of voices, noise and samples")
    parser.add_argument("--provider", choices=("local", "openai"), default="local")
    parser.add_argument("--phrasings", type=Path, help='JSON lines of {"tool", "text"}')
    parser.add_argument(
        "--commands", type=Path, nargs="*", default=[], help="JSON lines with file, text, voice"
    )
    parser.add_argument("--scenarios", type=Path, nargs="*", help="other scenario files")
    parser.add_argument(
        "--page", type=Path, default=Path("bench_out/evals.html"), help="where the report page goes"
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
