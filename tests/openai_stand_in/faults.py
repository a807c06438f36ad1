"""Faults on command: what a part of the stand-in does wrong, the next time or at random."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.support.polling import elapse

Part = Literal["responses", "chat", "transcriptions", "speech", "realtime"]
Kind = Literal["slow", "cut", "status", "malformed"]
#: Messages among which one goes wrong at random: a Realtime connection has many.
_LONGEST: dict[Part, int] = {"realtime": 60}
PARTS: tuple[Part, ...] = ("responses", "chat", "transcriptions", "speech", "realtime")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        kind: "slow" waits ``seconds`` before the first byte; "cut" drops the connection after ``after`` messages (of a
            stream) or before the answer; "status" answers with ``status``; "malformed" sends what is no JSON.
    """

    kind: Kind
    seconds: float = 0.0
    after: int = 1
    status: int = 500


class ConnectionCut(Exception):  # noqa: N818  (an event, named as the code reads)
    """Raised inside an answer so that the connection breaks in the middle of it."""


@dataclass
class Faults:
    """What will go wrong. ``rate`` is the share of requests that fail at random, by a seed."""

    rate: float = 0.0
    seed: int = 0
    slow_s: float = 3.0
    happened: Counter[str] = field(default_factory=Counter[str])
    _next: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def will(self, part: Part, *faults: Fault) -> None:
        """The next requests of ``part`` go wrong so, one after the other."""
        self._next[part].extend(faults)

    def forget(self) -> None:
        """Nothing is to go wrong any more."""
        self._next.clear()
        self.rate = 0.0

    def of(self, part: Part) -> Fault | None:
        """What is wrong with this request; None when nothing is."""
        queued = self._next[part]
        fault = queued.popleft() if queued else self._at_random(_LONGEST.get(part, 4))
        if fault is not None:
            self.happened[f"{part} {fault.kind}"] += 1
        return fault

    def _at_random(self, messages: int) -> Fault | None:
        if self._random.random() >= self.rate:
            return None
        return self._random.choice(
            (
                Fault("slow", seconds=self.slow_s),
                Fault("cut", after=self._random.randrange(messages)),
                Fault("status", status=429),
                Fault("status", status=self._random.choice((500, 502, 503))),
                Fault("malformed", after=self._random.randrange(1, messages)),
            )
        )


async def answered_at_once(fault: Fault | None) -> Response | None:
    """The answer of a fault that concerns the whole request; None when the request is to be answered."""
    if fault is None:
        return None
    if fault.kind == "slow":
        await elapse(fault.seconds)
    if fault.kind == "cut" and fault.after == 0:
        return StreamingResponse(_cut_off(), headers={"content-length": "100"})
    if fault.kind == "status":
        kind = "rate_limit_exceeded" if fault.status == 429 else "server_error"
        body = {"error": {"message": f"stand-in: {kind}", "type": kind, "param": None, "code": kind}}
        return JSONResponse(body, status_code=fault.status, headers={"retry-after": "0"})
    return None


async def _cut_off() -> AsyncIterator[bytes]:
    raise ConnectionCut
    yield b""
