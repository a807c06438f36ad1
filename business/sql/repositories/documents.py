"""Repositories of estimates and of invoices with their payments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, bindparam, select

from business.entities.estimates import Estimate, EstimateStatus
from business.entities.invoices import Invoice, InvoiceStatus
from business.entities.numbers import sequence_of
from business.entities.payments import Payment
from business.read_models import InvoiceDigest
from business.sql.repositories.entity_repository import EntityRepository, rows_by_number
from business.sql.tables import ContactRow, EstimateRow, InvoiceRow, PaymentRow
from business.sql.tenancy import prepared


class SqlEstimates(EntityRepository[Estimate, EstimateRow]):
    """Estimates and quotes."""

    entity_class = Estimate
    row_class = EstimateRow
    kind = "estimate"

    async def by_number(self, number: str) -> tuple[Estimate, ...]:
        """As for jobs."""
        ids = await rows_by_number(self._session, EstimateRow, number, sequence_of(number))
        if not ids:
            return ()
        statement = select(EstimateRow).where(EstimateRow.id.in_(ids)).order_by(EstimateRow.sequence.desc())
        return await self._all(statement)

    async def with_status(
        self, statuses: Collection[EstimateStatus], *, limit: int = 200
    ) -> tuple[Estimate, ...]:
        """Estimates in these stored statuses, the soonest to expire first."""
        statement = select(EstimateRow).where(EstimateRow.status.in_(statuses))
        return await self._all(statement.order_by(EstimateRow.valid_until, EstimateRow.number).limit(limit))

    async def of_contacts(self, contact_ids: Collection[str], *, limit: int = 20) -> tuple[Estimate, ...]:
        """Estimates of these contacts, the newest first."""
        statement = select(EstimateRow).where(EstimateRow.contact_id.in_(contact_ids))
        return await self._all(statement.order_by(EstimateRow.created_at.desc()).limit(limit))

    def _derived(self, entity: Estimate) -> dict[str, Any]:
        return {"sequence": sequence_of(entity.number), "total": entity.totals.total}


class SqlPayments(EntityRepository[Payment, PaymentRow]):
    """Payments, as parts of invoices."""

    entity_class = Payment
    row_class = PaymentRow
    kind = "payment"

    async def of_invoices(self, invoice_ids: Collection[str]) -> dict[str, tuple[Payment, ...]]:
        """Payments by invoice, the oldest first."""
        statement = select(PaymentRow).where(PaymentRow.invoice_id.in_(invoice_ids))
        payments: dict[str, tuple[Payment, ...]] = {}
        for payment in await self._all(statement.order_by(PaymentRow.recorded_at, PaymentRow.id)):
            payments[payment.invoice_id] = (*payments.get(payment.invoice_id, ()), payment)
        return payments

    async def write(self, payments: Collection[Payment]) -> None:
        """Write the payments of an invoice: new ones are added, known ones changed."""
        ids = [payment.id for payment in payments]
        known = set(await self._session.scalars(select(PaymentRow.id).where(PaymentRow.id.in_(ids))))
        new = [payment for payment in payments if payment.id not in known]
        if new:
            await self.add_all(new)
        for payment in payments:
            if payment.id in known:
                await self.save(payment)


class SqlInvoices(EntityRepository[Invoice, InvoiceRow]):
    """Invoices with their payments."""

    entity_class = Invoice
    row_class = InvoiceRow
    kind = "invoice"

    async def add_all(self, entities: Collection[Invoice]) -> None:
        """Write new invoices and their payments. Raises ValidationFailed."""
        await super().add_all(entities)
        payments = [payment for invoice in entities for payment in invoice.payments]
        if payments:
            await self._payments.add_all(payments)

    async def save(self, entity: Invoice) -> None:
        """Write a changed invoice and its payments. Raises NotFound, ValidationFailed."""
        await super().save(entity)
        if entity.payments:
            await self._payments.write(entity.payments)

    async def by_number(self, number: str) -> tuple[Invoice, ...]:
        """As for jobs."""
        ids = await rows_by_number(self._session, InvoiceRow, number, sequence_of(number))
        if not ids:
            return ()
        statement = select(InvoiceRow).where(InvoiceRow.id.in_(ids)).order_by(InvoiceRow.sequence.desc())
        return await self._all(statement)

    async def of_estimate(self, estimate_id: str) -> Invoice | None:
        """The invoice made from an estimate."""
        found = await self._all(select(InvoiceRow).where(InvoiceRow.estimate_id == estimate_id))
        return found[0] if found else None

    async def of_contacts(
        self,
        contact_ids: Collection[str],
        *,
        statuses: Collection[InvoiceStatus] | None = None,
        limit: int = 20,
    ) -> tuple[Invoice, ...]:
        """Invoices of these contacts, the newest first."""
        statement = select(InvoiceRow).where(InvoiceRow.contact_id.in_(contact_ids))
        if statuses is not None:
            statement = statement.where(InvoiceRow.status.in_(statuses))
        ordered = statement.order_by(InvoiceRow.issue_date.desc(), InvoiceRow.number.desc())
        return await self._all(ordered.limit(limit))

    async def digests(
        self, statuses: Collection[InvoiceStatus], *, contact_id: str | None = None
    ) -> tuple[InvoiceDigest, ...]:
        """Invoices in these statuses without their lines, the soonest due first."""
        parameters: dict[str, Any] = {"statuses": list(statuses)}
        if contact_id is None:
            rows = await self._session.execute(_DIGESTS, parameters)
        else:
            rows = await self._session.execute(_DIGESTS_OF_CONTACT, parameters | {"contact": contact_id})
        return tuple([InvoiceDigest(*row) for row in rows])

    @property
    def _payments(self) -> SqlPayments:
        return SqlPayments(self._session, self._tenant)

    async def _entity(self, row: InvoiceRow) -> Invoice:
        payments = await self._payments.of_invoices((row.id,))
        return self.from_row(row, payments=payments.get(row.id, ()))

    async def _all(self, statement: Select[Any]) -> tuple[Invoice, ...]:
        rows = list(await self._session.scalars(statement))
        payments = await self._payments.of_invoices([row.id for row in rows])
        return tuple([self.from_row(row, payments=payments.get(row.id, ())) for row in rows])

    def _derived(self, entity: Invoice) -> dict[str, Any]:
        return {
            "sequence": sequence_of(entity.number),
            "total": entity.totals.total,
            "net_paid": entity.net_paid,
            "paid_in_time": entity.paid_in_time,
        }


def _digests(*conditions: Any) -> Any:
    return prepared(
        select(
            InvoiceRow.id,
            InvoiceRow.number,
            InvoiceRow.contact_id,
            ContactRow.display_name,
            InvoiceRow.title,
            InvoiceRow.status,
            InvoiceRow.issue_date,
            InvoiceRow.due_date,
            InvoiceRow.total,
            InvoiceRow.net_paid,
            InvoiceRow.paid_in_time,
            InvoiceRow.terms,
        )
        .join(ContactRow, ContactRow.id == InvoiceRow.contact_id)
        .where(InvoiceRow.status.in_(bindparam("statuses", expanding=True)), *conditions)
        .order_by(InvoiceRow.due_date, InvoiceRow.number)
    )


_DIGESTS = _digests()
_DIGESTS_OF_CONTACT = _digests(InvoiceRow.contact_id == bindparam("contact"))
