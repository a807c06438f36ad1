"""Circuits shared between processes, through Redis: a hundred conversations do not each find out that OpenAI is down.

Best effort: without Redis every process finds out by itself. Who opens or closes a circuit writes it down; the others
read it every ``READ_S``, so they are that late at most. Who was told asks again a little later than who found out, each
at another moment, so that one probe decides for all.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from actors.metrics import ProviderMetrics
from conversation.fallback.breaker import State
from conversation.fallback.circuits import Circuit, Circuits, Part

log = logging.getLogger(__name__)

#: Seconds between two looks at what others have found: the bound on how stale a circuit is.
READ_S: Final = 2.0
#: Seconds over which the probes of those who were told are spread, after the finder's own.
SPREAD_S: Final = 8.0
#: Seconds that a closing is remembered for those who have not read it.
_REMEMBERED_S: Final = 60
_KEYS: Final = {part: f"h365:circuit:{part}" for part in Part}


class SharedCircuits:
    """Keeps the circuits of one process and those of the others alike.

    Args:
        circuits: The process's own.
        redis: Where they are written down.
        wall: Seconds since the epoch, the same for all.
    """

    def __init__(self, circuits: Circuits, redis: Redis, wall: Callable[[], float] = time.time) -> None:
        self._circuits = circuits
        self._redis = redis
        self._wall = wall
        self._known: dict[Part, float] = {}
        self._unwritten: dict[Part, tuple[float, float]] = {}
        self._writing: asyncio.Task[None] | None = None
        self._metrics = ProviderMetrics()
        for circuit in circuits.all.values():
            circuit.on_change = self._changed
            circuit.on_outcome = self._metrics.outcome
            circuit.on_local = self._metrics.stepped_in

    async def run(self) -> None:
        """Read what the others find, until cancelled."""
        while True:
            await self.read()
            await asyncio.sleep(READ_S)

    async def read(self) -> None:
        """Take over what others have found since the last time."""
        try:
            found = await read_circuits(self._redis)
        except RedisError as error:
            log.warning("the circuits of others cannot be read: %s", error)
            return
        for part, (at, until) in found.items():
            if at <= self._known.get(part, 0.0):
                continue
            self._known[part] = at
            circuit = self._circuits[part]
            left = until - self._wall()
            if left > 0:
                circuit.open_for(left + random.uniform(1.0, SPREAD_S))  # noqa: S311  (no secret)
            elif until == 0.0:
                circuit.close()
            self._metrics.state(circuit)

    def _changed(self, circuit: Circuit) -> None:
        self._metrics.state(circuit)
        now = self._wall()
        self._known[circuit.part] = now
        opened = circuit.state is State.OPEN
        until = now + circuit.opens_in_s if opened else 0.0
        self._unwritten[circuit.part] = (now, until)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        """One after the other, so that what is found later stands."""
        while self._unwritten:
            part, (at, until) = self._unwritten.popitem()
            await self._write(part, at, until)

    async def _write(self, part: Part, at: float, until: float) -> None:
        kept = max(_REMEMBERED_S, int(until - at) + _REMEMBERED_S)
        try:
            await self._redis.set(_KEYS[part], json.dumps({"at": at, "until": until}), ex=kept)
        except RedisError as error:
            log.warning("a circuit cannot be shared: %s", error)


async def read_circuits(redis: Redis) -> dict[Part, tuple[float, float]]:
    """What was written down: when, and until when the provider is left alone (0: it answers). Raises RedisError."""
    values = cast("list[Any]", await redis.mget(list(_KEYS.values())))
    found: dict[Part, tuple[float, float]] = {}
    for part, value in zip(Part, values, strict=True):
        if value is not None:
            body: dict[str, float] = json.loads(value)
            found[part] = (float(body["at"]), float(body["until"]))
    return found
