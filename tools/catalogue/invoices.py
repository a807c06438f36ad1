"""Contracts of the invoice tools."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from business.entities.memberships import Permission
from tools.arguments import Amount, ContactRef, InvoiceRef, JobRef, SpokenDate
from tools.spec import Arguments, Asks, Effect, ToolSpec, Topic


class CreateInvoice(Arguments):
    """Arguments of create_invoice."""

    contact: Annotated[
        ContactRef | None, Field(description="Whom to bill; left out when a job is given: the job's contact.")
    ] = None
    description: Annotated[
        str, Field(max_length=2000, description="What is charged for, in the user's words; may be empty.")
    ] = ""
    amount: Amount
    due_date: SpokenDate | None = None
    job: JobRef | None = None


class GetInvoiceStatus(Arguments):
    """Arguments of get_invoice_status."""

    invoice: InvoiceRef


class SendInvoiceReminder(Arguments):
    """Arguments of send_invoice_reminder."""

    invoice: InvoiceRef


class GetPendingInvoices(Arguments):
    """get_pending_invoices takes nothing."""


SPECS = (
    ToolSpec(
        name="create_invoice",
        description="Bill a contact or a job an amount; the invoice is created and sent after a yes.",
        examples=(
            "Invoice the Delgados four hundred fifty for the drain",
            "Charge Kessler Bakery twelve hundred, due at the end of the month",
        ),
        topic=Topic.INVOICE,
        effect=Effect.WRITE,
        arguments=CreateInvoice,
        permission=Permission.CREATE_INVOICES,
        asks=Asks.ALWAYS,
    ),
    ToolSpec(
        name="get_invoice_status",
        description="Tell whether an invoice is paid, what is due and when.",
        examples=("Did the bakery pay yet?", "What's still open on invoice twelve?"),
        topic=Topic.INVOICE,
        effect=Effect.READ,
        arguments=GetInvoiceStatus,
        permission=Permission.VIEW_INVOICES,
    ),
    ToolSpec(
        name="send_invoice_reminder",
        description="Remind a contact of an unpaid invoice.",
        examples=("Send the Delgados a payment reminder", "Chase the bakery for that money"),
        topic=Topic.INVOICE,
        effect=Effect.WRITE,
        arguments=SendInvoiceReminder,
        permission=Permission.EDIT_INVOICES,
        asks=Asks.ALWAYS,
    ),
    ToolSpec(
        name="get_pending_invoices",
        description="List who still owes money, and how much.",
        examples=("Which bills are still open?", "How much money is outstanding?"),
        topic=Topic.INVOICE,
        effect=Effect.READ,
        arguments=GetPendingInvoices,
        permission=Permission.VIEW_INVOICES,
    ),
)
