"""The invoice tools: bill, ask, remind, list. What moves money or leaves the house is read back first."""

from __future__ import annotations

from datetime import date
from typing import Any

from business.entities.invoices import InvoiceStatus
from business.money import LineItem
from business.use_cases.invoices import Invoices, InvoiceView, NewInvoice
from tools.catalogue.invoices import CreateInvoice, GetInvoiceStatus, GetPendingInvoices, SendInvoiceReminder
from tools.context import Done, Handler, ToolContext
from tools.handlers.payer import resolve_payer
from tools.references.documents import invoice_focus, resolve_invoice
from tools.references.jobs import resolve_job
from tools.spoken.say import capitalise, say_count, say_day, say_document
from tools.values import amount_of, future_day


async def create_invoice(ctx: ToolContext, args: CreateInvoice) -> Done:
    """Create an invoice and send it, after a yes."""
    job = await resolve_job(ctx, args.job) if args.job else None
    contact = await resolve_payer(ctx, args.contact, job, "Who should I bill?")
    amount = amount_of(args.amount)
    ctx.check_driving_limit(amount)
    due = future_day(ctx, args.due_date, "due_date") if args.due_date else None
    what = args.description.strip() or (job.job.title if job is not None else "")
    due_said = f", due {say_day(due, ctx.uow.today)}" if due is not None else ", due in 30 days"
    about = f", {what[:80].rstrip('.')}" if what and not ctx.call.caller.is_driving else ""
    ctx.confirm(
        f"Invoice to {contact.display_name} for {ctx.money(amount)}{about}{due_said}. Shall I send it?"
    )
    title = capitalise(what) or "Services"
    new = NewInvoice(
        contact_id=contact.id,
        lines=(LineItem(title[:500], unit_price=amount),),
        title=title[:300],
        due_date=due,
        job_id=job.job.id if job is not None else None,
    )
    view = await Invoices(ctx.uow).create(new, send=True)
    number = capitalise(say_document(view.invoice.number))
    due_on = say_day(view.invoice.due_date, ctx.uow.today)
    summary = f"{number} over {ctx.money(amount)} is on its way to {contact.display_name}, due {due_on}."
    return Done(summary, {"invoice": invoice_data(ctx, view)}, invoice_focus(view))


async def get_invoice_status(ctx: ToolContext, args: GetInvoiceStatus) -> Done:
    """Tell whether an invoice is paid."""
    view = await resolve_invoice(ctx, args.invoice)
    return Done(_status(ctx, view), {"invoice": invoice_data(ctx, view)}, invoice_focus(view))


async def send_invoice_reminder(ctx: ToolContext, args: SendInvoiceReminder) -> Done:
    """Remind a client of an unpaid invoice, after a yes."""
    view = await resolve_invoice(ctx, args.invoice)
    invoices = Invoices(ctx.uow)
    planned = await invoices.check_reminder(view.invoice.id)
    way = {"email": "an email", "sms": "a text"}.get(planned.channel, "a message")
    number = say_document(view.invoice.number)
    ctx.confirm(
        f"I'll send {view.contact_name} {way} about {number}, {ctx.money(view.amount_due)} open. Shall I send it?"
    )
    sent = await invoices.send_reminder(view.invoice.id)
    data = {"invoice": invoice_data(ctx, sent.view), "channel": sent.channel, "message_id": sent.message_id}
    summary = f"The reminder for {number} is on its way to {view.contact_name}."
    return Done(summary, data, invoice_focus(sent.view))


async def get_pending_invoices(ctx: ToolContext, args: GetPendingInvoices) -> Done:
    """Tell who owes what, the longest overdue first."""
    pending = await Invoices(ctx.uow).pending()
    today = ctx.uow.today
    listed = sorted(pending.invoices, key=lambda one: (one.due_date, one.number))
    data: dict[str, Any] = {
        "count": len(listed),
        "total_due": str(pending.total_due),
        "overdue_due": str(pending.overdue_due),
        "overdue_count": pending.overdue_count,
        "invoices": [
            {
                "id": one.id,
                "number": one.number,
                "contact": one.contact_name,
                "amount_due": str(one.amount_due(today)),
                "due_date": one.due_date.isoformat(),
                "overdue": one.is_overdue(today),
            }
            for one in listed[:20]
        ],
    }
    if not listed:
        return Done("Nobody owes you anything right now.", data)
    head = f"You're owed {ctx.round_money(pending.total_due)} on {say_count(len(listed), 'invoice')}"
    if pending.overdue_count:
        head += f", {ctx.round_money(pending.overdue_due)} of it overdue"
    items = [f"{one.contact_name} {ctx.round_money(one.amount_due(today))}" for one in listed]
    shown = listed[: ctx.list_limit]
    focus = {"invoice_list": ",".join(one.id for one in shown)}
    if len(listed) == 1:
        only = listed[0]
        focus |= {"invoice": only.id, "invoice_label": say_document(only.number)}
        focus |= {"contact": only.contact_id, "contact_label": only.contact_name}
    return Done(f"{head}: {ctx.enumerate(items)}.", data, focus)


def invoice_data(ctx: ToolContext, view: InvoiceView) -> dict[str, Any]:
    """The invoice as structured data; amounts are decimal strings in the business's currency."""
    invoice = view.invoice
    return {
        "id": invoice.id,
        "number": invoice.number,
        "contact": view.contact_name,
        "title": invoice.title,
        "status": "overdue" if view.is_overdue else invoice.status.value,
        "total": str(invoice.totals.total),
        "amount_due": str(view.amount_due),
        "due_date": invoice.due_date.isoformat(),
        "currency": ctx.uow.business.currency.value,
    }


def _status(ctx: ToolContext, view: InvoiceView) -> str:
    invoice, today = view.invoice, ctx.uow.today
    name = f"{capitalise(say_document(invoice.number))} for {view.contact_name}"
    total = ctx.money(invoice.totals.total)
    match invoice.status:
        case InvoiceStatus.PAID:
            on = f" since {_dated(invoice.paid_date, today)}" if invoice.paid_date is not None else ""
            return f"{name} over {total} is paid{on}."
        case InvoiceStatus.DRAFT:
            return f"{name} over {total} is a draft. It hasn't been sent yet."
        case InvoiceStatus.CANCELLED | InvoiceStatus.REFUNDED:
            return f"{name} over {total} was {invoice.status.value}."
        case _:
            pass
    due = ctx.money(view.amount_due)
    if view.is_overdue:
        late = f"It's {say_count(view.days_overdue, 'day')} overdue."
    else:
        late = f"It's due {say_day(invoice.due_date, today)}."
    if invoice.status is InvoiceStatus.PARTIALLY_PAID:
        return f"{name}: {ctx.money(invoice.net_paid)} of {total} is paid, {due} is open. {late}"
    return f"{name} isn't paid yet, {due} is open. {late}"


def _dated(day: date | None, today: date) -> str:
    return say_day(day, today) if day is not None else ""


HANDLERS: dict[str, Handler] = {
    "create_invoice": create_invoice,
    "get_invoice_status": get_invoice_status,
    "send_invoice_reminder": send_invoice_reminder,
    "get_pending_invoices": get_pending_invoices,
}
