"""The estimate tools: offer, answer, convert, list. What binds or ends an offer is read back first."""

from __future__ import annotations

from typing import Any

from business.entities.estimates import ESTIMATE_TRANSITIONS, EstimateStatus
from business.money import LineItem
from business.use_cases.estimates import Estimates, EstimateView, NewEstimate
from tools.catalogue.estimates import (
    ConvertEstimateToInvoice,
    CreateEstimate,
    GetPendingEstimates,
    UpdateEstimateStatus,
)
from tools.context import Done, Handler, ToolContext
from tools.handlers.payer import resolve_payer
from tools.references.documents import estimate_focus, estimate_label, invoice_focus, resolve_estimate
from tools.references.jobs import resolve_job
from tools.refusals import invalid
from tools.spoken.say import capitalise, say_code, say_count, say_day, say_document
from tools.values import amount_of, future_day


async def create_estimate(ctx: ToolContext, args: CreateEstimate) -> Done:
    """Write an estimate, a draft, after a yes."""
    job = await resolve_job(ctx, args.job) if args.job else None
    contact = await resolve_payer(ctx, args.contact, job, "Who is the estimate for?")
    title = capitalise(args.title or (job.job.title if job is not None else ""))
    if not title:
        raise invalid("title", "What is the estimate for?")
    amount = amount_of(args.amount)
    ctx.check_driving_limit(amount)
    until = future_day(ctx, args.valid_until, "valid_until") if args.valid_until else None
    valid = f", valid until {say_day(until, ctx.uow.today)}" if until is not None else ""
    ctx.confirm(
        f"Estimate for {contact.display_name}, {title}, {ctx.money(amount)}{valid}. Shall I create it?"
    )
    new = NewEstimate(
        contact_id=contact.id,
        title=title,
        lines=(LineItem((args.description or title)[:500], unit_price=amount),),
        description=args.description,
        valid_until=until,
        job_id=job.job.id if job is not None else None,
    )
    view = await Estimates(ctx.uow).create(new)
    number = capitalise(say_document(view.estimate.number))
    summary = (
        f"{number} for {contact.display_name} over {ctx.money(view.total)} is ready. It hasn't been sent yet."
    )
    return Done(summary, {"estimate": estimate_data(ctx, view)}, estimate_focus(view))


async def convert_estimate_to_invoice(ctx: ToolContext, args: ConvertEstimateToInvoice) -> Done:
    """Turn an approved estimate into an invoice, after a yes; a converted one answers with its invoice."""
    convertible = (EstimateStatus.APPROVED, EstimateStatus.CONVERTED)
    view = await resolve_estimate(ctx, args.estimate, fits=lambda one: one.status is EstimateStatus.APPROVED)
    if view.status not in convertible:
        ESTIMATE_TRANSITIONS.check(view.status, EstimateStatus.CONVERTED)
    if view.status is EstimateStatus.APPROVED:
        ctx.check_driving_limit(view.total)
        ctx.confirm(f"That turns {estimate_label(ctx, view)} into an invoice. Shall I do it?")
    done = await Estimates(ctx.uow).convert(view.estimate.id)
    invoice = done.invoice.invoice
    number, total = say_document(invoice.number), ctx.money(invoice.totals.total)
    data = {
        "estimate": estimate_data(ctx, done.estimate),
        "invoice": {"id": invoice.id, "number": invoice.number, "total": str(invoice.totals.total)},
        "created": done.created,
    }
    focus = estimate_focus(done.estimate) | invoice_focus(done.invoice)
    estimate = capitalise(say_document(view.estimate.number))
    if not done.created:
        return Done(f"{estimate} already is {number}.", data, focus)
    summary = f"{estimate} is now {number} for {view.contact_name} over {total}. It's a draft."
    return Done(summary, data, focus)


async def update_estimate_status(ctx: ToolContext, args: UpdateEstimateStatus) -> Done:
    """Record what became of an estimate; sending it and ending it are read back first."""
    wanted = args.status
    if wanted is EstimateStatus.CONVERTED:
        raise invalid("status", "For that, ask me to turn it into an invoice.")
    view = await resolve_estimate(
        ctx, args.estimate, fits=lambda one: wanted in ESTIMATE_TRANSITIONS.allowed(one.status)
    )
    if view.status is wanted:
        summary = f"{capitalise(say_document(view.estimate.number))} is already {say_code(wanted.value)}."
        return Done(summary, {"estimate": estimate_data(ctx, view)}, estimate_focus(view))
    ESTIMATE_TRANSITIONS.check(view.status, wanted)
    label = estimate_label(ctx, view)
    if wanted is EstimateStatus.SENT:
        ctx.confirm(f"That sends {label}. Shall I send it?")
    elif wanted in (EstimateStatus.CANCELLED, EstimateStatus.REJECTED):
        ctx.confirm(f"That marks {label} as {say_code(wanted.value)} for good. Shall I?")
    changed = await Estimates(ctx.uow).update_status(view.estimate.id, wanted, notes=args.notes)
    number = capitalise(say_document(changed.estimate.number))
    summary = f"{number} for {changed.contact_name} is now {say_code(changed.status.value)}."
    return Done(summary, {"estimate": estimate_data(ctx, changed)}, estimate_focus(changed))


async def get_pending_estimates(ctx: ToolContext, args: GetPendingEstimates) -> Done:
    """Tell the offers that wait for an answer."""
    views = await Estimates(ctx.uow).pending()
    data: dict[str, Any] = {
        "count": len(views),
        "total": str(sum(view.total for view in views)),
        "estimates": [estimate_data(ctx, view) for view in views[:20]],
    }
    if not views:
        return Done("You have no open estimates.", data)
    worth = ctx.round_money(sum((view.total for view in views[1:]), views[0].total))
    items = [f"{view.contact_name} {ctx.round_money(view.total)}" for view in views]
    shown = views[: ctx.list_limit]
    focus = {"estimate_list": ",".join(view.estimate.id for view in shown)}
    if len(views) == 1:
        focus |= estimate_focus(views[0])
    summary = f"You have {say_count(len(views), 'open estimate')} worth {worth}: {ctx.enumerate(items)}."
    return Done(summary, data, focus)


def estimate_data(ctx: ToolContext, view: EstimateView) -> dict[str, Any]:
    """The estimate as structured data; amounts are decimal strings in the business's currency."""
    estimate = view.estimate
    return {
        "id": estimate.id,
        "number": estimate.number,
        "contact": view.contact_name,
        "title": estimate.title,
        "status": view.status.value,
        "total": str(view.total),
        "valid_until": estimate.valid_until.isoformat(),
        "currency": ctx.uow.business.currency.value,
    }


HANDLERS: dict[str, Handler] = {
    "create_estimate": create_estimate,
    "convert_estimate_to_invoice": convert_estimate_to_invoice,
    "update_estimate_status": update_estimate_status,
    "get_pending_estimates": get_pending_estimates,
}
