"""Tables of estimates, invoices and payments. Columns are named as the entities' fields.

Lines and histories are JSON: a document is read and written as a whole, and no query looks inside them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from business.entities.documents import ClientSnapshot, StatusChange
from business.entities.estimates import Deposit, DocumentType, EstimateStatus, EstimateTerms
from business.entities.invoices import InvoiceStatus, InvoiceTerms
from business.entities.payments import PaymentMethod, PaymentStatus
from business.money import Discount, LineItem, Tax
from business.sql.base import ID, EntityRow, of_business, within_tenant
from business.sql.types import EnumText, Money, TypedJson, UtcDateTime

LINES = tuple[LineItem, ...]
HISTORY = tuple[StatusChange, ...]


class EstimateRow(EntityRow):
    """One estimate or quote. ``total`` and ``sequence`` are derived on every save."""

    __tablename__ = "estimate"
    __table_args__ = (
        of_business(),
        within_tenant("contact_id", "contact"),
        within_tenant("job_id", "job"),
        within_tenant("project_id", "project"),
        UniqueConstraint("business_id", "number"),
        Index(None, "business_id", "sequence"),
        Index(None, "business_id", "status", "valid_until"),
        Index(None, "business_id", "contact_id", "status"),
    )

    number: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int | None] = mapped_column(Integer)
    document_type: Mapped[DocumentType] = mapped_column(EnumText(DocumentType))
    contact_id: Mapped[str] = mapped_column(ID)
    client: Mapped[ClientSnapshot] = mapped_column(TypedJson(ClientSnapshot))
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[EstimateStatus] = mapped_column(EnumText(EstimateStatus))
    lines: Mapped[tuple[LineItem, ...]] = mapped_column(TypedJson(LINES))
    discount: Mapped[Discount] = mapped_column(TypedJson(Discount))
    tax: Mapped[Tax] = mapped_column(TypedJson(Tax))
    terms: Mapped[EstimateTerms] = mapped_column(TypedJson(EstimateTerms))
    deposit: Mapped[Deposit] = mapped_column(TypedJson(Deposit))
    valid_until: Mapped[date]
    job_id: Mapped[str | None] = mapped_column(ID)
    project_id: Mapped[str | None] = mapped_column(ID)
    po_number: Mapped[str | None] = mapped_column(String(64))
    converted_invoice_id: Mapped[str | None] = mapped_column(ID)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    history: Mapped[tuple[StatusChange, ...]] = mapped_column(TypedJson(HISTORY))
    total: Mapped[Decimal] = mapped_column(Money)
    created_by: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InvoiceRow(EntityRow):
    """One invoice. ``total``, ``net_paid``, ``paid_in_time``, ``sequence`` are derived on every save."""

    __tablename__ = "invoice"
    __table_args__ = (
        of_business(),
        within_tenant("contact_id", "contact"),
        within_tenant("job_id", "job"),
        within_tenant("project_id", "project"),
        within_tenant("estimate_id", "estimate"),
        UniqueConstraint("business_id", "number"),
        # One estimate becomes one invoice, whatever races for it.
        UniqueConstraint("business_id", "estimate_id"),
        Index(None, "business_id", "sequence"),
        Index(None, "business_id", "status", "due_date"),
        Index(None, "business_id", "contact_id", "status"),
    )

    number: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int | None] = mapped_column(Integer)
    contact_id: Mapped[str] = mapped_column(ID)
    client: Mapped[ClientSnapshot] = mapped_column(TypedJson(ClientSnapshot))
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[InvoiceStatus] = mapped_column(EnumText(InvoiceStatus))
    lines: Mapped[tuple[LineItem, ...]] = mapped_column(TypedJson(LINES))
    discount: Mapped[Discount] = mapped_column(TypedJson(Discount))
    tax: Mapped[Tax] = mapped_column(TypedJson(Tax))
    terms: Mapped[InvoiceTerms] = mapped_column(TypedJson(InvoiceTerms))
    estimate_id: Mapped[str | None] = mapped_column(ID)
    job_id: Mapped[str | None] = mapped_column(ID)
    project_id: Mapped[str | None] = mapped_column(ID)
    po_number: Mapped[str | None] = mapped_column(String(64))
    issue_date: Mapped[date]
    due_date: Mapped[date]
    paid_date: Mapped[date | None]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminders_sent: Mapped[int]
    history: Mapped[tuple[StatusChange, ...]] = mapped_column(TypedJson(HISTORY))
    total: Mapped[Decimal] = mapped_column(Money)
    net_paid: Mapped[Decimal] = mapped_column(Money)
    paid_in_time: Mapped[Decimal] = mapped_column(Money)
    created_by: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PaymentRow(EntityRow):
    """One payment on an invoice."""

    __tablename__ = "payment"
    __table_args__ = (
        of_business(),
        within_tenant("invoice_id", "invoice"),
        Index(None, "business_id", "invoice_id"),
        Index(None, "business_id", "paid_on"),
    )

    invoice_id: Mapped[str] = mapped_column(ID)
    amount: Mapped[Decimal] = mapped_column(Money)
    refunded_amount: Mapped[Decimal] = mapped_column(Money)
    method: Mapped[PaymentMethod] = mapped_column(EnumText(PaymentMethod))
    status: Mapped[PaymentStatus] = mapped_column(EnumText(PaymentStatus))
    paid_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(String(100))
    notes: Mapped[str] = mapped_column(Text)
    is_deposit: Mapped[bool]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(ID)
