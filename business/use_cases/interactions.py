"""Use cases of interactions: write down what was said and done with a contact."""

from __future__ import annotations

from datetime import datetime

from business.clock import as_utc
from business.entities.interactions import Interaction, InteractionType
from business.entities.memberships import Permission
from business.repositories import UnitOfWork


class Interactions:
    """The history of contacts of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def log(
        self,
        contact_id: str,
        type: InteractionType,
        description: str,
        *,
        outcome: str | None = None,
        next_action: str | None = None,
        scheduled_follow_up: datetime | None = None,
    ) -> Interaction:
        """Add an entry; a call, email or meeting sets the contact's ``last_contacted``.

        Raises Forbidden, NotFound, ValidationFailed.
        """
        uow = self._uow
        uow.require(Permission.EDIT_CONTACTS)
        contact = await uow.contacts.get(contact_id)
        interaction = Interaction(
            id=uow.new_id(),
            contact_id=contact_id,
            type=type,
            description=description.strip(),
            performed_by=uow.actor.user_id,
            occurred_at=uow.now,
            outcome=outcome,
            next_action=next_action,
            scheduled_follow_up=(
                as_utc(scheduled_follow_up, field="follow_up_date") if scheduled_follow_up else None
            ),
        )
        await uow.interactions.add(interaction)
        if type.is_contact:
            await uow.contacts.save(contact.contacted(uow.now))
        return interaction

    async def recent(self, contact_id: str, *, limit: int = 5) -> tuple[Interaction, ...]:
        """The newest entries of a contact. Raises Forbidden."""
        self._uow.require(Permission.VIEW_CONTACTS)
        return await self._uow.interactions.of_contact(contact_id, limit=limit)
