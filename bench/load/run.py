"""Carries out a plan: a server (its own or one that runs), models, generator processes, a watch on all of them."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import psutil

from bench.load.findings import Findings
from bench.load.lags import watch_lags
from bench.load.plan import Plan
from bench.load.processes import Watch, kind_of
from bench.server_process import ServerProcess
from tests.openai_stand_in.server import KEY

#: Callers of one generator process; a process is one core at most.
_CALLERS_A_PROCESS = 60
#: Seconds between two looks at the processes; memory is read at every sixth, since reading it costs.
_LOOK_S = 5.0
_MEMORY_EVERY = 6
_REMINDERS = ("%copper pipe%", "%supply house%")
#: Callers are let finish the turn they are in.
_END_S = 45.0


def settings_of(plan: Plan, models_url: str | None) -> dict[str, str]:
    """Variables of a server that so many callers of one user may talk to."""
    room = str(plan.sessions + 10)
    wanted = {
        "HERO365_MAX_SESSIONS": room,
        "HERO365_SESSIONS_PER_USER": room,
        "HERO365_STARTS_PER_MINUTE": "100000",
        "HERO365_CONTROL_PER_MINUTE": "100000",
        "WEBSOCKET_MAX_CONNECTIONS": str(2 * plan.sessions + 20),
        "MEDIA_ROUTE": plan.route,
        "HERO365_MAX_DURATION_S": "86400",
        "HERO365_TOOL_CALLS_PER_MINUTE": "100000",
    }
    if models_url is not None:
        wanted |= {
            "HERO365_PROVIDER": "openai",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": models_url,
            "OPENAI_TRANSCRIPTION": "file",
        }
    return wanted


class Models:
    """The stand-in's process. ``spoken`` fills as it speaks."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process, self.url = process, url
        self.spoken: dict[str, float] = {}

    async def listen(self) -> None:
        """Note what it tells, until it ends."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            told = json.loads(line)
            if told["mark"] is not None:
                self.spoken.setdefault(told["mark"], told["at"])


@asynccontextmanager
async def models_of(plan: Plan) -> AsyncGenerator[Models | None]:
    """The stand-in while it is needed; None with local engines."""
    if plan.engines == "local":
        yield None
        return
    latencies = [str(each) for each in (plan.stt_ms, plan.llm_ms, plan.tts_ms)]
    process = await _program("bench.load.stand_in", *latencies)
    assert process.stdout is not None
    assert process.stdin is not None
    models = Models(process, (await process.stdout.readline()).decode().strip())
    listening = asyncio.create_task(models.listen())
    try:
        yield models
    finally:
        process.stdin.close()
        await process.wait()
        await listening


async def measure(plan: Plan) -> Findings:
    """One test against a server of its own."""
    async with models_of(plan) as models:
        server = ServerProcess(settings=settings_of(plan, models.url if models else None))
        await asyncio.to_thread(server.__enter__)
        try:
            parts = {server.processes()[0].pid: ""}
            if models is not None:
                parts[models.process.pid] = "models"
            found = await load(plan, server.base_url, server.token(), parts)
            found.reminders = _reminders(server)
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)
    if models is not None:
        found.spoken = models.spoken
    return found


async def load(plan: Plan, base_url: str, token: str, parts: dict[int, str]) -> Findings:
    """The callers, on a server that is there. ``parts``: process ids to watch, with their kinds."""
    found = Findings(plan)
    begin = time.monotonic() + 2.0
    first = begin + plan.ramp_s + plan.settle_s
    found.window = (first, first + plan.hold_s)
    starts = [begin + plan.ramp_s * number / plan.sessions for number in range(plan.sessions)]
    generators: list[asyncio.subprocess.Process] = []
    async with asyncio.TaskGroup() as group:
        for at in range(0, plan.sessions, _CALLERS_A_PROCESS):
            mine = starts[at : at + _CALLERS_A_PROCESS]
            process = await _program("bench.load.generator")
            generators.append(process)
            orders = {
                "plan": asdict(plan),
                "base_url": base_url,
                "token": token,
                "first": at,
                "count": len(mine),
                "starts": mine,
                "until": found.window[1],
            }
            group.create_task(_listen(process, orders, found))
        watched = Watch(parts | {each.pid: "generator" for each in generators})
        group.create_task(_watch(watched, found))
        group.create_task(watch_lags(base_url, found))
    return found


async def _listen(process: asyncio.subprocess.Process, orders: dict[str, Any], found: Findings) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(orders).encode() + b"\n")
    await process.stdin.drain()
    try:
        async with asyncio.timeout(found.window[1] - time.monotonic() + _END_S):
            while line := await process.stdout.readline():
                found.told.append(json.loads(line))
            if await process.wait() != 0:
                found.told.append(_fault(f"generator ended with {process.returncode}"))
    except TimeoutError:
        process.kill()
        await process.wait()
        found.told.append(_fault("generator did not end"))


async def _watch(watch: Watch, found: Findings) -> None:
    """Look at the processes from the beginning of the hold to its end."""
    first, last = found.window
    await asyncio.sleep(max(0.0, first - time.monotonic()))
    looks = max(1, round((last - first) / _LOOK_S))
    for number in range(looks + 1):
        await asyncio.sleep(max(0.0, first + (last - first) * number / looks - time.monotonic()))
        memory = number % _MEMORY_EVERY == 0 or number == looks
        found.samples.append(await asyncio.to_thread(watch.look, memory=memory))
        if memory:
            turns = found.of("turn")
            print(
                f"  {number * _LOOK_S:.0f} s: {len(turns)} turns, {sum(found.errors.values())} errors",
                file=sys.stderr,
            )


async def _program(module: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=4 * 1024 * 1024,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )


def _fault(what: str) -> dict[str, Any]:
    return {"kind": "error", "what": what, "at": time.monotonic()}


def _reminders(server: ServerProcess) -> int:
    """Reminders of the callers in the books."""
    (path,) = server.data_dir.glob("*.db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as books:
        counted = books.execute(
            "SELECT count(*) FROM activity WHERE lower(title) LIKE ? OR lower(title) LIKE ?", _REMINDERS
        )
        return int(counted.fetchone()[0])


def pids_of(port: int) -> dict[int, str]:
    """The server behind ``port``, as a root to watch; empty when it is not of this machine, or not ours.

    HAProxy listens there, far below the launcher.
    """
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
            listener = psutil.Process(connection.pid)
            for process in (listener, *listener.parents()):
                if kind_of(" ".join(process.cmdline())) == "launcher":
                    return {process.pid: ""}
    return {}
