"""What the read API answers with, for its description; the content itself comes ready from the desk.

Money is text with two places, times are ISO 8601 in UTC, days are ISO 8601 in the business's calendar.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
MONEY = r"^-?\d+\.\d{2}$"


class Shown(BaseModel):
    """Exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class PageShown(Shown, Generic[Item]):
    """One page, the newest first."""

    items: list[Item]
    next_cursor: str | None = Field(description="Give it back to read on; null at the end")


class AddressShown(Shown):
    """Where something is."""

    street: str
    city: str
    state: str
    postal_code: str
    country: str


class WhoseShown(Shown):
    """The contact that something belongs to."""

    id: str
    name: str


class ContactShown(Shown):
    """A person or company."""

    id: str
    display_name: str
    first_name: str
    last_name: str
    company_name: str
    email: str | None
    phone: str | None = Field(description="E.164")
    mobile: str | None = Field(description="E.164")
    type: str
    status: str
    relationship: str
    lifecycle: str
    priority: str
    source: str
    assigned_to: str | None = Field(description="User id")
    estimated_value: str | None = Field(pattern=MONEY)
    tags: list[str]
    address: AddressShown
    notes: str
    last_contacted: datetime | None
    created_at: datetime
    updated_at: datetime


class JobShown(Shown):
    """A job in a list."""

    id: str
    number: str
    title: str
    description: str
    type: str
    status: str
    priority: str
    source: str
    contact: WhoseShown | None
    project_id: str | None
    address: AddressShown
    scheduled_start: datetime | None
    scheduled_end: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    is_overdue: bool
    assigned_users: list[str]
    tags: list[str]
    price: str | None = Field(pattern=MONEY)
    created_at: datetime
    updated_at: datetime


class TimeShown(Shown):
    """Hours of a job."""

    estimated_hours: str | None
    actual_hours: str | None
    billable_hours: str | None
    break_minutes: int


class CostShown(Shown):
    """What a job is expected to cost."""

    labour: str
    material: str
    equipment: str
    overhead: str
    markup_percent: str
    tax_percent: str
    discount: str
    price: str = Field(pattern=MONEY)


class JobDetails(JobShown):
    """A job with all its parts."""

    notes: str
    customer_requirements: str
    completion_notes: str
    time: TimeShown
    cost: CostShown | None


class ProjectShown(Shown):
    """A project in a list."""

    id: str
    number: str
    name: str
    description: str
    type: str
    status: str
    priority: str
    contact: WhoseShown
    start_date: date | None
    end_date: date | None
    completed_on: date | None
    is_overdue: bool
    estimated_budget: str = Field(pattern=MONEY)
    actual_cost: str = Field(pattern=MONEY)
    budget_variance: str = Field(pattern=MONEY)
    progress_percent: int
    manager: str | None
    team: list[str]
    tags: list[str]
    address: AddressShown
    created_at: datetime
    updated_at: datetime


class ProgressShown(Shown):
    """One report of progress."""

    at: datetime
    percent: int
    by: str
    notes: str


class MilestoneShown(Shown):
    """A step that the client can see."""

    id: str
    name: str
    due: date | None
    completed_on: date | None


class ProjectDetails(ProjectShown):
    """A project with all its parts."""

    notes: str
    progress_log: list[ProgressShown]
    milestones: list[MilestoneShown]


class TotalsShown(Shown):
    """What a document adds up to."""

    subtotal: str = Field(pattern=MONEY)
    line_discounts: str = Field(pattern=MONEY)
    document_discount: str = Field(pattern=MONEY)
    tax: str = Field(pattern=MONEY)
    total: str = Field(pattern=MONEY)


class EstimateShown(Shown):
    """An estimate in a list."""

    id: str
    number: str
    document_type: str
    title: str
    description: str
    status: str = Field(description="Effective: an offer past its date is expired")
    contact: WhoseShown
    valid_until: date
    totals: TotalsShown
    deposit_required: str = Field(pattern=MONEY)
    deposit_collected: str = Field(pattern=MONEY)
    job_id: str | None
    project_id: str | None
    po_number: str | None
    converted_invoice_id: str | None
    sent_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ReductionShown(Shown):
    """A discount or a tax: per cent or an amount, by type."""

    type: str
    value: str


class LineShown(Shown):
    """One priced line."""

    description: str
    quantity: str
    unit: str
    unit_price: str = Field(pattern=MONEY)
    discount: ReductionShown
    tax_rate: str | None
    net: str = Field(pattern=MONEY)


class ClientShown(Shown):
    """The client as they were when the document was made."""

    name: str
    email: str | None
    phone: str | None
    address: str


class StepShown(Shown):
    """One step in a document's life."""

    status: str
    at: datetime
    by: str
    notes: str


class EstimateTermsShown(Shown):
    """Conditions of the offer."""

    validity_days: int
    warranty: str
    payment_terms: str


class EstimateDetails(EstimateShown):
    """An estimate with all its parts."""

    client: ClientShown
    lines: list[LineShown]
    discount: ReductionShown
    tax: ReductionShown
    history: list[StepShown]
    terms: EstimateTermsShown


class InvoiceShown(Shown):
    """An invoice in a list, as of today."""

    id: str
    number: str
    title: str
    description: str
    status: str
    contact: WhoseShown
    issue_date: date
    due_date: date
    paid_date: date | None
    is_overdue: bool
    totals: TotalsShown
    late_fee: str = Field(pattern=MONEY)
    net_paid: str = Field(pattern=MONEY)
    amount_due: str = Field(pattern=MONEY)
    estimate_id: str | None
    job_id: str | None
    project_id: str | None
    po_number: str | None
    sent_at: datetime | None
    last_reminded_at: datetime | None
    created_at: datetime
    updated_at: datetime


class PaymentShown(Shown):
    """One payment."""

    id: str
    amount: str = Field(pattern=MONEY)
    refunded_amount: str = Field(pattern=MONEY)
    method: str
    status: str
    paid_on: date
    reference: str | None
    notes: str
    is_deposit: bool


class InvoiceTermsShown(Shown):
    """Conditions of payment."""

    net_days: int
    early_discount_percent: str
    discount_days: int
    late_fee_percent: str
    grace_days: int
    text: str


class InvoiceDetails(InvoiceShown):
    """An invoice with all its parts."""

    client: ClientShown
    lines: list[LineShown]
    discount: ReductionShown
    tax: ReductionShown
    history: list[StepShown]
    payments: list[PaymentShown]
    terms: InvoiceTermsShown


class RefusalShown(Shown):
    """Why a row was not imported."""

    line: int = Field(description="Of the file, counted from 1")
    column: str = Field(description="Our name of it; empty when it is about the whole row")
    code: str
    reason: str
    value: str


class ImportReport(Shown):
    """What an import did. Records are contacts, jobs or invoices; an invoice may take several rows."""

    kind: str
    dry_run: bool
    import_id: str = Field(description="Send it as Idempotency-Key to repeat an import that was cut off")
    rows: int
    created: int
    unchanged: int = Field(description="Were there already, just so")
    refused: int
    refusals: list[RefusalShown] = Field(description="The first 1,000 reasons")
    refusals_left_off: int
    ignored_columns: list[str]
