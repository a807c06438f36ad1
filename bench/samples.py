"""`make bench-samples`: how many spoken commands the running server understands: right tool, right arguments.

Each command is spoken on a fresh session over the real ingress; what counts is the tool call the server reports.
By default the samples that come with the project; ``--commands`` and ``--expect`` measure another set, per voice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import soundfile

from bench.compare import Called, Expected, Verdict, as_object, judge, judge_facts
from bench.conversation import talk
from bench.report import machine, percentile, print_result, print_table, rounded
from bench.server_process import ServerProcess
from hero365_client import Clip, Hero365Client, TurnRecord, clip_of
from serve_app.cli.samples import load_samples

Judge = Callable[[Sequence[Called], datetime, ZoneInfo], Verdict]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recorded command, how it is judged, and what has to be said before it (``first``) on the same session."""

    path: Path
    text: str
    voice: str
    judge: Judge
    first: tuple[Path, ...] = ()
    yes: Path | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of it."""

    spoken: Spoken
    verdict: Verdict
    record: TurnRecord


def own_samples() -> list[Spoken]:
    """The project's samples that ask for a tool; those that say "it" come after the booking of the same voice."""
    samples = load_samples()
    found: list[Spoken] = []
    for each in samples:
        if each.tool is None:
            continue
        booking = [s.path for s in samples if s.voice == each.voice and s.tool == "create_job"]
        yes = [s.path for s in samples if s.voice == each.voice and s.facts.get("answer") == "yes"]
        before = tuple(booking[:1]) if each.needs_context else ()
        judged = partial(judge_facts, each.tool, each.facts)
        found.append(Spoken(each.path, each.text, each.voice, judged, before, yes[0] if yes else None))
    return found


def external(commands: Path, expect: Path) -> list[Spoken]:
    """A set of commands whose texts are keys of ``expect``; those without an expectation are left out."""
    expectations: dict[str, Any] = json.loads(expect.read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in commands.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Spoken(
            commands.parent / row["file"],
            row["text"],
            row["voice"] + (f" {row['noise_db_snr']} dB" if row.get("noise_db_snr") is not None else ""),
            partial(judge, Expected.from_json(expectations[row["text"]])),
        )
        for row in rows
        if row["text"] in expectations
    ]


def read_audio(path: Path) -> Clip:
    """Any file libsndfile reads, as mono PCM16 at its own rate."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    return clip_of(np.ascontiguousarray(samples[:, 0]).tobytes(), int(rate), path.stem)


async def hear(client: Hero365Client, spoken: Spoken, zone: ZoneInfo) -> Heard:
    """Speak one command on a fresh session and judge the first tool call."""
    async with talk(client, cut_greeting=True) as held:
        for path in spoken.first:
            before = await held.driver.turn(read_audio(path))
            if before.confirmations and spoken.yes is not None:
                await held.driver.turn(read_audio(spoken.yes))
        record = await held.driver.ask(read_audio(spoken.path))
    said = " ".join([*(each.read_back for each in record.confirmations), record.answer])
    calls = [Called(run.name, as_object(run.arguments), f"{run.summary} {said}") for run in record.tools]
    return Heard(spoken, spoken.judge(calls, datetime.now(UTC), zone), record)


async def measure(
    base_url: str, token: str, commands: Sequence[Spoken], zone: ZoneInfo, parallel: int
) -> list[Heard]:
    """All commands, ``parallel`` sessions at a time."""
    slots = asyncio.Semaphore(parallel)
    async with Hero365Client(base_url, token) as client:

        async def one(spoken: Spoken) -> Heard:
            async with slots:
                heard = await hear(client, spoken, zone)
            mark = "✓" if heard.verdict.understood else "✗"
            print(
                f"  {mark} {spoken.voice}: {spoken.text} [{heard.record.heard_text}] {heard.verdict.why}",
                file=sys.stderr,
            )
            return heard

        return list(await asyncio.gather(*(one(each) for each in commands)))


def report(heard: Sequence[Heard]) -> dict[str, Any]:
    """The figures under their stable names."""
    voices = sorted({each.spoken.voice for each in heard})
    by_voice = {
        voice: [each.verdict.understood for each in heard if each.spoken.voice == voice] for voice in voices
    }
    stt = [each.record.latency["stt_ms"] for each in heard if "stt_ms" in each.record.latency]
    return {
        "understood": sum(each.verdict.understood for each in heard),
        "of": len(heard),
        "by_voice": {voice: f"{sum(right)} of {len(right)}" for voice, right in by_voice.items()},
        "not_understood": [
            {
                "voice": e.spoken.voice,
                "text": e.spoken.text,
                "heard": e.record.heard_text,
                "why": e.verdict.why,
            }
            for e in heard
            if not e.verdict.understood
        ],
        "stt_p50_ms": rounded(percentile(stt, 50)),
        "machine": machine(),
    }


def main() -> int:
    """Start a server, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commands", type=Path, help="JSON lines with file, text, voice")
    parser.add_argument("--expect", type=Path, help="JSON object: text → {tool, arguments}")
    parser.add_argument("--voice", help="only voices whose name contains this")
    parser.add_argument("--parallel", type=int, default=1, help="sessions at a time")
    arguments = parser.parse_args()
    if (arguments.commands is None) != (arguments.expect is None):
        parser.error("--commands and --expect belong together")
    commands = external(arguments.commands, arguments.expect) if arguments.commands else own_samples()
    commands = [each for each in commands if (arguments.voice or "") in each.voice]
    with ServerProcess(settings={"HERO365_STARTS_PER_MINUTE": "1000"}) as server:
        zone = server.books().zone
        heard = asyncio.run(measure(server.base_url, server.token(), commands, zone, arguments.parallel))
    found = report(heard)
    print_table("Understood", ("voice", "k of n"), list(found["by_voice"].items()))
    print_result(found)
    return 0 if heard else 1


if __name__ == "__main__":
    raise SystemExit(main())
