"""`make bench-load`, `hero365 load`: hold many conversations at once, or find how many can be held.

python -m bench.load --sessions 85 --packet-ms 64 --hold-s 600
python -m bench.load --find-max --packet-ms 20 --hold-s 120
python -m bench.load --url http://127.0.0.1:8000 --token "$TOKEN" --engines local --sessions 4
python -m bench.load compare bench_out/a.json bench_out/b.json
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.load.compare import differences, read_report
from bench.load.findings import Findings
from bench.load.page import write_report
from bench.load.plan import BadPlan, Plan
from bench.load.run import load, measure, pids_of
from bench.report import machine, print_result, print_table

_OUT = Path("bench_out")
_BAD_USE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure or compare; 0 only when what was asked for was held."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _compare(given[1:]) if given[:1] == ["compare"] else _load(given)
    except BadPlan as error:
        sys.stderr.write(f"{error}\n")
        return _BAD_USE


def _compare(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="hero365 load compare")
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    files = parser.parse_args(given)
    rows = differences(read_report(files.one), read_report(files.other))
    print_table("Load tests", ("figure", files.one.stem, files.other.stem, "change"), rows)
    return 0


def _load(given: list[str]) -> int:
    options = _parser().parse_args(given)
    plan = Plan(**{each.name: getattr(options, each.name) for each in fields(Plan)})
    if bool(options.url) != bool(options.token):
        raise BadPlan("--url and --token belong together")
    if options.url and plan.engines == "stand-in":
        raise BadPlan("--url: a server that runs has its own models; say --engines local")
    found = _find_max(plan, options.step) if options.find_max else asyncio.run(_once(plan, options))
    report = found.report()
    name = options.name or f"load-{plan.route}-{plan.packet_ms}ms-{found.plan.sessions}"
    page, data = write_report(found, options.out, name)
    spans = ("voice_to_voice", "added", "added_in", "added_out", "barge_in_stop", "resume", "start")
    rows = [[span, *(report[f"{span}_p{share}_ms"] for share in (50, 95, 99))] for span in spans]
    print_table(f"{found.plan.sessions} conversations", ("span", "p50 ms", "p95 ms", "p99 ms"), rows)
    kinds = [[kind, used, report["pss_mb"].get(kind)] for kind, used in report["cpu_pct"].items()]
    print_table("By kind of process", ("kind", "% of a core", "PSS MB"), kinds)
    print(f"{page}\n{data}")
    plain = {key: value for key, value in report.items() if key not in {"cpu_pct", "pss_mb"}}
    print_result({"bench": "load", **plain, "machine": machine()})
    return 0 if report["held"] else 1


async def _once(plan: Plan, options: Any) -> Findings:
    if not options.url:
        return await measure(plan)
    address = urlsplit(options.url)
    return await load(plan, options.url, options.token, pids_of(address.port or 80))


def _find_max(plan: Plan, step: int) -> Findings:
    """More and more callers until they are not held; the last that were, or else the first."""
    best: Findings | None = None
    while True:
        found = asyncio.run(measure(plan))
        failures = found.failures()
        print(f"  {plan.sessions}: {'held' if not failures else '; '.join(failures)}", file=sys.stderr)
        if failures:
            return best or found
        best, plan = found, replace(plan, sessions=plan.sessions + step)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hero365 load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    plan = Plan()
    for name, kind, about in (
        ("sessions", int, "callers at the same time"),
        ("ramp_s", float, "seconds over which they come"),
        ("settle_s", float, "seconds between the last arrival and the measurement"),
        ("hold_s", float, "seconds that are measured"),
        ("packet_ms", int, "length of a microphone packet"),
        ("stt_ms", int, "the stand-in's transcript"),
        ("llm_ms", int, "the stand-in's first word"),
        ("tts_ms", int, "the stand-in's first audio"),
        ("barge_every", int, "every so manieth turn interrupts; 0 never"),
        ("drop_every", int, "every so manieth turn breaks the socket; 0 never"),
    ):
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=kind, default=getattr(plan, name), help=f"{about} (%(default)s)")
    parser.add_argument("--engines", choices=("stand-in", "local"), default=plan.engines)
    parser.add_argument("--route", choices=("serve", "direct"), default=plan.route)
    parser.add_argument("--url", help="a server that runs already, of this machine to see its processes")
    parser.add_argument("--token", help="access token for it")
    parser.add_argument("--find-max", action="store_true", help="add callers until they are not held")
    parser.add_argument("--step", type=int, default=5, help="callers that --find-max adds (%(default)s)")
    parser.add_argument("--out", type=Path, default=_OUT, help="folder of the report (%(default)s)")
    parser.add_argument("--name", help="name of the report's files")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
