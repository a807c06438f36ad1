"""A process full of callers. Usage: ``python -m bench.load.generator``, with its orders as one line on standard input.

Orders, as JSON: ``plan``, ``base_url``, ``token``, ``first`` and ``count`` (which callers), ``starts`` (monotonic
seconds of each), ``until``. Findings go to standard output, one JSON object a line; one of kind ``generator`` a second
says how late its microphones were, since a generator that is late measures itself.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop

from bench.load.caller import Caller
from bench.load.clips import clips
from bench.load.plan import Plan
from hero365_client import Hero365Client

_TICK_S = 1.0


def _tell(finding: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(finding) + "\n")
    sys.stdout.flush()


async def _call(caller: Caller, at: float, until: float) -> None:
    await asyncio.sleep(max(0.0, at - time.monotonic()))
    await caller.run(until)


async def _watch(callers: list[Caller]) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        late = sorted(each for caller in callers for each in caller.late)
        for caller in callers:
            caller.late.clear()
        if late:
            worst = late[min(len(late) - 1, int(len(late) * 0.99))]
            _tell(
                {
                    "kind": "generator",
                    "at": time.monotonic(),
                    "late_p99_ms": worst * 1000,
                    "cpu_s": time.process_time(),
                }
            )


async def generate(orders: dict[str, Any]) -> None:
    """Hold the conversations that are ordered."""
    plan, known = Plan(**orders["plan"]), clips()
    async with Hero365Client(orders["base_url"], orders["token"], timeout=60.0) as client:
        numbers = range(orders["first"], orders["first"] + orders["count"])
        callers = [Caller(number, plan, client, known, _tell) for number in numbers]
        watch = asyncio.create_task(_watch(callers))
        async with asyncio.TaskGroup() as group:
            for caller, at in zip(callers, orders["starts"], strict=True):
                group.create_task(_call(caller, at, orders["until"]))
        watch.cancel()


def main() -> None:
    """Run."""
    uvloop.run(generate(json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
