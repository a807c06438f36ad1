"""No sequence of operations breaks totals, balances, numbers, states or tenancy: whole lives on both databases."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from business.entities.activities import Activity
from business.entities.contacts import RELATIONSHIPS
from business.entities.estimates import ESTIMATE_TRANSITIONS, Estimate, EstimateStatus
from business.entities.invoices import UNPAID_INVOICES, Invoice, InvoiceTerms
from business.entities.jobs import JOB_TRANSITIONS, Job, JobStatus
from business.entities.numbers import Series
from business.entities.payments import PaymentMethod, PaymentStatus
from business.entities.projects import PROJECT_TRANSITIONS, Project, ProjectStatus
from business.entities.transitions import Transitions
from business.errors import NotFound
from business.money import ZERO, Discount, DiscountType, LineItem, Tax, TaxType, cents
from business.use_cases.activities import Activities
from business.use_cases.contacts import Contacts
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import REMINDER_PAUSE, Invoices, NewInvoice
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.projects import NewProject, Projects
from tests.business.books_life import BooksLife, dies
from tests.support.postgres import PostgresServer, database_kinds

shares = st.decimals(min_value="0.01", max_value="1.2", places=2)
prices = st.decimals(min_value="0.01", max_value=9_000, places=2)
rates = st.decimals(min_value=0, max_value=30, places=2)
lines = st.lists(
    st.builds(
        LineItem,
        st.just("Labor"),
        st.decimals(min_value="0.25", max_value=12, places=2),
        prices,
        st.builds(Discount, st.just(DiscountType.PERCENTAGE), rates),
        st.one_of(st.none(), rates),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
discounts = st.builds(Discount, st.sampled_from([DiscountType.PERCENTAGE, DiscountType.NONE]), rates)
taxes = st.builds(Tax, st.sampled_from([TaxType.PERCENTAGE, TaxType.INCLUSIVE, TaxType.NONE]), rates)


def wish(data: st.DataObject, machine: Transitions[Any], current: Any) -> Any:
    """A status to ask for: mostly one that can follow, so that lives get far; sometimes any."""
    may = machine.allowed(current)
    anything = data.draw(st.integers(0, 4)) == 0
    return data.draw(st.sampled_from(list(type(current)) if anything or not may else list(may)))


class BusyLife(BooksLife):
    """Time that passes, and a neighbour who tries to get in."""

    @rule(hours=st.integers(1, 200))
    def wait(self, hours: int) -> None:
        self.world.clock.advance(timedelta(hours=hours))

    @rule(data=st.data())
    def intrude(self, data: st.DataObject) -> None:
        """The neighbour's owner finds nothing here, whatever the id and whatever it is tried on."""
        self.loop.run(self._intruded(data.draw(st.sampled_from(sorted(self.known)))))

    async def _intruded(self, entity_id: str) -> None:
        async with self.world.database.tenant(self.world.other) as uow:
            for attempt in (
                Contacts(uow).archive,
                lambda one: Jobs(uow).update_status(one, JobStatus.CANCELLED),
                lambda one: Projects(uow).change_status(one, ProjectStatus.CANCELLED),
                Estimates(uow).convert,
                Invoices(uow).cancel,
                Activities(uow).cancel,
            ):
                with pytest.raises(NotFound):
                    await attempt(entity_id)


class JobsLife(BusyLife):
    """Jobs that are booked, moved, held and done."""

    @rule(hours=st.one_of(st.none(), st.integers(1, 60)), overlap=st.booleans(), die=dies)
    def book(self, hours: int | None, overlap: bool, die: bool) -> None:
        start = None if hours is None else self.world.clock.now() + timedelta(hours=hours)
        new = NewJob("Leak", contact_id=self.contact_id, start=start)
        view = self.act(lambda uow: Jobs(uow).create(new, allow_overlap=overlap), die=die)
        if view is not None:
            self.keep_numbered(Series.JOB, view.job)
            self.overlapping |= {view.job.id} if overlap else set()

    @precondition(lambda self: self.all(Job))
    @rule(data=st.data(), die=dies)
    def move_job(self, data: st.DataObject, die: bool) -> None:
        job = self.some(data, Job)
        status = wish(data, JOB_TRANSITIONS, job.status)
        view = self.act(lambda uow: Jobs(uow).update_status(job.id, status), die=die)
        if view is not None:
            self.keep(view.job)
            # A job that comes back from a hold takes its old time again without asking.
            self.overlapping.add(job.id)

    @precondition(lambda self: self.all(Job))
    @rule(data=st.data(), hours=st.integers(1, 90), overlap=st.booleans(), die=dies)
    def reschedule(self, data: st.DataObject, hours: int, overlap: bool, die: bool) -> None:
        job, at = self.some(data, Job), self.world.clock.now() + timedelta(hours=hours)
        moved = self.act(lambda uow: Jobs(uow).reschedule(job.id, at, allow_overlap=overlap), die=die)
        if moved is not None:
            assert job.duration in (None, moved.view.job.duration)
            self.keep(moved.view.job)
            (self.overlapping.add if overlap else self.overlapping.discard)(job.id)


class PeopleLife(BusyLife):
    """Relationships, projects, follow-ups and reminders."""

    @rule(data=st.data(), die=dies)
    def relate(self, data: st.DataObject, die: bool) -> None:
        status = wish(data, RELATIONSHIPS, self.known[self.contact_id].relationship)
        self.keep(self.act(lambda uow: Contacts(uow).change_relationship(self.contact_id, status), die=die))

    @rule(budget=prices, die=dies)
    def plan(self, budget: Decimal, die: bool) -> None:
        new = NewProject("Bath", self.contact_id, estimated_budget=budget)
        report = self.act(lambda uow: Projects(uow).create(new), die=die)
        self.keep_numbered(Series.PROJECT, report and report.project)

    @precondition(lambda self: self.all(Project))
    @rule(data=st.data(), die=dies)
    def move_project(self, data: st.DataObject, die: bool) -> None:
        project = self.some(data, Project)
        status = wish(data, PROJECT_TRANSITIONS, project.status)
        report = self.act(lambda uow: Projects(uow).change_status(project.id, status), die=die)
        self.keep(report and report.project)

    @precondition(lambda self: self.all(Project))
    @rule(data=st.data(), percent=st.integers(-5, 110), cost=prices, die=dies)
    def work_on(self, data: st.DataObject, percent: int, cost: Decimal, die: bool) -> None:
        project = self.some(data, Project)
        report = self.act(lambda uow: Projects(uow).update_progress(project.id, percent), die=die)
        self.keep(report and report.project)
        report = self.act(lambda uow: Projects(uow).add_cost(project.id, cost), die=die)
        if report is not None:
            self.keep(report.project)
            assert report.budget_variance == project.budget_variance - cost

    @rule(days=st.integers(-1, 9), follow_up=st.booleans(), die=dies)
    def remember(self, days: int, follow_up: bool, die: bool) -> None:
        at = self.world.clock.now() + timedelta(days=days, hours=1)
        made = self.act(
            lambda uow: (
                Activities(uow).schedule_follow_up(self.contact_id, at, "call")
                if follow_up
                else Activities(uow).set_reminder("order pipe", at)
            ),
            die=die,
        )
        self.keep(made)

    @precondition(lambda self: self.all(Activity))
    @rule(data=st.data(), step=st.sampled_from(["complete", "cancel", "reschedule"]), die=dies)
    def finish(self, data: st.DataObject, step: str, die: bool) -> None:
        activity = self.some(data, Activity)
        arguments = (self.world.clock.now() + timedelta(days=2),) if step == "reschedule" else ()
        self.keep(self.act(lambda uow: getattr(Activities(uow), step)(activity.id, *arguments), die=die))

    @rule()
    def release_reminders(self) -> None:
        """Every due reminder leaves once; asking again releases nothing."""
        now = self.world.clock.now()
        due = {one.id: one.due_reminders(now) for one in self.all(Activity) if one.due_reminders(now)}
        released, again, stored = self.loop.run(self._released(due))
        assert (released, again) == (sum(map(len, due.values())), 0)
        for activity in stored:
            assert activity.due_reminders(now) == ()
            self.keep(activity)

    async def _released(self, due: dict[str, Any]) -> tuple[int, int, list[Activity]]:
        async with self.world.write() as uow:
            counts = [await Activities(uow).release_due() for _ in range(2)]
        async with self.world.read() as uow:
            return counts[0], counts[1], [await uow.activities.get(one) for one in due]


class MoneyLife(BooksLife):
    """Estimates with deposits and conversions, invoices with payments, refunds, late fees and reminders."""

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.world.clock.advance(timedelta(days=days))

    @rule(lines=lines, discount=discounts, tax=taxes, die=dies)
    def offer(self, lines: tuple[LineItem, ...], discount: Discount, tax: Tax, die: bool) -> None:
        new = NewEstimate(self.contact_id, "Repipe", lines, discount=discount, tax=tax)
        view = self.act(lambda uow: Estimates(uow).create(new), die=die)
        self.keep_numbered(Series.ESTIMATE, view and view.estimate)

    @precondition(lambda self: self.all(Estimate))
    @rule(data=st.data(), die=dies)
    def answer(self, data: st.DataObject, die: bool) -> None:
        estimate = self.some(data, Estimate)
        status = wish(data, ESTIMATE_TRANSITIONS, estimate.status_on(self.today))
        if status is EstimateStatus.CONVERTED:
            status = EstimateStatus.APPROVED
        view = self.act(lambda uow: Estimates(uow).update_status(estimate.id, status), die=die)
        self.keep(view and view.estimate)

    @rule(lines=lines, discount=discounts, tax=taxes, share=shares, convert=st.booleans())
    def win(
        self, lines: tuple[LineItem, ...], discount: Discount, tax: Tax, share: Decimal, convert: bool
    ) -> None:
        """The road that is meant: an offer is sent and approved, a deposit comes in, it becomes an invoice."""
        self.offer(lines=lines, discount=discount, tax=tax, die=False)
        estimate = self.all(Estimate)[-1]
        for status in (EstimateStatus.SENT, EstimateStatus.APPROVED):
            view = self.act(lambda uow, to=status: Estimates(uow).update_status(estimate.id, to))
            self.keep(view and view.estimate)
        if share < 1:
            self.deposit(self.known[estimate.id], share, die=False)
        if convert:
            self.turn_into_invoice(self.known[estimate.id], die=False)

    @precondition(lambda self: self.all(Estimate))
    @rule(data=st.data(), share=shares, die=dies)
    def take_deposit(self, data: st.DataObject, share: Decimal, die: bool) -> None:
        self.deposit(self.some(data, Estimate), share, die=die)

    def deposit(self, estimate: Estimate, share: Decimal, *, die: bool) -> None:
        amount = cents(estimate.totals.total * share)
        view = self.act(lambda uow: Estimates(uow).collect_deposit(estimate.id, amount), die=die)
        if view is not None:
            before, after = estimate.deposit.collected_amount, view.estimate.deposit.collected_amount
            assert after == before + amount <= estimate.totals.total
            self.keep(view.estimate)

    @precondition(lambda self: self.all(Estimate))
    @rule(data=st.data(), die=dies)
    def convert(self, data: st.DataObject, die: bool) -> None:
        self.turn_into_invoice(self.some(data, Estimate), die=die)

    def turn_into_invoice(self, estimate: Estimate, *, die: bool) -> None:
        if estimate.status is EstimateStatus.CONVERTED:
            assert not self.loop.run(self._converted_again(estimate))
            return
        conversion = self.act(lambda uow: Estimates(uow).convert(estimate.id), die=die)
        if conversion is not None:
            invoice = conversion.invoice.invoice
            assert (conversion.created, estimate.status) == (True, EstimateStatus.APPROVED)
            assert (invoice.totals, invoice.estimate_id) == (estimate.totals, estimate.id)
            self.keep(conversion.estimate.estimate)
            self.keep_numbered(Series.INVOICE, invoice)
            self.received[invoice.id] = estimate.deposit.collected_amount

    async def _converted_again(self, estimate: Estimate) -> bool:
        async with self.world.write() as uow:
            again = await Estimates(uow).convert(estimate.id)
        assert again.invoice.invoice.id == estimate.converted_invoice_id
        return again.created

    @rule(lines=lines, discount=discounts, tax=taxes, fee=rates, send=st.booleans(), die=dies)
    def bill(
        self, lines: tuple[LineItem, ...], discount: Discount, tax: Tax, fee: Decimal, send: bool, die: bool
    ) -> None:
        terms = InvoiceTerms(net_days=10, late_fee_percent=fee, grace_days=3)
        new = NewInvoice(self.contact_id, lines, discount=discount, tax=tax, terms=terms)
        view = self.act(lambda uow: Invoices(uow).create(new, send=send), die=die)
        if view is not None:
            self.keep_numbered(Series.INVOICE, view.invoice)
            self.received[view.invoice.id] = ZERO

    @precondition(lambda self: self.all(Invoice))
    @rule(data=st.data(), step=st.sampled_from(["send", "send", "send", "mark_viewed", "cancel"]), die=dies)
    def move_invoice(self, data: st.DataObject, step: str, die: bool) -> None:
        invoice = self.some(data, Invoice)
        view = self.act(lambda uow: getattr(Invoices(uow), step)(invoice.id), die=die)
        self.keep(view and view.invoice)

    @precondition(lambda self: self.all(Invoice))
    @rule(
        data=st.data(),
        share=st.one_of(st.just(Decimal(1)), shares),
        arrived=st.booleans(),
        back=st.integers(0, 9),
    )
    def pay(self, data: st.DataObject, share: Decimal, arrived: bool, back: int) -> None:
        unpaid = [one for one in self.all(Invoice) if one.status in UNPAID_INVOICES]
        invoice, today = data.draw(st.sampled_from(unpaid or self.all(Invoice))), self.today
        amount = cents(invoice.amount_due(today) * share)
        status = PaymentStatus.COMPLETED if arrived else PaymentStatus.PENDING
        details = {"method": PaymentMethod.CASH, "status": status, "date": today - timedelta(days=back)}
        view = self.act(
            lambda uow: Invoices(uow).record_payment(invoice.id, amount, **details), die=data.draw(dies)
        )
        if view is not None:
            self.keep(view.invoice)
            self.received[invoice.id] += amount if arrived else ZERO

    @precondition(lambda self: any(one.payments for one in self.all(Invoice)))
    @rule(data=st.data(), share=shares, status=st.sampled_from(PaymentStatus), die=dies)
    def move_money(self, data: st.DataObject, share: Decimal, status: PaymentStatus, die: bool) -> None:
        """Give a part of a payment back, or note what became of it."""
        invoice = data.draw(st.sampled_from([one for one in self.all(Invoice) if one.payments]))
        payment = data.draw(st.sampled_from(invoice.payments))
        amount = payment.amount if share > 1 else cents(payment.amount * share)
        is_refund = status in (PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED)
        view = self.act(
            lambda uow: (
                Invoices(uow).refund(invoice.id, payment.id, amount)
                if is_refund
                else Invoices(uow).update_payment(invoice.id, payment.id, status)
            ),
            die=die,
        )
        if view is not None:
            self.keep(view.invoice)
            arrived = payment.amount if status is PaymentStatus.COMPLETED else ZERO
            self.received[invoice.id] += -amount if is_refund else arrived

    @precondition(lambda self: self.all(Invoice))
    @rule(data=st.data(), hours=st.integers(0, 30), die=dies)
    def remind(self, data: st.DataObject, hours: int, die: bool) -> None:
        invoice = self.some(data, Invoice)
        now: datetime = self.world.clock.now() + timedelta(hours=hours)
        self.world.clock.advance(timedelta(hours=hours))
        sent = self.act(lambda uow: Invoices(uow).send_reminder(invoice.id), die=die)
        last = invoice.last_reminded_at
        may = invoice.status in UNPAID_INVOICES and (last is None or now >= last + REMINDER_PAUSE)
        assert (sent is not None) == (may and not die)
        if sent is not None:
            assert sent.view.invoice.reminders_sent == invoice.reminders_sent + 1
            self.keep(sent.view.invoice)


Fresh = Callable[[], AbstractContextManager[str]]


@pytest.fixture(params=database_kinds())
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Makes empty, migrated databases, one for each life."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        template: str = request.getfixturevalue("postgres_template")
        return lambda: server.copy_of(template)
    empty: Path = request.getfixturevalue("sqlite_template")

    @contextmanager
    def copied() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{shutil.copy(empty, folder)}"

    return copied


LIVES = settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("life", [JobsLife, PeopleLife, MoneyLife])
def test_no_sequence_of_operations_breaks_the_books(fresh: Fresh, life: type[BooksLife]) -> None:
    run_state_machine_as_test(lambda: life(fresh), settings=LIVES)
