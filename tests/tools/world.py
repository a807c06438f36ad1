"""A small contracting business on SQLite, and a driver that calls tools on it as a session would."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from business.actor import Actor
from business.clock import FixedClock
from business.entities.addresses import Address
from business.entities.businesses import Business
from business.entities.contacts import RelationshipStatus
from business.entities.estimates import EstimateStatus
from business.entities.invoices import InvoiceTerms
from business.entities.jobs import JobStatus, JobType
from business.entities.memberships import Membership, Role
from business.entities.payments import PaymentMethod
from business.entities.projects import ProjectStatus
from business.money import LineItem
from business.sql.database import Database
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.contacts import Contacts, NewContact
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import Invoices, NewInvoice
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.projects import NewProject, Projects
from tools.envelope import Caller, ToolCall, ToolResult
from tools.executor import ToolExecutor

TZ = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=TZ)  # a Wednesday
BUSINESS, OTHER_BUSINESS = "biz-one", "biz-two"
OWNER, OTHER_OWNER = "user-owner", "user-other"
ROLES = {f"user-{role.value}": role for role in Role}

PEOPLE = {
    "ines": NewContact("Ines", "Okafor", mobile="+12145550101", email="ines@example.com"),
    "tom": NewContact("Tom", "Miller", mobile="+12145550102"),
    "ann": NewContact("Ann", "Miller", mobile="+12145550103", email="ann@example.com"),
    "priya": NewContact("Priya", "Patel", mobile="+12145550104", email="priya@example.com"),
    "linh": NewContact("Linh", "Nguyen", mobile="+12145550105"),
    "bakery": NewContact("Otto", "Kessler", "Kessler Bakery", phone="+12145550106"),
    "sam_austin": NewContact("Sam", "Reed", mobile="+12145550107", address=Address(city="Austin")),
    "sam_waco": NewContact("Sam", "Reed", mobile="+12145550108", address=Address(city="Waco")),
}

BILL = {"contact": "Ines", "amount": 100, "description": "tiles"}
# Arguments with which every tool can run on the planted business.
SAMPLES: dict[str, dict[str, object]] = {
    "create_job": {"title": "Visit", "contact": "Ines", "scheduled_date": "Saturday at noon"},
    "get_upcoming_jobs": {},
    "update_job_status": {"job": "the Nguyen job", "new_status": "done"},
    "get_job_details": {"job": "the leak repair"},
    "reschedule_job": {"job": "the leak repair", "new_date": "Saturday"},
    "get_jobs_by_status": {"status": "scheduled"},
    "get_today_jobs": {},
    "get_project_status": {"project": "Okafor"},
    "update_project_progress": {"project": "Okafor", "progress_percentage": 10},
    "get_active_projects": {},
    "create_invoice": BILL,
    "get_invoice_status": {"invoice": "Okafor"},
    "send_invoice_reminder": {"invoice": "Okafor"},
    "get_pending_invoices": {},
    "create_estimate": {"contact": "Ines", "title": "Tiles", "amount": 900},
    "convert_estimate_to_invoice": {"estimate": "Patel"},
    "get_pending_estimates": {},
    "update_estimate_status": {"estimate": "Nguyen", "status": "approved"},
    "get_contact_info": {"contact": "Ines"},
    "add_contact_interaction": {"contact": "Ines", "interaction_type": "call", "notes": "tiles"},
    "schedule_follow_up": {"contact": "Ines", "follow_up_date": "Friday", "notes": "tiles"},
    "search_contacts": {"query": "Miller"},
    "get_business_summary": {},
    "get_current_time": {},
    "set_reminder": {"message": "order pipe", "reminder_time": "at four"},
    "get_weather_info": {"location": "Waco", "when": "tomorrow", "about": "rain"},
}


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """A wall-clock time of the business, ``days`` after the day of NOW."""
    day = NOW.date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TZ)


@dataclass
class World:
    """The business under test and the conversation that acts on it."""

    database: Database
    executor: ToolExecutor
    clock: FixedClock
    ids: dict[str, str]
    url: str
    turn: int = 0
    focus: dict[str, str] = field(default_factory=dict[str, str])

    def make(self, name: str, *, user: str = OWNER, business: str = BUSINESS, **arguments: Any) -> ToolCall:
        """The next call of the conversation."""
        self.turn += 1
        caller = Caller(business, user, "session-1")
        return ToolCall(name, json.dumps(arguments), caller, self.turn, 0, focus=dict(self.focus))

    async def run(
        self, name: str, *, user: str = OWNER, driving: bool = False, **arguments: Any
    ) -> ToolResult:
        """Call a tool; what it was about becomes "it"."""
        call = self.make(name, user=user, **arguments)
        call = replace(call, caller=replace(call.caller, is_driving=driving))
        result = await self.executor.execute(call)
        self.focus.update(result.focus)
        return result

    async def agreed(self, name: str, **arguments: Any) -> ToolResult:
        """Call a tool that asks, and say yes to exactly what it asked."""
        call = self.make(name, **arguments)
        asked = await self.executor.execute(call)
        assert asked.error is not None, asked
        assert asked.error.confirmation_id is not None, asked
        result = await self.executor.execute(replace(call, confirmation_id=asked.error.confirmation_id))
        self.focus.update(result.focus)
        return result

    async def settled(self, call: ToolCall) -> ToolResult:
        """Run a call, saying yes if it asks."""
        result = await self.executor.execute(call)
        if result.error is not None and result.error.confirmation_id is not None:
            return await self.executor.execute(replace(call, confirmation_id=result.error.confirmation_id))
        return result

    def reading(self, user: str = OWNER, business: str = BUSINESS) -> Any:
        """A reading unit of work, to look at what is in the books."""
        return self.database.reading(Actor(business, user))


async def _found(database: Database, business_id: str, owner: str, clock: FixedClock) -> None:
    now = clock.now()
    business = Business(business_id, f"{business_id} Plumbing", "plumbing", "America/Chicago", created_at=now)
    await database.found(business, Membership(f"m-{owner}", owner, "Dana", Role.OWNER, joined_at=now))


async def _work(uow: SqlUnitOfWork, ids: dict[str, str]) -> None:
    jobs = Jobs(uow)
    booked = {
        "leak": NewJob("Leak repair", contact_id=ids["ines"], start=at(1, 9), type=JobType.REPAIR),
        "boiler": NewJob("Boiler service", contact_id=ids["tom"], start=at(2, 14)),
        "sink": NewJob("Sink installation", contact_id=ids["ann"], start=at(5, 8), type=JobType.INSTALLATION),
        "drain": NewJob("Drain cleaning", contact_id=ids["linh"], start=at(0, 11)),
        "gutter": NewJob("Gutter check", contact_id=ids["linh"]),
        "oven": NewJob("Oven hookup", contact_id=ids["bakery"], start=at(0, 15)),
    }
    for name, new in booked.items():
        ids[name] = (await jobs.create(new)).job.id
    await jobs.update_status(ids["drain"], JobStatus.IN_PROGRESS)
    projects = Projects(uow)
    bath = NewProject("Okafor bathroom remodel", ids["ines"], estimated_budget=Decimal(12_000))
    wiring = NewProject("Bakery rewiring", ids["bakery"], end_date=(NOW + timedelta(days=60)).date())
    for name, new in {"bath": bath, "wiring": wiring}.items():
        ids[name] = (await projects.create(new)).project.id
        await projects.change_status(ids[name], ProjectStatus.ACTIVE)
    estimates = Estimates(uow)
    panel = NewEstimate(ids["priya"], "Panel upgrade", (LineItem("Panel", unit_price=Decimal(2_400)),))
    deck = NewEstimate(ids["linh"], "Deck drain", (LineItem("Drain", unit_price=Decimal(900)),))
    for name, new in {"panel": panel, "deck": deck}.items():
        ids[name] = (await estimates.create(new)).estimate.id
        await estimates.update_status(ids[name], EstimateStatus.SENT)
    await estimates.update_status(ids["panel"], EstimateStatus.APPROVED)


async def _bills(uow: SqlUnitOfWork, ids: dict[str, str], name: str, amount: int, contact: str) -> None:
    new = NewInvoice(ids[contact], (LineItem("Work", unit_price=Decimal(amount)),), terms=InvoiceTerms())
    ids[name] = (await Invoices(uow).create(new, send=True)).invoice.id


async def plant(url: str) -> dict[str, str]:
    """Fill a fresh database: bills of six weeks ago, then the rest now."""
    clock = FixedClock((NOW - timedelta(days=42)).astimezone(UTC))
    database = Database(url, clock=clock)
    ids: dict[str, str] = {}
    await _found(database, BUSINESS, OWNER, clock)
    await _found(database, OTHER_BUSINESS, OTHER_OWNER, clock)
    async with database.tenant(Actor(BUSINESS, OWNER)) as uow:
        for user, role in ROLES.items():
            if user != OWNER:
                await uow.memberships.add(Membership(f"m-{user}", user, role.value, role, joined_at=uow.now))
        for name, person in PEOPLE.items():
            ids[name] = (
                await Contacts(uow).create(replace(person, relationship=RelationshipStatus.ACTIVE_CLIENT))
            ).id
        await _bills(uow, ids, "old_bill", 1_200, "ines")
        await _bills(uow, ids, "paid_bill", 300, "priya")
        await Invoices(uow).record_payment(ids["paid_bill"], Decimal(300), method=PaymentMethod.CASH)
    clock.advance(timedelta(days=42))
    async with database.tenant(Actor(BUSINESS, OWNER)) as uow:
        await _bills(uow, ids, "new_bill", 450, "tom")
        await _work(uow, ids)
    async with database.tenant(Actor(OTHER_BUSINESS, OTHER_OWNER)) as uow:
        stranger = await Contacts(uow).create(NewContact("Greta", "Lindholm", mobile="+12145550199"))
        ids["stranger"] = stranger.id
        ids["foreign_job"] = (
            await Jobs(uow).create(NewJob("Roof", contact_id=stranger.id, start=at(1, 9)))
        ).job.id
    await database.close()
    return ids
