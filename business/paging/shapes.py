"""How entities look in JSON: plain dictionaries with stable names. Money is text with two places, times are UTC.

Shapes only; nothing here reads, decides or hides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from business.entities.addresses import Address
from business.entities.contacts import Contact
from business.entities.documents import ClientSnapshot, StatusChange
from business.entities.estimates import Estimate
from business.entities.invoices import Invoice
from business.entities.jobs import Job
from business.entities.payments import Payment
from business.entities.projects import Project
from business.money import Discount, LineItem, Tax, Totals, cents

Shape = dict[str, Any]


def money(amount: Decimal) -> str:
    """An amount with two places."""
    return f"{cents(amount):f}"


def number(value: Decimal) -> str:
    """A quantity or percentage without trailing zeros or an exponent."""
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, as in ``2026-05-13T20:00:00Z``."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(on: date | None) -> str | None:
    """ISO 8601."""
    return None if on is None else on.isoformat()


def contact_shape(contact: Contact) -> Shape:
    """A contact."""
    value = contact.estimated_value
    return {
        "id": contact.id,
        "display_name": contact.display_name,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "company_name": contact.company_name,
        "email": contact.email,
        "phone": contact.phone,
        "mobile": contact.mobile,
        "type": contact.type.value,
        "status": contact.status.value,
        "relationship": contact.relationship.value,
        "lifecycle": contact.lifecycle.value,
        "priority": contact.priority.value,
        "source": contact.source,
        "assigned_to": contact.assigned_to,
        "estimated_value": None if value is None else money(value),
        "tags": list(contact.tags),
        "address": _address(contact.address),
        "notes": contact.notes,
        "last_contacted": moment(contact.last_contacted),
        "created_at": moment(contact.created_at),
        "updated_at": moment(contact.updated_at),
    }


def job_shape(job: Job, names: Mapping[str, str], now: datetime) -> Shape:
    """A job; ``names`` are display names of contacts by id."""
    return {
        "id": job.id,
        "number": job.number,
        "title": job.title,
        "description": job.description,
        "type": job.type.value,
        "status": job.status.value,
        "priority": job.priority.value,
        "source": job.source.value,
        "contact": _whose(job.contact_id, names),
        "project_id": job.project_id,
        "address": _address(job.address),
        "scheduled_start": moment(job.scheduled_start),
        "scheduled_end": moment(job.scheduled_end),
        "actual_start": moment(job.actual_start),
        "actual_end": moment(job.actual_end),
        "is_overdue": job.is_overdue(now),
        "assigned_users": list(job.assigned_users),
        "tags": list(job.tags),
        "price": None if job.cost is None else money(job.cost.price),
        "created_at": moment(job.created_at),
        "updated_at": moment(job.updated_at),
    }


def job_details(job: Job, names: Mapping[str, str], now: datetime) -> Shape:
    """A job with everything that belongs to it."""
    hours = {name: getattr(job.time, name) for name in ("estimated_hours", "actual_hours", "billable_hours")}
    cost = job.cost
    return job_shape(job, names, now) | {
        "notes": job.notes,
        "customer_requirements": job.customer_requirements,
        "completion_notes": job.completion_notes,
        "time": {name: None if value is None else number(value) for name, value in hours.items()}
        | {"break_minutes": job.time.break_minutes},
        "cost": None
        if cost is None
        else {
            "labour": money(cost.labour),
            "material": money(cost.material),
            "equipment": money(cost.equipment),
            "overhead": money(cost.overhead),
            "markup_percent": number(cost.markup_percent),
            "tax_percent": number(cost.tax_percent),
            "discount": money(cost.discount),
            "price": money(cost.price),
        },
    }


def project_shape(project: Project, names: Mapping[str, str], today: date) -> Shape:
    """A project."""
    return {
        "id": project.id,
        "number": project.number,
        "name": project.name,
        "description": project.description,
        "type": project.type.value,
        "status": project.status.value,
        "priority": project.priority.value,
        "contact": _whose(project.contact_id, names),
        "start_date": day(project.start_date),
        "end_date": day(project.end_date),
        "completed_on": day(project.completed_on),
        "is_overdue": project.is_overdue(today),
        "estimated_budget": money(project.estimated_budget),
        "actual_cost": money(project.actual_cost),
        "budget_variance": money(project.budget_variance),
        "progress_percent": project.progress_percent,
        "manager": project.manager,
        "team": list(project.team),
        "tags": list(project.tags),
        "address": _address(project.address),
        "created_at": moment(project.created_at),
        "updated_at": moment(project.updated_at),
    }


def project_details(project: Project, names: Mapping[str, str], today: date) -> Shape:
    """A project with its notes, progress and milestones."""
    return project_shape(project, names, today) | {
        "notes": project.notes,
        "progress_log": [
            {"at": moment(one.at), "percent": one.percent, "by": one.by, "notes": one.notes}
            for one in project.progress_log
        ],
        "milestones": [
            {"id": one.id, "name": one.name, "due": day(one.due), "completed_on": day(one.completed_on)}
            for one in project.milestones
        ],
    }


def estimate_shape(estimate: Estimate, names: Mapping[str, str], today: date) -> Shape:
    """An estimate; ``status`` is the effective one, so that an offer past its date is expired."""
    total = estimate.totals.total
    return {
        "id": estimate.id,
        "number": estimate.number,
        "document_type": estimate.document_type.value,
        "title": estimate.title,
        "description": estimate.description,
        "status": estimate.status_on(today).value,
        "contact": _whose(estimate.contact_id, names),
        "valid_until": day(estimate.valid_until),
        "totals": _totals(estimate.totals),
        "deposit_required": money(estimate.deposit.required(total)),
        "deposit_collected": money(estimate.deposit.collected_amount),
        "job_id": estimate.job_id,
        "project_id": estimate.project_id,
        "po_number": estimate.po_number,
        "converted_invoice_id": estimate.converted_invoice_id,
        "sent_at": moment(estimate.sent_at),
        "created_at": moment(estimate.created_at),
        "updated_at": moment(estimate.updated_at),
    }


def estimate_details(estimate: Estimate, names: Mapping[str, str], today: date) -> Shape:
    """An estimate with its lines, terms and history."""
    terms = estimate.terms
    return estimate_shape(estimate, names, today) | {
        **_document(estimate.client, estimate.lines, estimate.discount, estimate.tax, estimate.history),
        "terms": {
            "validity_days": terms.validity_days,
            "warranty": terms.warranty,
            "payment_terms": terms.payment_terms,
        },
    }


def invoice_shape(invoice: Invoice, names: Mapping[str, str], today: date) -> Shape:
    """An invoice as of ``today``."""
    return {
        "id": invoice.id,
        "number": invoice.number,
        "title": invoice.title,
        "description": invoice.description,
        "status": invoice.status.value,
        "contact": _whose(invoice.contact_id, names),
        "issue_date": day(invoice.issue_date),
        "due_date": day(invoice.due_date),
        "paid_date": day(invoice.paid_date),
        "is_overdue": invoice.is_overdue(today),
        "totals": _totals(invoice.totals),
        "late_fee": money(invoice.late_fee(today)),
        "net_paid": money(invoice.net_paid),
        "amount_due": money(invoice.amount_due(today)),
        "estimate_id": invoice.estimate_id,
        "job_id": invoice.job_id,
        "project_id": invoice.project_id,
        "po_number": invoice.po_number,
        "sent_at": moment(invoice.sent_at),
        "last_reminded_at": moment(invoice.last_reminded_at),
        "created_at": moment(invoice.created_at),
        "updated_at": moment(invoice.updated_at),
    }


def invoice_details(invoice: Invoice, names: Mapping[str, str], today: date) -> Shape:
    """An invoice with its lines, payments, terms and history."""
    terms = invoice.terms
    return invoice_shape(invoice, names, today) | {
        **_document(invoice.client, invoice.lines, invoice.discount, invoice.tax, invoice.history),
        "payments": [_payment(payment) for payment in invoice.payments],
        "terms": {
            "net_days": terms.net_days,
            "early_discount_percent": number(terms.early_discount_percent),
            "discount_days": terms.discount_days,
            "late_fee_percent": number(terms.late_fee_percent),
            "grace_days": terms.grace_days,
            "text": terms.text,
        },
    }


def _whose(contact_id: str | None, names: Mapping[str, str]) -> Shape | None:
    return None if contact_id is None else {"id": contact_id, "name": names.get(contact_id, "")}


def _address(address: Address) -> Shape:
    names = ("street", "city", "state", "postal_code", "country")
    return {name: getattr(address, name) for name in names}


def _totals(totals: Totals) -> Shape:
    names = ("subtotal", "line_discounts", "document_discount", "tax", "total")
    return {name: money(getattr(totals, name)) for name in names}


def _document(
    client: ClientSnapshot,
    lines: tuple[LineItem, ...],
    discount: Discount,
    tax: Tax,
    history: tuple[StatusChange, ...],
) -> Shape:
    """What estimates and invoices share."""
    return {
        "client": {
            "name": client.name,
            "email": client.email,
            "phone": client.phone,
            "address": client.address,
        },
        "lines": [_line(line) for line in lines],
        "discount": _reduction(discount),
        "tax": _reduction(tax),
        "history": [
            {"status": one.status, "at": moment(one.at), "by": one.by, "notes": one.notes} for one in history
        ],
    }


def _line(line: LineItem) -> Shape:
    return {
        "description": line.description,
        "quantity": number(line.quantity),
        "unit": line.unit,
        "unit_price": money(line.unit_price),
        "discount": _reduction(line.discount),
        "tax_rate": None if line.tax_rate is None else number(line.tax_rate),
        "net": money(line.net),
    }


def _reduction(value: Discount | Tax) -> Shape:
    return {"type": value.type.value, "value": number(value.value)}


def _payment(payment: Payment) -> Shape:
    return {
        "id": payment.id,
        "amount": money(payment.amount),
        "refunded_amount": money(payment.refunded_amount),
        "method": payment.method.value,
        "status": payment.status.value,
        "paid_on": day(payment.paid_on),
        "reference": payment.reference,
        "notes": payment.notes,
        "is_deposit": payment.is_deposit,
    }
