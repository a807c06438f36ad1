"""What use cases share: references to other entities checked, times made UTC. No rules of a single topic."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from business.entities.documents import ClientSnapshot
from business.errors import NotFound, ValidationFailed
from business.repositories import UnitOfWork

LONGEST_PLAN = timedelta(days=3660)


async def check_members(uow: UnitOfWork, user_ids: Collection[str], *, field: str) -> None:
    """Raise ValidationFailed unless all are active members of the business."""
    if set(user_ids) == {uow.actor.user_id}:
        return
    members = {member.user_id for member in await uow.memberships.all()}
    if not members.issuperset(user_ids):
        raise ValidationFailed(field, "Work can only be given to members of the team.")


async def check_references(
    uow: UnitOfWork,
    *,
    job_id: str | None = None,
    project_id: str | None = None,
    contact_id: str | None = None,
) -> None:
    """Raise NotFound for a reference to something that this business does not have."""
    if job_id is not None and await uow.jobs.find(job_id) is None:
        raise NotFound("job", "")
    if project_id is not None and await uow.projects.find(project_id) is None:
        raise NotFound("project", "")
    if contact_id is not None and await uow.contacts.find(contact_id) is None:
        raise NotFound("contact", "")


async def client_of(uow: UnitOfWork, contact_id: str) -> ClientSnapshot:
    """The snapshot of a contact for a document. Raises NotFound."""
    return ClientSnapshot.of(await uow.contacts.get(contact_id))


def check_plausible(at: datetime, now: datetime, *, field: str) -> None:
    """Raise ValidationFailed for times further than ten years away, which are slips of the tongue or of a parser."""
    if abs(at - now) > LONGEST_PLAN:
        raise ValidationFailed(field, "That date is too far away.")


def check_plausible_day(day: date, today: date, *, field: str) -> None:
    """As ``check_plausible``, for dates."""
    if abs(day - today) > LONGEST_PLAN:
        raise ValidationFailed(field, "That date is too far away.")
