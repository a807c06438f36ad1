"""A business lived at random on a real database: what every such life shares, and what must always hold.

The model is small: what was last answered about each thing, what was received on each invoice, which numbers were
given out. After each step the books must say the same; at the end all of it is read back, and the neighbour's books
must not have moved.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from sqlalchemy import func, select

from business.actor import Actor
from business.clock import FixedClock
from business.entities.activities import Activity
from business.entities.contacts import Contact
from business.entities.estimates import OPEN_ESTIMATES, Estimate, EstimateStatus
from business.entities.invoices import UNPAID_INVOICES, Invoice
from business.entities.jobs import BOOKED_STATUSES, Job
from business.entities.numbers import Series
from business.entities.projects import Project, ProjectStatus
from business.errors import BusinessError
from business.money import ZERO
from business.sql.database import Database
from business.sql.tables import AuditRow
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.contacts import Contacts, NewContact
from business.use_cases.invoices import Invoices
from business.use_cases.summary import Summary
from tests.business.world import NOW, World

Act = Callable[[SqlUnitOfWork], Awaitable[Any]]
ZONE = ZoneInfo("America/Denver")
REPOSITORIES = {
    Contact: "contacts",
    Job: "jobs",
    Project: "projects",
    Estimate: "estimates",
    Invoice: "invoices",
    Activity: "activities",
}
# Whether a transaction dies after its work was done and before it was committed.
dies = st.sampled_from([False] * 7 + [True])


class PowerCutError(Exception):
    """Ends a transaction whose work is done."""


class BooksLife(RuleBasedStateMachine):
    """One business at random; ``fresh`` gives the URL of an empty, migrated database."""

    def __init__(self, fresh: Callable[[], AbstractContextManager[str]]) -> None:
        super().__init__()
        self._fresh = fresh()
        self.loop = asyncio.Runner()
        clock = FixedClock(NOW)
        self.world = World(Database(self._fresh.__enter__(), clock=clock), clock)
        self.known: dict[str, Any] = {}
        self.touched: list[str] = []
        self.received: dict[str, Decimal] = {}
        self.numbers: dict[Series, list[str]] = {series: [] for series in Series}
        self.overlapping: set[str] = set()

    def teardown(self) -> None:
        try:
            if self.known:
                self.touched = list(self.known)
                self.loop.run(self._check_stored())
                assert self.loop.run(self._audited(self.world.other_id)) == self.neighbour
        finally:
            self.loop.run(self.world.database.close())
            self.loop.close()
            self._fresh.__exit__(None, None, None)

    @initialize()
    def found(self) -> None:
        self.loop.run(self.world.found())
        self.neighbour = self.loop.run(self._audited(self.world.other_id))
        self.keep(
            self.act(lambda uow: Contacts(uow).create(NewContact("Nora", "Quill", mobile="2145550100")))
        )
        self.contact_id = next(iter(self.known))

    def act(self, act: Act, *, die: bool = False) -> Any:
        """What ``act`` answers; None when it was refused or died, which must leave no trace.

        Nor does it leave one to make a thing what it is already.
        """
        before = self.loop.run(self._audited(self.world.business_id))
        answer = self.loop.run(self._acted(act, die=die))
        after = self.loop.run(self._audited(self.world.business_id))
        changed = answer is not None and not self._is_known(answer)
        assert after > before if changed else after == before
        return answer

    def _is_known(self, answer: Any) -> bool:
        """Whether the thing of the answer, or of the report that it is, is as it was."""
        view = getattr(answer, "view", answer)
        things = [answer, *(getattr(view, name, None) for name in ("job", "project", "estimate", "invoice"))]
        ids = [(getattr(thing, "id", None), thing) for thing in things if thing is not None]
        return any(each is not None and self.known.get(each) == thing for each, thing in ids)

    def keep(self, entity: Any) -> None:
        """Remember what the books must say about ``entity`` from now on."""
        if entity is not None:
            self.known[entity.id] = entity
            self.touched.append(entity.id)

    def keep_numbered(self, series: Series, entity: Any) -> None:
        """Remember a thing that has just been made."""
        if entity is not None:
            self.numbers[series].append(entity.number)
            self.keep(entity)

    def all(self, kind: type) -> list[Any]:
        """The things of a kind that there are."""
        return [one for one in self.known.values() if isinstance(one, kind)]

    def some(self, data: st.DataObject, kind: type) -> Any:
        return data.draw(st.sampled_from(self.all(kind)))

    @property
    def today(self) -> date:
        return self.world.clock.now().astimezone(ZONE).date()

    @invariant()
    def numbers_have_no_gaps(self) -> None:
        for series, given in self.numbers.items():
            assert given == [series.format(number) for number in range(1, len(given) + 1)]

    @invariant()
    def the_books_say_what_was_answered(self) -> None:
        if self.known:
            self.loop.run(self._check_stored())

    @invariant()
    def the_sums_are_those_of_the_parts(self) -> None:
        if self.known:
            self.loop.run(self._check_sums())

    @invariant()
    def nobody_is_booked_twice_unasked(self) -> None:
        booked = [
            job for job in self.all(Job) if job.status in BOOKED_STATUSES and job.id not in self.overlapping
        ]
        for one, other in itertools.combinations(booked, 2):
            assert not one.overlaps(other.scheduled_start, other.scheduled_end)

    async def _acted(self, act: Act, *, die: bool) -> Any:
        try:
            async with self.world.write() as uow:
                answer = await act(uow)
                if die:
                    raise PowerCutError
                return answer
        except (BusinessError, PowerCutError):
            return None

    async def _audited(self, business_id: str) -> int:
        """How many changes of a business have been written down."""
        async with self.world.database.reading(Actor.system(business_id)) as uow:
            return (await uow._session.scalar(select(func.count(AuditRow.id)))) or 0

    async def _check_stored(self) -> None:
        async with self.world.read() as uow:
            for entity_id in dict.fromkeys(self.touched):
                entity = self.known[entity_id]
                assert await getattr(uow, REPOSITORIES[type(entity)]).get(entity_id) == entity
        self.touched.clear()

    async def _check_sums(self) -> None:
        today = self.today
        unpaid = [one for one in self.all(Invoice) if one.status in UNPAID_INVOICES]
        owed = sum((one.amount_due(today) for one in unpaid), ZERO)
        late = sum((one.amount_due(today) for one in unpaid if one.is_overdue(today)), ZERO)
        offers = [one for one in self.all(Estimate) if one.status_on(today) in OPEN_ESTIMATES]
        for invoice in self.all(Invoice):
            assert invoice.net_paid == self.received[invoice.id] >= 0
            assert invoice.amount_due(today) >= 0
        async with self.world.read() as uow:
            assert uow.today == today
            state = await Summary(uow).get()
            assert (state.outstanding, state.overdue_amount) == (owed, late)
            assert (await Contacts(uow).info(self.contact_id)).outstanding == owed
            assert len((await Invoices(uow).pending()).invoices) == len(unpaid)
            assert state.open_estimates == len(offers)
            assert state.open_estimates_total == sum((one.totals.total for one in offers), ZERO)
            active = [one for one in self.all(Project) if one.status is ProjectStatus.ACTIVE]
            assert state.active_projects == len(active)
            assert sum((await uow.jobs.counts()).values()) == len(self.all(Job))
        converted = [one for one in self.all(Estimate) if one.status is EstimateStatus.CONVERTED]
        made = [one.estimate_id for one in self.all(Invoice) if one.estimate_id is not None]
        assert sorted(made) == sorted(one.id for one in converted)
