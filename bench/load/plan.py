"""What a load test does, as data that travels to the generator's processes. Validates; starts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Share of the time in which a user talks, as in the measurements of the design.
TALKING = 0.4


class BadPlan(ValueError):  # noqa: N818  (named as the code reads)
    """A plan that cannot be carried out; the text says why."""

    code = "bad_plan"


@dataclass(frozen=True, slots=True)
class Plan:
    """One load test.

    Attributes:
        sessions: Callers at the same time, once all have come.
        ramp_s: Seconds over which they come.
        hold_s: Seconds that are measured, after the ramp and ``settle_s``.
        settle_s: Seconds between the last arrival and the measurement.
        packet_ms: Length of a microphone packet.
        engines: ``stand-in`` (models that are remote, with set latencies) or ``local`` (the embedded ones).
        stt_ms: Until the stand-in has a transcript; ``llm_ms`` until its first word, ``tts_ms`` until its first audio.
        barge_every: Every so manieth turn of a caller interrupts the answer; 0 never.
        drop_every: Every so manieth turn the caller's socket breaks and is taken up again; 0 never.
        route: The way of the sockets, as the report names it.
    """

    sessions: int = 10
    ramp_s: float = 10.0
    hold_s: float = 60.0
    settle_s: float = 5.0
    packet_ms: int = 20
    engines: Literal["stand-in", "local"] = "stand-in"
    stt_ms: int = 50
    llm_ms: int = 200
    tts_ms: int = 100
    barge_every: int = 10
    drop_every: int = 30
    route: str = "serve"

    def __post_init__(self) -> None:
        if not 1 <= self.sessions <= 10_000:
            raise BadPlan("sessions: from 1 to 10000")
        if self.packet_ms not in {10, 20, 32, 40, 60, 64}:
            raise BadPlan("packet_ms: 10, 20, 32, 40, 60 or 64")
        if min(self.ramp_s, self.settle_s) < 0 or self.hold_s <= 0:
            raise BadPlan("ramp_s and settle_s: not below 0; hold_s: above 0")
        if min(self.stt_ms, self.llm_ms, self.tts_ms, self.barge_every, self.drop_every) < 0:
            raise BadPlan("latencies and every-so-manieth numbers: not below 0")

    @property
    def models_ms(self) -> int:
        """What the stand-in takes of every turn by plan."""
        return self.stt_ms + self.llm_ms + self.tts_ms if self.engines == "stand-in" else 0
