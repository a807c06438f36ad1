"""Whatever a business came to hold through its use cases, its exports bring into an empty one unchanged."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from business.clock import FixedClock
from business.entities.addresses import Address
from business.entities.contacts import (
    ContactStatus,
    ContactType,
    LifecycleStage,
    Priority,
    RelationshipStatus,
)
from business.entities.invoices import InvoiceTerms
from business.entities.jobs import CostEstimate, JobPriority, JobSource, JobStatus, JobType, TimeTracking
from business.entities.memberships import Role
from business.entities.payments import PaymentMethod, PaymentStatus
from business.errors import BusinessError
from business.money import Discount, DiscountType, LineItem, Tax, TaxType
from business.paging.queries import Book
from business.sql.database import Database
from business.use_cases.contacts import ContactChanges, Contacts, NewContact
from business.use_cases.invoices import Invoices, NewInvoice
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.projects import NewProject, Projects
from tests.business.transfer.files import bring_in, exported
from tests.business.world import NOW, TODAY, USER, World, business, member

BOOKS = (Book.CONTACTS, Book.JOBS, Book.INVOICES)
_folders = itertools.count()

characters = st.characters(codec="utf-8", exclude_characters="\x00")
texts = st.text(characters, max_size=30).map(lambda text: text if text.strip() else "")
words = st.text(characters, max_size=30).map(str.strip)
named = words.filter(bool)
tags = st.lists(named, max_size=2).map(tuple)
money = st.decimals(0, 10_000, places=2)
percents = st.decimals(0, 100, places=2)
hours = st.none() | st.decimals(0, 99, places=2)
users = st.sampled_from([USER.format(role.value) for role in Role])
moments = st.timedeltas(timedelta(days=-300), timedelta(days=300)).map(lambda delta: NOW + delta)
past = st.timedeltas(timedelta(days=-300), timedelta()).map(lambda delta: NOW + delta)
addresses = st.builds(Address, texts, words, words, words, st.sampled_from(["US", "CA", "DE"]))
discounts = st.one_of(
    st.just(Discount()),
    st.builds(Discount, st.just(DiscountType.PERCENTAGE), percents),
    st.builds(Discount, st.just(DiscountType.FIXED_AMOUNT), st.decimals("0.01", 2, places=2)),
)
taxes = st.one_of(st.just(Tax()), st.builds(Tax, st.sampled_from(list(TaxType)[1:]), percents))
lines = st.builds(
    LineItem,
    named,
    st.decimals("0.01", 20, places=2),
    st.decimals(500, 5_000, places=2),
    discounts,
    st.none() | percents,
    words,
)
contacts = st.fixed_dictionaries(
    {
        "first_name": named,
        "last_name": words,
        "company_name": words,
        "type": st.sampled_from(ContactType),
        "relationship": st.sampled_from(RelationshipStatus),
        "lifecycle": st.sampled_from(LifecycleStage),
        "priority": st.sampled_from(Priority),
        "source": texts,
        "assigned_to": st.none() | users,
        "estimated_value": st.none() | money,
        "tags": tags,
        "address": addresses,
        "notes": texts,
    }
)
jobs = st.fixed_dictionaries(
    {
        "title": named,
        "description": texts,
        "start": st.none() | moments,
        "type": st.sampled_from(JobType),
        "priority": st.sampled_from(JobPriority),
        "address": st.none() | addresses,
        "source": st.sampled_from(JobSource),
        "assigned_users": st.lists(users, max_size=2, unique=True).map(tuple),
        "tags": tags,
        "notes": texts,
        "customer_requirements": texts,
        "time": st.builds(TimeTracking, hours, hours, hours, st.integers(0, 90)),
        "cost": st.none() | st.builds(CostEstimate, money, money, money, money, percents, percents),
    }
)
invoices = st.fixed_dictionaries(
    {
        "lines": st.lists(lines, min_size=1, max_size=3).map(tuple),
        "title": words,
        "description": texts,
        "issue_date": st.integers(0, 60).map(lambda days: TODAY - timedelta(days=days)),
        "due_date": st.integers(0, 30).map(lambda days: TODAY + timedelta(days=days)),
        "discount": discounts,
        "tax": taxes,
        "terms": st.builds(
            InvoiceTerms,
            st.integers(10, 90),
            percents,
            st.integers(0, 10),
            st.sampled_from([Decimal(0), Decimal("1.5")]),
            st.integers(0, 5),
            texts,
        ),
        "po_number": st.none() | named,
    }
)
job_steps = st.lists(st.tuples(st.sampled_from(JobStatus), texts, st.integers(0, 3)), max_size=5)
invoice_steps = st.lists(
    st.tuples(
        st.sampled_from(["send", "view", "pay", "pay", "promise", "arrive", "refund", "cancel"]),
        st.decimals("0.01", 1, places=2),
        st.integers(0, 9),
    ),
    max_size=6,
)
refused = contextlib.suppress(BusinessError)


async def grow(world: World, plan: dict[str, Any]) -> None:
    """Fill the first business through its use cases."""
    ids: list[str] = []
    for index, (fields, status, spoken) in enumerate(plan["contacts"]):
        async with world.write() as uow:
            numbers = {"phone": f"+1303555{index:04d}"} if index % 2 else {"email": f"c{index}@mail.example"}
            made = await Contacts(uow).create(NewContact(**fields, **numbers))
            ids.append(made.id)
            if spoken is not None:
                await uow.contacts.save(made.contacted(spoken))
            await Contacts(uow).edit(made.id, ContactChanges(status=status))
    async with world.write() as uow:
        project = await Projects(uow).create(NewProject("Remodel", ids[0]))
    job_ids: list[str] = []
    for index, (fields, steps) in enumerate(plan["jobs"]):
        whose = ids[index % len(ids)] if index % 3 else None
        async with world.write() as uow:
            new = NewJob(**fields, contact_id=whose, project_id=project.project.id if index % 2 else None)
            job_ids.append((await Jobs(uow).create(new, allow_overlap=True)).job.id)
        for status, notes, days in steps:
            world.clock.advance(timedelta(days=days, seconds=1))
            with refused:
                async with world.write() as uow:
                    await Jobs(uow).update_status(job_ids[-1], status, notes=notes)
    for index, (fields, steps) in enumerate(plan["invoices"]):
        with refused:  # a discount can be larger than the lines
            async with world.write() as uow:
                new = NewInvoice(
                    contact_id=ids[index % len(ids)],
                    job_id=job_ids[0] if job_ids and index % 2 else None,
                    **fields,
                )
                invoice_id = (await Invoices(uow).create(new)).invoice.id
            for step, share, days in steps:
                world.clock.advance(timedelta(days=days))
                with refused:
                    await move(world, invoice_id, step, share)


async def move(world: World, invoice_id: str, step: str, share: Decimal) -> None:
    async with world.write() as uow:
        books = Invoices(uow)
        view = await books.get(invoice_id)
        payments = view.invoice.payments
        amount = (view.amount_due * share).quantize(Decimal("0.01"))
        if step == "send":
            await books.send(invoice_id)
        elif step == "view":
            await books.mark_viewed(invoice_id)
        elif step == "cancel":
            await books.cancel(invoice_id)
        elif step in ("pay", "promise"):
            status = PaymentStatus.COMPLETED if step == "pay" else PaymentStatus.PENDING
            amount = amount if share < Decimal("0.5") else view.amount_due
            await books.record_payment(
                invoice_id, amount, method=PaymentMethod.CHECK, reference="r 1", notes=" n", status=status
            )
        elif step == "arrive" and payments and view.invoice.status.value != "cancelled":
            await books.update_payment(invoice_id, payments[-1].id, PaymentStatus.COMPLETED)
        elif step == "refund" and payments:
            back = payments[0].amount if share > Decimal("0.5") else payments[0].amount * share
            await books.refund(invoice_id, payments[0].id, back)


async def opened(path: Path, template: Path, clock: FixedClock) -> World:
    shutil.copy(template, path)
    world = World(Database(f"sqlite:///{path}", clock=clock), clock)
    await world.database.found(business(world.business_id, "One"), member(Role.OWNER))
    async with world.write() as uow:
        await uow.memberships.add_all([member(role) for role in Role if role is not Role.OWNER])
    return world


async def travel(folder: Path, template: Path, plan: dict[str, Any]) -> None:
    clock = FixedClock(NOW)
    home = await opened(folder / "home.db", template, clock)
    away = await opened(folder / "away.db", template, clock)
    await grow(home, plan)
    try:
        for book in BOOKS:
            text = await exported(home, book)
            there = await bring_in(home, book, text, import_id="own")
            assert (there.created, there.refused) == (0, 0), there.refusals
            arrived = await bring_in(away, book, text)
            assert (arrived.unchanged, arrived.refused) == (0, 0), arrived.refusals
            assert arrived.ignored_columns == ()
            assert await exported(away, book) == text
            if book is Book.CONTACTS:  # projects have no sheet: the jobs' project is made by hand
                async with away.write() as uow:
                    some = (await uow.contacts.page(limit=1, offset=0))[0]
                    await Projects(uow).create(NewProject("Remodel", some.id))
    finally:
        await home.database.close()
        await away.database.close()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("travel")


@given(
    st.fixed_dictionaries(
        {
            "contacts": st.lists(
                st.tuples(contacts, st.sampled_from(ContactStatus), st.none() | past), min_size=1, max_size=4
            ),
            "jobs": st.lists(st.tuples(jobs, job_steps), max_size=4),
            "invoices": st.lists(st.tuples(invoices, invoice_steps), max_size=4),
        }
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_export_travels(folders: Path, sqlite_template: Path, plan: dict[str, Any]):
    folder = folders / str(next(_folders))
    folder.mkdir()
    asyncio.run(travel(folder, sqlite_template, plan))
    shutil.rmtree(folder)
