"""The business a scenario happens in: a fresh copy of a seeded database, its clock, its tools, its weather.

Every scenario gets its own file, so nothing of one can be seen by another. It plays nothing and judges nothing.
"""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.evals.schema import Scenario, Setup
from bench.evals.virtual_time import work
from business.actor import Actor
from business.clock import FixedClock
from business.entities.contacts import Contact, RelationshipStatus
from business.migrations.runner import upgrade
from business.repositories import UnitOfWork
from business.seed import DEMO_BUSINESS_ID, seed
from business.sql.database import Database
from business.use_cases.contacts import Contacts
from business.use_cases.projects import Projects
from tools.envelope import Caller, ToolCall, ToolResult
from tools.executor import ToolExecutor
from tools.weather.provider import Condition, Coordinates, Day, Forecast, Hour, Now, Place, PlaceQuery
from tools.weather.service import Weather

ZONE = ZoneInfo("America/Denver")
#: Who speaks for a role.
USERS = {
    "owner": ("user-dana-ferraro", "Dana"),
    "admin": ("user-priya-raman", "Priya"),
    "manager": ("user-luke-hadley", "Luke"),
    "employee": ("user-tyler-boone", "Tyler"),
    "contractor": ("user-sam-otieno", "Sam"),
    "viewer": ("user-june-albright", "June"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """One call that reached the tools, and what came of it."""

    tool: str
    arguments: str
    ok: bool
    summary: str
    error: str | None


@dataclass(slots=True)
class Hands:
    """The pool of tools of one conversation, in this process. ``made``: the calls, in order."""

    executor: ToolExecutor
    made: list[Made] = field(default_factory=list[Made])

    async def execute(self, call: ToolCall, timeout_s: float) -> ToolResult:
        """Run one call; the executor's own time limit holds."""
        del timeout_s
        with work():
            result = await self.executor.execute(call)
        error = str(result.error.type) if result.error is not None else None
        self.made.append(Made(call.name, call.arguments, result.ok, result.summary, error))
        return result

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no."""
        with work():
            await self.executor.reject(caller, confirmation_id)


class Notebook:
    """A journal of calls in memory: one process, no crash to survive."""

    async def open(self, call: ToolCall) -> None:
        """Nothing is lost here."""

    async def close(self, call: ToolCall) -> None:
        """Nothing was written down."""


@dataclass(slots=True)
class World:
    """One scenario's business."""

    path: Path
    clock: FixedClock
    database: Database
    hands: Hands
    names: tuple[str, ...]

    async def close(self) -> None:
        """Close the database and throw the file away."""
        with work():
            await self.database.close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()


class Worlds:
    """Makes worlds in ``folder``; a business is seeded once for each moment that scenarios begin at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[datetime, Path] = {}
        self._numbers = itertools.count(1)

    async def open(self, scenario: Scenario) -> World:
        """A fresh business with what the scenario sets up in it."""
        now = scenario.now.replace(tzinfo=ZONE)
        with work():
            template = await self._template(now)
            path = self._folder / f"world{next(self._numbers)}.db"
            shutil.copyfile(template, path)
            clock = FixedClock(now)
            database = Database(f"sqlite:///{path}", clock=clock, pool_size=2)
            await _set_up(database, scenario.setup, now)
            async with database.reading(Actor.system(DEMO_BUSINESS_ID)) as uow:
                projects = [each.name for each in await Projects(uow).names()]
                contacts = [each.display_name for each in await Contacts(uow).names(limit=200)]
        executor = ToolExecutor(database, weather=Weather(_Sky(now), _Atlas()))
        return World(path, clock, database, Hands(executor), tuple(dict.fromkeys(projects + contacts)))

    async def _template(self, now: datetime) -> Path:
        if now not in self._templates:
            path = self._folder / f"seed{len(self._templates)}.db"
            await upgrade(f"sqlite:///{path}")
            database = Database(f"sqlite:///{path}", clock=FixedClock(now), pool_size=1)
            await seed(database, now)
            await database.close()
            self._templates[now] = path
        return self._templates[now]


async def _set_up(database: Database, setup: Setup, now: datetime) -> None:
    if not (setup.contacts or setup.notes):
        return
    async with database.tenant(Actor.system(DEMO_BUSINESS_ID)) as uow:
        for number, new in enumerate(setup.contacts):
            await uow.contacts.add(
                Contact(
                    id=uow.new_id(),
                    created_at=now,
                    updated_at=now,
                    first_name=new.first,
                    last_name=new.last,
                    company_name=new.company,
                    mobile=new.phone or f"+1970555018{number}",
                    relationship=RelationshipStatus.ACTIVE_CLIENT,
                    notes=new.notes,
                )
            )
        for name, note in setup.notes.items():
            await _note(uow, name, note)


async def _note(uow: UnitOfWork, name: str, note: str) -> None:
    for entry in await Contacts(uow).names(limit=500):
        if entry.display_name == name:
            await uow.contacts.save(replace(await uow.contacts.get(entry.id), notes=note))
            return
    raise ValueError(f"the scenario sets a note on {name}, whom nobody knows")


class _Sky:
    """Cold and dry today, rain tomorrow."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    async def forecast(self, at: Coordinates) -> Forecast:
        midnight = self._now.replace(hour=0, minute=0)
        hours = tuple(
            Hour(
                midnight + timedelta(hours=each),
                4.0,
                _condition(each),
                1.0 if each >= 24 else 0.0,
                70,
                12,
                20,
            )
            for each in range(24 * 7)
        )
        days = tuple(
            Day((midnight + timedelta(days=each)).date(), -2.0, 7.0, _condition(24 * each), 1.0, 70, 20)
            for each in range(7)
        )
        now = Now(self._now, 4.0, 2.0, Condition.PARTLY_CLOUDY, 12.0, 20.0)
        return Forecast(at, now, hours, days, "evals")


def _condition(hour: int) -> Condition:
    return Condition.RAIN if 24 <= hour < 48 else Condition.PARTLY_CLOUDY


class _Atlas:
    """Knows the towns that the seeded contacts live in, by any name."""

    async def find(self, query: PlaceQuery) -> tuple[Place, ...]:
        name = query.city or "Fort Collins"
        return (Place(name, query.region or "Colorado", "US", Coordinates(40.58, -105.08), 170_000),)
