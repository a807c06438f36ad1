"""Tools against a large business: ``python -m bench.tools`` (10,000 contacts, 50,000 jobs on SQLite).

Measures calls inside one process (what a tool actor does), the same mix through the pool of tool actors, and how
misheard names are found. The last line printed is one JSON object; nothing is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from bench.misheard import misheard, people
from bench.report import machine, percentile, print_table, rounded
from business.actor import Actor
from business.clock import SystemClock
from business.entities.businesses import Business
from business.entities.contacts import Contact, RelationshipStatus
from business.entities.jobs import Job, JobStatus
from business.entities.memberships import Membership, Role
from business.entities.numbers import Series
from business.ids import new_id
from business.migrations.runner import upgrade
from business.sql.database import Database
from tools.envelope import Caller, ToolCall, ToolResult
from tools.executor import ToolExecutor
from tools.matching import Decision, NameEntry, NameIndex

BUSINESS, OWNER, ZONE = "biz-bench", "user-bench", ZoneInfo("America/Denver")
FIGURES = (
    "read_p50_ms",
    "write_p50_ms",
    "pool_calls_per_s",
    "pool_p95_ms",
    "name_ms",
    "name_accuracy",
)
_WORK = "Leak repair|Water heater|Boiler service|Drain cleaning|Sink installation|Gas line|Toilet repair|Sump pump"
_BATCH = 2_000
_READ_SHARE = 0.75


async def fill(database: Database, contacts: int, jobs: int) -> list[tuple[str, str]]:
    """Plant the business; returns the (first, last) names of its contacts."""
    now = database.clock.now()
    rng = random.Random(1)  # noqa: S311  (reproducible, not secret)
    business = Business(BUSINESS, "Bench Plumbing", "plumbing", str(ZONE), created_at=now)
    await database.found(business, Membership("m-bench", OWNER, "Bench", Role.OWNER, joined_at=now))
    names = people(contacts)
    known = [_contact(now, first, last, number) for number, (first, last) in enumerate(names)]
    for at in range(0, contacts, _BATCH):
        async with database.tenant(Actor.system(BUSINESS)) as uow:
            await uow.contacts.add_all(known[at : at + _BATCH])
    for at in range(0, jobs, _BATCH):
        size = min(_BATCH, jobs - at)
        batch = [_job(now, rng, rng.choice(known).id, at + number + 1, jobs) for number in range(size)]
        async with database.tenant(Actor.system(BUSINESS)) as uow:
            await uow.jobs.add_all(batch)
    async with database.tenant(Actor.system(BUSINESS)) as uow:
        await uow.numbers.continue_from(Series.JOB, jobs)
    return names


def _contact(now: datetime, first: str, last: str, number: int) -> Contact:
    return Contact(
        id=new_id(now),
        created_at=now,
        updated_at=now,
        first_name=first,
        last_name=last,
        mobile=f"+1303{2_000_000 + number}",
        relationship=RelationshipStatus.ACTIVE_CLIENT,
    )


def _job(now: datetime, rng: random.Random, contact_id: str, number: int, jobs: int) -> Job:
    """A job somewhere in six years up to next month; all but the coming ones are paid."""
    start = now - timedelta(hours=(jobs - number) * 52_000 / jobs - 700)
    is_over = start < now
    return Job(
        id=new_id(now),
        number=f"JOB-{number:06d}",
        title=rng.choice(_WORK.split("|")),
        created_at=start,
        updated_at=start,
        created_by=OWNER,
        status=JobStatus.PAID if is_over else JobStatus.SCHEDULED,
        contact_id=contact_id,
        scheduled_start=start,
        scheduled_end=start + timedelta(hours=2),
        assigned_users=(OWNER,),
    )


class Mix:
    """An endless, reproducible mix of calls as a busy contractor makes them."""

    def __init__(
        self, names: Sequence[tuple[str, str]], jobs: int, session: str = "bench", seed: int = 4
    ) -> None:
        self._names = names
        self._jobs = jobs
        self._rng = random.Random(seed)  # noqa: S311  (reproducible, not secret)
        self._session = session
        self._turn = 0

    def call(self, name: str, **arguments: Any) -> ToolCall:
        """A call of its own turn."""
        self._turn += 1
        return ToolCall(name, json.dumps(arguments), Caller(BUSINESS, OWNER, self._session), self._turn, 0)

    def who(self) -> str:
        """One of the customers."""
        return " ".join(self._rng.choice(self._names))

    def read(self) -> ToolCall:
        """A reading call."""
        pick = self._rng.randrange(5)
        if pick == 0:
            return self.call("get_today_jobs")
        if pick == 1:
            return self.call("get_upcoming_jobs", days_ahead=3)
        if pick == 2:
            return self.call("get_contact_info", contact=self.who())
        if pick == 3:
            return self.call("get_job_details", job=f"job {self._rng.randrange(1, self._jobs)}")
        return self.call("get_pending_invoices")

    def write(self) -> ToolCall:
        """A writing call that needs no yes."""
        pick = self._rng.randrange(3)
        if pick == 0:
            start = datetime.now(ZONE) + timedelta(days=self._rng.randrange(400, 3_000), minutes=self._turn)
            wish = {"title": "Leak repair", "contact": self.who(), "scheduled_date": start.isoformat()}
            return self.call("create_job", **wish)
        if pick == 1:
            return self.call("set_reminder", message="order pipe", reminder_time="tomorrow at nine")
        return self.call("schedule_follow_up", contact=self.who(), follow_up_date="in ten days", notes="call")

    def any(self) -> ToolCall:
        """A read or a write, as they come in a day."""
        return self.read() if self._rng.random() < _READ_SHARE else self.write()


async def timed(run: Callable[[ToolCall], Awaitable[ToolResult]], call: ToolCall) -> tuple[float, bool]:
    """Milliseconds of one call, and whether it did what was asked or asked back."""
    began = time.perf_counter()
    result = await run(call)
    refused = result.error is not None and result.error.type.value not in {"ambiguous", "needs_confirmation"}
    return (time.perf_counter() - began) * 1000, not refused


async def inside(
    database: Database, names: Sequence[tuple[str, str]], jobs: int, calls: int
) -> dict[str, Any]:
    """Reads and writes one after the other, as inside an actor."""
    executor, mix = ToolExecutor(database), Mix(names, jobs)
    await executor.execute(mix.call("get_contact_info", contact=mix.who()))
    reads = [await timed(executor.execute, mix.read()) for _ in range(calls)]
    writes = [await timed(executor.execute, mix.write()) for _ in range(calls)]
    return {
        "read_p50_ms": rounded(percentile([ms for ms, _ in reads], 50), 2),
        "read_p95_ms": rounded(percentile([ms for ms, _ in reads], 95), 2),
        "write_p50_ms": rounded(percentile([ms for ms, _ in writes], 50), 2),
        "write_p95_ms": rounded(percentile([ms for ms, _ in writes], 95), 2),
        "failed": sum(not good for _, good in reads + writes),
    }


def heard(names: list[tuple[str, str]], queries: int) -> dict[str, Any]:
    """How fast and how well misheard names are found among all contacts."""
    full = [f"{first} {last}" for first, last in names]
    index = NameIndex([NameEntry(name, name, (name,)) for name in full])
    spent: list[float] = []
    right = 0
    for one in misheard(names, queries):
        began = time.perf_counter()
        match = index.match(one.written, limit=3)
        spent.append((time.perf_counter() - began) * 1000)
        found = [candidate.id for candidate in match.candidates]
        right += found[:1] == [one.meant] if match.decision is Decision.ONE else one.meant in found[:3]
    return {
        "name_ms": rounded(percentile(spent, 50), 2),
        "name_p95_ms": rounded(percentile(spent, 95), 2),
        "name_accuracy": round(right / queries, 4),
    }


async def through_pool(
    url: str, names: Sequence[tuple[str, str]], options: argparse.Namespace
) -> dict[str, Any]:
    """The mix through tool actors, ``options.workers`` callers at a time, for ``options.seconds``."""
    import ray

    from actors.pool import PoolClient, PoolManager
    from actors.pool import PoolSpec as Spec
    from actors.tool_actor import ToolActor
    from config.settings import Settings

    settings = Settings(database_url=url, log_level="WARNING")  # pyright: ignore[reportCallIssue]
    ray.init(num_cpus=2, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
    try:
        manager: Any = cast("Any", PoolManager).remote([Spec("tools", ToolActor, (settings,), 2, 2)])
        await manager.start.remote("tools")
        client = PoolClient(manager, "tools")

        async def run(call: ToolCall) -> ToolResult:
            return await client.call("execute", call, timeout_s=15.0)

        warm = Mix(names, options.jobs, "warm")
        await asyncio.gather(*(run(warm.call("get_contact_info", contact=warm.who())) for _ in range(8)))
        results: list[tuple[float, bool]] = []
        began = time.monotonic()

        async def work(number: int) -> None:
            mix = Mix(names, options.jobs, f"bench-{number}", seed=number)
            while time.monotonic() - began < options.seconds:
                results.append(await timed(run, mix.any()))

        await asyncio.gather(*(work(number) for number in range(options.workers)))
        spent = time.monotonic() - began
    finally:
        ray.shutdown()
    times = [ms for ms, _ in results]
    return {
        "pool_calls_per_s": rounded(len(results) / spent),
        "pool_p50_ms": rounded(percentile(times, 50)),
        "pool_p95_ms": rounded(percentile(times, 95)),
        "pool_failed": sum(not good for _, good in results),
    }


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Plant, measure, and give the figures."""
    with tempfile.TemporaryDirectory(prefix="hero365-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        await upgrade(url)
        database = Database(url, clock=SystemClock())
        began = time.monotonic()
        names = await fill(database, options.contacts, options.jobs)
        sys.stderr.write(f"planted in {time.monotonic() - began:.0f} s\n")
        figures = await inside(database, names, options.jobs, options.calls)
        await database.close()
        figures |= heard(names, min(1_000, options.contacts))
        if options.seconds > 0:
            figures |= await through_pool(url, names, options)
    return figures


def main() -> int:
    """Measure and print; 1 when a call failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=50_000)
    parser.add_argument("--calls", type=int, default=300, help="reads, and writes, inside one process")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the pool run; 0 leaves it out")
    parser.add_argument("--workers", type=int, default=4, help="callers at a time in the pool run")
    options = parser.parse_args()
    figures = asyncio.run(measure(options))
    print_table("Tools", ("figure", "value"), [*figures.items(), *machine().items()])
    sys.stdout.write(json.dumps({name: figures[name] for name in FIGURES if name in figures}) + "\n")
    return 1 if figures["failed"] or figures.get("pool_failed") else 0


if __name__ == "__main__":
    sys.exit(main())
