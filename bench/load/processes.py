"""CPU and memory of the server by kind of process, read from /proc. Samples; judges nothing."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

#: Part of a command line → kind; the first that fits.
_KINDS = (
    ("ray::SessionActor", "sessions"),
    ("ray::SessionPool", "session pool"),
    ("ray::ServeReplica", "ingress"),
    ("ray::ToolActor", "tools"),
    ("ray::RecogniserActor", "engines"),
    ("ray::SecondLookActor", "engines"),
    ("ray::VoiceActor", "engines"),
    ("ray::UnderstandingActor", "engines"),
    ("ray::DeliveryActor", "delivery"),
    ("haproxy", "haproxy"),
    ("redis-server", "redis"),
    ("valkey-server", "redis"),
    ("fork_server", "fork server"),
    ("serve_app.cli", "launcher"),
    ("hero365 up", "launcher"),
    ("ray::", "ray"),
    ("/ray/", "ray"),
)


def kind_of(command: str) -> str:
    """What a process of the server is, by its command line."""
    return next((kind for part, kind in _KINDS if part in command), "other")


@dataclass(frozen=True, slots=True)
class Sample:
    """One look.

    Attributes:
        at: Monotonic seconds.
        cpu_s: Processor seconds so far, of processes that live or have lived.
        pss_mb: Proportional share of memory; empty when it was not read this time.
        count: Processes.
    """

    at: float
    cpu_s: dict[str, float]
    pss_mb: dict[str, float]
    count: dict[str, int]


@dataclass
class Watch:
    """Looks at the same processes again and again.

    Args:
        roots: Process ids by kind; all below them count, by their own kind where that is known.
    """

    roots: dict[int, str]
    _last: dict[tuple[int, float], tuple[str, float]] = field(
        default_factory=dict[tuple[int, float], tuple[str, float]]
    )

    def look(self, *, memory: bool) -> Sample:
        """Read them now. The dead keep what they had used when they were seen last."""
        pss: dict[str, float] = defaultdict(float)
        count: dict[str, int] = defaultdict(int)
        for process, root in self._processes():
            try:
                command = " ".join(process.cmdline())
                born, cpu = process.create_time(), sum(process.cpu_times()[:2])
                kind = root or kind_of(command)
                self._last[process.pid, born] = (kind, cpu)
                count[kind] += 1
                if memory:
                    pss[kind] += pss_mb(process.pid)
            except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
                continue
        cpu_s: dict[str, float] = defaultdict(float)
        for kind, used in self._last.values():
            cpu_s[kind] += used
        return Sample(time.monotonic(), dict(cpu_s), dict(pss), dict(count))

    def _processes(self) -> Iterable[tuple[psutil.Process, str]]:
        """Each with the kind that its root gives to all below it, "" where each has its own."""
        for pid, kind in self.roots.items():
            try:
                root = psutil.Process(pid)
                for process in (root, *root.children(recursive=True)):
                    yield process, kind
            except psutil.NoSuchProcess:
                continue


def pss_mb(pid: int) -> float:
    """Proportional set size, MB. Raises OSError when it is gone."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
