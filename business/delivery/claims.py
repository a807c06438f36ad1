"""Taking due messages out of the outbox for delivery, with what is needed to deliver each.

One transaction of one business. What has lost its sense meanwhile (a reminder of something done, an invoice paid) is
withdrawn here. Nothing is delivered here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from business.entities.businesses import Business
from business.entities.effects import OutboxMessage
from business.entities.estimates import EstimateStatus
from business.entities.invoices import UNPAID_INVOICES, InvoiceStatus
from business.entities.memberships import Membership
from business.errors import NotFound
from business.repositories import UnitOfWork


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message that this process delivers now.

    Attributes:
        business: In whose name.
        member: The member it is for; None when it is for a client.
        lease: Proof of the claim.
        until: When others may take it.
    """

    message: OutboxMessage
    business: Business
    member: Membership | None
    lease: str
    until: datetime


async def claim(uow: UnitOfWork, lease: str, until: datetime, *, limit: int) -> tuple[Claimed, ...]:
    """Claim up to ``limit`` due messages and withdraw those that nobody needs any more."""
    claimed: list[Claimed] = []
    for message in await uow.outbox.claim(lease, until, limit=limit):
        user_id = message.payload.get("user_id")
        member = await uow.memberships.of_user(str(user_id)) if user_id else None
        reason = await _senseless(uow, message)
        if reason is None and user_id and (member is None or not member.is_active):
            reason = "member_left"
        if reason is not None:
            await uow.outbox.withdraw(message.id, reason)
            continue
        claimed.append(Claimed(message, uow.business, member, lease, until))
    return tuple(claimed)


async def _senseless(uow: UnitOfWork, message: OutboxMessage) -> str | None:
    """Why the message has no sense any more; None when it has."""
    payload = message.payload
    try:
        match message.kind:
            case "reminder":
                activity_id = payload.get("activity_id")
                is_open = activity_id is None or (await uow.activities.get(str(activity_id))).is_open
                return None if is_open else "done"
            case "invoice_reminder":
                invoice = await uow.invoices.get(str(payload.get("invoice_id")))
                return None if invoice.status in UNPAID_INVOICES else "settled"
            case "invoice":
                invoice = await uow.invoices.get(str(payload.get("invoice_id")))
                return "cancelled" if invoice.status is InvoiceStatus.CANCELLED else None
            case "estimate":
                estimate = await uow.estimates.get(str(payload.get("estimate_id")))
                return "cancelled" if estimate.status is EstimateStatus.CANCELLED else None
            case _:
                return None
    except NotFound:
        return "gone"
