"""What a load test has found: percentiles, the verdict, figures under stable names. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.load.clips import WRITES
from bench.load.plan import Plan
from bench.load.processes import Sample
from bench.report import percentile, rounded

#: What is held: added latency at the median and for one in a hundred, ms; growth of memory in the hold.
ADDED_P50_MS, ADDED_P99_MS, GROWTH = 10.0, 80.0, 0.05
#: Holds that are shorter, s, say nothing about growth: caches and pools still fill.
_GROWTH_FROM_S = 300.0
#: A microphone that is later than this, ms, in one packet of a hundred measures the generator.
LATE_MS = 20.0
_SERVER = (
    "sessions",
    "session pool",
    "ingress",
    "haproxy",
    "tools",
    "engines",
    "redis",
    "ray",
    "delivery",
    "launcher",
)


@dataclass
class Findings:
    """Everything that was told, in the order in which it came.

    Attributes:
        spoken: When the stand-in's first audio of each marked answer left, by its mark; monotonic seconds.
        samples: Looks at the processes, from the beginning of the hold to its end.
        window: Monotonic seconds of the hold.
        reminders: Reminders in the books at the end, None when nobody looked.
    """

    plan: Plan
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    spoken: dict[str, float] = field(default_factory=dict[str, float])
    samples: list[Sample] = field(default_factory=list[Sample])
    window: tuple[float, float] = (0.0, float("inf"))
    reminders: int | None = None

    def of(self, kind: str, *, held: bool = True) -> list[dict[str, Any]]:
        """Findings of a kind; ``held``: those of the hold only."""
        first, last = self.window if held else (0.0, float("inf"))
        return [each for each in self.told if each["kind"] == kind and first <= each["at"] <= last]

    @property
    def plain(self) -> list[dict[str, Any]]:
        """Turns of the hold that nobody interrupted."""
        return [turn for turn in self.of("turn") if turn["plain"]]

    @property
    def added_out_ms(self) -> list[float]:
        """First audio of the stand-in → first frame at the caller, of each answer that can be told apart."""
        spans: list[float] = []
        for turn in self.plain:
            begun = self.spoken.get(turn["mark"] or "")
            if begun is not None and turn["audio_at"] is not None:
                spans.append((turn["audio_at"] - begun) * 1000)
        return spans

    @property
    def added_in_ms(self) -> list[float]:
        """A ping right behind the last voiced packet → its pong: both ways through everything but the models."""
        return [turn["in_ms"] for turn in self.plain if turn["in_ms"] is not None]

    @property
    def added_ms(self) -> list[float]:
        """All spans that the server adds, both kinds together."""
        return [*self.added_in_ms, *self.added_out_ms]

    @property
    def errors(self) -> Counter[str]:
        """What went wrong at any time, by what it was."""
        found = Counter(str(each["what"]) for each in self.of("error", held=False))
        found.update(
            "turn: no answer" for turn in self.of("turn", held=False) if "no answer" in turn["errors"]
        )
        return found

    @property
    def turns_a_minute(self) -> float:
        """Verified turns of a caller in a minute of the hold."""
        first, last = self.window
        verified = sum(turn["verified"] for turn in self.of("turn"))
        return verified * 60 / max(1e-9, last - first) / self.plan.sessions

    @property
    def talking(self) -> float:
        """Share of the hold in which a caller talked."""
        first, last = self.window
        said = sum(turn["said_s"] for turn in self.of("turn"))
        return said / max(1e-9, last - first) / self.plan.sessions

    def cpu_pct(self) -> dict[str, float]:
        """Per cent of one core, by kind, over the hold."""
        if len(self.samples) < 2:
            return {}
        first, last = self.samples[0], self.samples[-1]
        spent = last.at - first.at
        return {
            kind: round(100 * (used - first.cpu_s.get(kind, 0.0)) / spent, 2)
            for kind, used in sorted(last.cpu_s.items())
        }

    def pss_mb(self) -> dict[str, float]:
        """Memory by kind, at the last look that read it."""
        read = [sample.pss_mb for sample in self.samples if sample.pss_mb]
        return {kind: round(size, 1) for kind, size in sorted(read[-1].items())} if read else {}

    def loop_lag_ms(self) -> dict[str, float]:
        """Event-loop lag by kind of process: the worst p99 that any of that kind told in the hold, ms."""
        found: dict[str, float] = {}
        for each in self.of("lag"):
            for kind, late_ms in each["p99_ms"].items():
                found[kind] = max(found.get(kind, 0.0), late_ms)
        return found

    @property
    def growth(self) -> float | None:
        """Growth of the sessions' memory between the first and the last look, as a share."""
        read = [sample.pss_mb["sessions"] for sample in self.samples if sample.pss_mb.get("sessions")]
        return read[-1] / read[0] - 1 if len(read) > 1 else None

    def writes(self) -> tuple[int, int]:
        """Writes whose result a caller was told, and those that may have been done beyond them."""
        turns = [turn for turn in self.of("turn", held=False) if turn["tool"] == WRITES]
        told = sum(turn["tool_ok"] for turn in turns)
        return told, len(turns) - told

    def failures(self) -> list[str]:
        """Why it was not held; empty when it was."""
        reasons = [f"{count} × {what}" for what, count in self.errors.most_common(5)]
        reasons += _above("added p50", percentile(self.added_ms, 50), ADDED_P50_MS)
        reasons += _above("added p99", percentile(self.added_ms, 99), ADDED_P99_MS)
        if self.turns_a_minute < 1:
            reasons.append(f"{self.turns_a_minute:.2f} verified turns a minute and caller instead of 1")
        if self.plan.hold_s >= _GROWTH_FROM_S and self.growth is not None and self.growth > GROWTH:
            reasons.append(f"memory of the sessions grew by {self.growth:.0%}")
        late = percentile([each["late_p99_ms"] for each in self.of("generator")], 95)
        if late is not None and late > LATE_MS:
            reasons.append(f"the generator itself was {late:.0f} ms late")
        told, unsure = self.writes()
        if self.reminders is not None and not told <= self.reminders <= told + unsure:
            reasons.append(f"{self.reminders} reminders in the books instead of {told}")
        return reasons

    def report(self) -> dict[str, Any]:
        """The figures under their stable names."""
        cpu, pss, sessions = self.cpu_pct(), self.pss_mb(), self.plan.sessions
        waits = [turn["voice_to_voice_ms"] for turn in self.plain if turn["voice_to_voice_ms"] is not None]
        told, _unsure = self.writes()
        return {
            "sessions": sessions,
            "packet_ms": self.plan.packet_ms,
            "route": self.plan.route,
            "engines": self.plan.engines,
            "models_ms": self.plan.models_ms,
            "held": not self.failures(),
            "failures": self.failures(),
            "errors": sum(self.errors.values()),
            "turns": len(self.of("turn")),
            "verified": sum(turn["verified"] for turn in self.of("turn")),
            "verified_a_minute": rounded(self.turns_a_minute, 2),
            "talking_pct": rounded(100 * self.talking, 1),
            **_percentiles("voice_to_voice", waits),
            **_percentiles("added", self.added_ms),
            **_percentiles("added_in", self.added_in_ms),
            **_percentiles("added_out", self.added_out_ms),
            **_percentiles("barge_in_stop", [each["ms"] for each in self.of("barge")]),
            **_percentiles("resume", [each["ms"] for each in self.of("resume")]),
            **_percentiles("start", [each["ms"] for each in self.of("start", held=False)]),
            "cpu_pct": cpu,
            "cpu_pct_per_session": rounded(sum(cpu.get(kind, 0.0) for kind in _SERVER) / sessions, 2),
            "session_cpu_pct": rounded(cpu.get("sessions", 0.0) / sessions, 2),
            "pss_mb": pss,
            "pss_mb_per_session": rounded(self._session_mb(), 1),
            "loop_lag_p99_ms": self.loop_lag_ms(),
            "memory_growth": rounded(self.growth, 3),
            "generator_late_p99_ms": rounded(
                percentile([each["late_p99_ms"] for each in self.of("generator")], 95)
            ),
            "writes_told": told,
            "reminders_in_the_books": self.reminders,
        }

    def _session_mb(self) -> float | None:
        read = [each for each in self.samples if each.pss_mb.get("sessions") and each.count.get("sessions")]
        return read[-1].pss_mb["sessions"] / read[-1].count["sessions"] if read else None


def over_time(turns: Iterable[Mapping[str, Any]], name: str, step_s: float) -> dict[str, list[float]]:
    """p50 and p95 of a span by the seconds since the first turn, in steps."""
    found = sorted((turn["at"], turn[name]) for turn in turns if turn[name] is not None)
    if not found:
        return {"at": [], "p50": [], "p95": []}
    buckets: dict[int, list[float]] = {}
    for at, value in found:
        buckets.setdefault(int((at - found[0][0]) / step_s), []).append(value)
    return {
        "at": [number * step_s for number in buckets],
        "p50": [percentile(values, 50) or 0.0 for values in buckets.values()],
        "p95": [percentile(values, 95) or 0.0 for values in buckets.values()],
    }


def _percentiles(name: str, values: Sequence[float]) -> dict[str, float | None]:
    return {f"{name}_p{share}_ms": rounded(percentile(values, share)) for share in (50, 95, 99)}


def _above(name: str, value: float | None, most: float) -> list[str]:
    if value is None:
        return [f"{name} was not measured"]
    return [f"{name} {value:.1f} ms instead of {most:g}"] if value > most else []
