"""How one process of the server fares: event-loop lag, bytes that wait, audio dropped, turns and what we add to them.

On Ray's metrics endpoint every few seconds, and as ``figures`` for whoever asks. Labels come from closed lists: the
kind of process, its pid, a close code.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter as Tally
from collections.abc import Callable, Iterable
from typing import Any, Final

from ray.util.metrics import Counter, Gauge, Histogram

from actors.loop_lag import LoopLag
from actors.metrics import SECONDS
from actors.socket_counts import SocketCounts
from conversation.latency import TurnTrace

REPORT_S: Final = 5.0


class Vitals:
    """The figures of one process.

    ``hero365_event_loop_lag_ms`` by ``kind`` (session, ingress), ``stat`` (max, p99, of the last minute) and
    ``member``, the process. For sessions also, by ``member``: ``hero365_sessions`` (conversations it carries),
    ``hero365_buffer_bytes`` (bytes that wait for its clients); and ``hero365_dropped_audio_frames``,
    ``hero365_clients_cut_off``, ``hero365_socket_closes`` by ``code``, ``hero365_turns``,
    ``hero365_voice_to_voice_seconds`` and ``hero365_added_seconds``, what is ours of the way from a finished
    sentence to its first audio (without the voice).

    Args:
        kind: Kind of process.
        lag: Measures its loop; whoever gives it keeps it running.
        sockets: Counts of its media server; None where there is none.
        sessions: Conversations it carries now.
    """

    def __init__(
        self,
        kind: str,
        lag: LoopLag,
        sockets: SocketCounts | None = None,
        sessions: Callable[[], int] = lambda: 0,
    ) -> None:
        self._lag = lag
        self._sockets = sockets
        self._sessions = sessions
        self._told_closes: Tally[int] = Tally()
        self._told_dropped = self._told_cut_off = 0
        tags = {"kind": kind, "member": str(os.getpid())}
        self._lag_ms = Gauge(
            "hero365_event_loop_lag_ms", "Lag of an event loop, last minute.", ("kind", "member", "stat")
        )
        self._lag_ms.set_default_tags(tags)
        if sockets is not None:
            self._session_metrics({"member": tags["member"]})

    def _session_metrics(self, tags: dict[str, str]) -> None:
        self._carried = Gauge("hero365_sessions", "Conversations that a process carries.", ("member",))
        self._buffered = Gauge("hero365_buffer_bytes", "Bytes that wait for clients.", ("member",))
        for gauge in (self._carried, self._buffered):
            gauge.set_default_tags(tags)
        self._dropped = Counter("hero365_dropped_audio_frames", "Audio that clients did not take in time.")
        self._cut_off = Counter("hero365_clients_cut_off", "Clients disconnected as they read nothing.")
        self._closes = Counter("hero365_socket_closes", "Sockets closed from our side, by code.", ("code",))
        self._turns = Counter("hero365_turns", "Answers that were given.")
        self._voice_to_voice = Histogram(
            "hero365_voice_to_voice_seconds", "Last voiced sample to first audio.", boundaries=SECONDS
        )
        self._added = Histogram("hero365_added_seconds", "Our own part of an answer.", boundaries=SECONDS)

    async def run(self) -> None:
        """Report every few seconds, until cancelled."""
        try:
            while True:
                await asyncio.sleep(REPORT_S)
                self.report()
        finally:
            self.report()

    def answered(self, trace: TurnTrace) -> None:
        """An answer was given."""
        self._turns.inc()
        spans = trace.as_milliseconds()
        if "voice_to_voice_ms" in spans:
            self._voice_to_voice.observe(spans["voice_to_voice_ms"] / 1000)
        if "first_audio_out_ms" in spans and "tts_ms" in spans:
            self._added.observe(max(0.0, spans["first_audio_out_ms"] - spans["tts_ms"]) / 1000)

    def report(self) -> None:
        """Give the figures to Ray."""
        for stat, value in self._lag.figures().items():
            self._lag_ms.set(value, {"stat": stat})
        sockets = self._sockets
        if sockets is None:
            return
        self._carried.set(self._sessions())
        self._buffered.set(sockets.unsent)
        if dropped := sockets.dropped_audio - self._told_dropped:
            self._dropped.inc(dropped)
            self._told_dropped += dropped
        if cut_off := sockets.cut_off - self._told_cut_off:
            self._cut_off.inc(cut_off)
            self._told_cut_off += cut_off
        for code, count in (sockets.closes - self._told_closes).items():
            self._closes.inc(count, {"code": str(code)})
        self._told_closes = sockets.closes.copy()

    def figures(self) -> dict[str, Any]:
        """For the session pool: ``loop_lag_ms`` (max, p99), ``dropped_audio``, ``cut_off``, ``unsent_bytes``."""
        found: dict[str, Any] = {"loop_lag_ms": self._lag.figures()}
        if self._sockets is not None:
            found |= {
                "dropped_audio": self._sockets.dropped_audio,
                "cut_off": self._sockets.cut_off,
                "unsent_bytes": self._sockets.unsent,
            }
        return found


def worst_of(all_figures: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Of the figures of several processes: the worst lag, the sum of the others."""
    known = [each for each in all_figures if each]
    lags = [each["loop_lag_ms"] for each in known if each["loop_lag_ms"]]
    return {
        "loop_lag_ms": {stat: max(lag[stat] for lag in lags) for stat in ("max", "p99")} if lags else {},
        **{name: sum(each[name] for each in known) for name in ("dropped_audio", "cut_off", "unsent_bytes")},
    }
