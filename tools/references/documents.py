"""Finds the invoice or estimate that a reference means, and says which one it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, time

from business.entities.estimates import OPEN_ESTIMATES
from business.use_cases.estimates import Estimates, EstimateView
from business.use_cases.invoices import Invoices, InvoiceView
from tools.context import ToolContext
from tools.references.contacts import focus_on
from tools.references.engine import Item, resolve
from tools.spoken.say import say_document
from tools.spoken.when import local


def invoice_label(ctx: ToolContext, view: InvoiceView) -> str:
    """Such as "invoice 31 for Sarah Johnson over 300 dollars"."""
    total = ctx.money(view.invoice.totals.total)
    return f"{say_document(view.invoice.number)} for {view.contact_name} over {total}"


def estimate_label(ctx: ToolContext, view: EstimateView) -> str:
    """Such as "estimate 12 for Jane Lee, kitchen wiring, over 8,500 dollars"."""
    title = f", {view.estimate.title.strip().lower()}," if view.estimate.title.strip() else ""
    return f"{say_document(view.estimate.number)} for {view.contact_name}{title} over {ctx.money(view.total)}"


def invoice_focus(view: InvoiceView) -> dict[str, str]:
    """The focus that makes "it" mean this invoice and "her" its client."""
    focus = {"invoice": view.invoice.id, "invoice_label": say_document(view.invoice.number)}
    return focus | focus_on(view.invoice.contact_id, view.contact_name)


def estimate_focus(view: EstimateView) -> dict[str, str]:
    """The focus that makes "it" mean this estimate and "her" its client."""
    focus = {"estimate": view.estimate.id, "estimate_label": say_document(view.estimate.number)}
    return focus | focus_on(view.estimate.contact_id, view.contact_name)


async def resolve_invoice(
    ctx: ToolContext, text: str, *, fits: Callable[[InvoiceView], bool] | None = None
) -> InvoiceView:
    """The one invoice meant, unpaid ones first. Raises Refused: not_found, ambiguous or validation."""
    return await resolve(ctx, _InvoiceSource(ctx), text, fits=fits)


async def resolve_estimate(
    ctx: ToolContext, text: str, *, fits: Callable[[EstimateView], bool] | None = None
) -> EstimateView:
    """The one estimate meant, open ones first. Raises Refused: not_found, ambiguous or validation."""
    return await resolve(ctx, _EstimateSource(ctx, fits), text, fits=fits)


class _InvoiceSource:
    kind = "invoice"

    def __init__(self, ctx: ToolContext) -> None:
        self._ctx = ctx
        self._invoices = Invoices(ctx.uow)

    async def by_id(self, entity_id: str) -> Item[InvoiceView]:
        return self._item(await self._invoices.get(entity_id))

    async def by_number(self, number: int) -> list[Item[InvoiceView]]:
        return self._items(await self._invoices.find_by_number(str(number)))

    async def of_contacts(self, contact_ids: Sequence[str], *, open_only: bool) -> list[Item[InvoiceView]]:
        """Unpaid ones; where none is, the latest, which is what "has Smith paid" is about."""
        views = await self._invoices.of_contacts(contact_ids, unpaid_only=open_only)
        if not open_only:
            views = tuple(sorted(views, key=lambda view: view.invoice.number)[-1:])
        return self._items(views)

    async def search(self, words: str, *, open_only: bool) -> list[Item[InvoiceView]]:
        """Invoices are called by client or number only."""
        return []

    async def on_day(self, day: date, *, open_only: bool) -> list[Item[InvoiceView]]:
        """Invoices are called by client or number only."""
        return []

    async def likely(self) -> list[Item[InvoiceView]]:
        """Invoices have no titles that are said."""
        return []

    def _items(self, views: Iterable[InvoiceView]) -> list[Item[InvoiceView]]:
        return [self._item(view) for view in views]

    def _item(self, view: InvoiceView) -> Item[InvoiceView]:
        lines = " ".join(line.description for line in view.invoice.lines)
        words = f"{view.invoice.title} {view.invoice.description} {lines}"
        issued = local(view.invoice.issue_date, time(12), self._ctx.tz)
        return Item(view.invoice.id, invoice_label(self._ctx, view), words, view, issued)


class _EstimateSource:
    kind = "estimate"

    def __init__(self, ctx: ToolContext, fits: Callable[[EstimateView], bool] | None) -> None:
        self._ctx = ctx
        self._estimates = Estimates(ctx.uow)
        self._fits = fits

    async def by_id(self, entity_id: str) -> Item[EstimateView]:
        return self._item(await self._estimates.get(entity_id))

    async def by_number(self, number: int) -> list[Item[EstimateView]]:
        return self._items(await self._estimates.find_by_number(str(number)))

    async def of_contacts(self, contact_ids: Sequence[str], *, open_only: bool) -> list[Item[EstimateView]]:
        """Open ones, and those that fit the purpose: an approved estimate is what a conversion looks for."""
        views = await self._estimates.of_contacts(contact_ids, open_only=False)
        if open_only:
            fits = self._fits
            views = tuple(v for v in views if v.status in OPEN_ESTIMATES or (fits is not None and fits(v)))
        return self._items(views)

    async def search(self, words: str, *, open_only: bool) -> list[Item[EstimateView]]:
        """Estimates are called by client or number only."""
        return []

    async def on_day(self, day: date, *, open_only: bool) -> list[Item[EstimateView]]:
        """Estimates are called by client or number only."""
        return []

    async def likely(self) -> list[Item[EstimateView]]:
        """Estimates have no titles that are said."""
        return []

    def _items(self, views: Iterable[EstimateView]) -> list[Item[EstimateView]]:
        return [self._item(view) for view in views]

    def _item(self, view: EstimateView) -> Item[EstimateView]:
        words = f"{view.estimate.title} {view.estimate.description}"
        return Item(view.estimate.id, estimate_label(self._ctx, view), words, view, view.estimate.created_at)
