"""`make bench-voice`: how long a user waits for the voice, and how fast it falls silent, on one long conversation.

Everything is measured on what was sent by the microphone and played by the client, sample by sample on one clock;
nothing is taken from the server. Reads only: none of its requests changes the business. The caller is driving, so
that answers are short and a hundred turns fit into ten minutes; what is measured ends with an answer's first sample.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.conversation import Talk, talk
from bench.report import machine, percentile, print_result, print_table, rounded
from bench.server_process import ServerProcess
from hero365_client import Clip, Hero365Client, TurnRecord
from serve_app.cli.recording import save_conversation
from serve_app.cli.samples import Sample, load_samples

TURNS = 100
BARGE_IN_EVERY = 5
_SESSION_LIFE_S = "7200"


@dataclass(slots=True)
class Findings:
    """All turns of a run."""

    answered: list[TurnRecord] = field(default_factory=list[TurnRecord])
    interrupting: list[TurnRecord] = field(default_factory=list[TurnRecord])
    seconds: float = 0.0

    @property
    def turns(self) -> int:
        """User turns that were spoken to the end."""
        return len(self.answered) + len(self.interrupting)

    @property
    def waits(self) -> list[float]:
        """Voice-to-voice of every turn that was answered, ms."""
        records = (*self.answered, *self.interrupting)
        return [each.voice_to_voice_ms for each in records if each.voice_to_voice_ms is not None]

    @property
    def stops(self) -> list[float]:
        """Speech onset to last audible sample of every interruption, ms."""
        return [each.barge_in_stop_ms for each in self.interrupting if each.barge_in_stop_ms is not None]

    def report(self) -> dict[str, object]:
        """The figures under their stable names."""
        records = (*self.answered, *self.interrupting)
        return {
            "voice_to_voice_p50_ms": rounded(percentile(self.waits, 50)),
            "voice_to_voice_p95_ms": rounded(percentile(self.waits, 95)),
            "voice_to_voice_max_ms": rounded(max(self.waits, default=None)),
            "barge_in_stop_p50_ms": rounded(percentile(self.stops, 50)),
            "barge_in_stop_p95_ms": rounded(percentile(self.stops, 95)),
            "turns": self.turns,
            "measured_turns": len(self.waits),
            "interruptions": len(self.interrupting),
            "measured_interruptions": len(self.stops),
            "unanswered": sum(each.timed_out for each in records),
            "premature": sum(each.premature for each in records),
            "seconds": round(self.seconds, 1),
            "machine": machine(),
        }


def questions(samples: Sequence[Sample]) -> list[Sample]:
    """The samples that change nothing and are answered by one tool."""
    return [each for each in samples if each.tool is not None and each.tool.startswith(("get_", "search_"))]


async def converse(held: Talk, clips: Sequence[Clip], long_answer: Clip, turns: int) -> Findings:
    """Hold ``turns`` turns; every fifth interrupts the answer to ``long_answer``."""
    found = Findings()
    begun = held.connection.clock()
    asked = itertools.cycle(clips)
    while found.turns < turns:
        if (found.turns + 1) % BARGE_IN_EVERY == 0:
            _, over = await held.driver.barge_in(next(asked), long_answer, after_s=0.8)
            found.interrupting.append(over)
        else:
            found.answered.append(await held.driver.turn(next(asked)))
        if found.turns % 10 == 0:
            print(f"  {found.turns} turns, p50 {percentile(found.waits, 50) or 0:.0f} ms", file=sys.stderr)
    found.seconds = held.connection.clock() - begun
    return found


def spans_table(found: Findings) -> None:
    """Where the server says the time went, beside the measurement."""
    names = sorted({name for record in found.answered for name in record.latency})
    rows: list[list[object]] = []
    for name in names:
        values = [record.latency[name] for record in found.answered if name in record.latency]
        rows.append([name, len(values), rounded(percentile(values, 50)), rounded(percentile(values, 95))])
    rows.append(
        [
            "measured",
            len(found.waits),
            rounded(percentile(found.waits, 50)),
            rounded(percentile(found.waits, 95)),
        ]
    )
    rows.append(
        [
            "barge-in",
            len(found.stops),
            rounded(percentile(found.stops, 50)),
            rounded(percentile(found.stops, 95)),
        ]
    )
    print_table("Voice to voice", ("span", "turns", "p50 ms", "p95 ms"), rows)


async def measure(base_url: str, token: str, turns: int, recording: Path | None) -> Findings:
    """Run the bench against a server."""
    asked = questions(load_samples())
    longest = next(each for each in asked if each.tool in {"get_upcoming_jobs", "get_today_jobs"})
    async with (
        Hero365Client(base_url, token) as client,
        talk(client, record=recording is not None, driving=True) as held,
    ):
        found = await converse(held, [each.clip() for each in asked], longest.clip(), turns)
        if recording is not None:
            save_conversation(recording, held.microphone, held.connection.player)
    return found


def main() -> int:
    """Start a server, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--recording", type=Path, help="save the conversation as a stereo WAV file")
    arguments = parser.parse_args()
    life = {"HERO365_MAX_DURATION_S": _SESSION_LIFE_S, "WEBSOCKET_TIMEOUT": _SESSION_LIFE_S}
    with ServerProcess(settings=life) as server:
        print(f"  server up after {server.started_in_s:.1f} s", file=sys.stderr)
        found = asyncio.run(measure(server.base_url, server.token(), arguments.turns, arguments.recording))
    spans_table(found)
    print_result(found.report())
    return 0 if found.waits and found.stops else 1


if __name__ == "__main__":
    raise SystemExit(main())
