"""Use cases of contacts: add, find, look up, change. Duplicates are refused with the existing contact named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from business.entities.activities import Activity
from business.entities.addresses import NO_ADDRESS, Address
from business.entities.contacts import (
    Contact,
    ContactStatus,
    ContactType,
    LifecycleStage,
    Priority,
    RelationshipStatus,
    normalise_email,
    normalise_phone,
)
from business.entities.interactions import Interaction
from business.entities.invoices import UNPAID_INVOICES
from business.entities.jobs import OPEN_JOBS
from business.entities.memberships import Permission
from business.errors import Conflict
from business.money import ZERO, parse_amount
from business.read_models import ContactName, JobView
from business.repositories import UnitOfWork
from business.use_cases.support import check_members

RECENT_INTERACTIONS = 3


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact to be added; phones and email as people give them."""

    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    type: ContactType = ContactType.CUSTOMER
    relationship: RelationshipStatus = RelationshipStatus.PROSPECT
    lifecycle: LifecycleStage = LifecycleStage.AWARENESS
    priority: Priority = Priority.MEDIUM
    source: str = ""
    assigned_to: str | None = None
    estimated_value: Decimal | None = None
    tags: tuple[str, ...] = ()
    address: Address = NO_ADDRESS
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """What to change of a contact; None leaves a field alone."""

    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    type: ContactType | None = None
    status: ContactStatus | None = None
    lifecycle: LifecycleStage | None = None
    priority: Priority | None = None
    assigned_to: str | None = None
    address: Address | None = None
    tags: tuple[str, ...] | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class ContactInfo:
    """A contact with what goes on. ``outstanding`` is None without the permission to see invoices."""

    contact: Contact
    open_jobs: tuple[JobView, ...]
    outstanding: Decimal | None
    recent_interactions: tuple[Interaction, ...]
    next_follow_up: Activity | None


class Contacts:
    """Contacts of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def create(self, new: NewContact) -> Contact:
        """Add a contact. Raises Forbidden, ValidationFailed, Conflict (details: the existing contact)."""
        uow = self._uow
        uow.require(Permission.CREATE_CONTACTS)
        if new.assigned_to is not None:
            await check_members(uow, (new.assigned_to,), field="assigned_to")
        contact = Contact(
            id=uow.new_id(),
            created_at=uow.now,
            updated_at=uow.now,
            first_name=new.first_name.strip(),
            last_name=new.last_name.strip(),
            company_name=new.company_name.strip(),
            email=normalise_email(new.email) if new.email else None,
            phone=self._phone(new.phone, "phone"),
            mobile=self._phone(new.mobile, "mobile"),
            type=new.type,
            relationship=new.relationship,
            lifecycle=new.lifecycle,
            priority=new.priority,
            source=new.source,
            assigned_to=new.assigned_to,
            estimated_value=parse_amount(new.estimated_value) if new.estimated_value is not None else None,
            tags=new.tags,
            address=new.address,
            notes=new.notes,
        )
        await self._refuse_duplicate(contact)
        await uow.contacts.add(contact)
        return contact

    async def get(self, contact_id: str) -> Contact:
        """One contact. Raises Forbidden, NotFound."""
        self._uow.require(Permission.VIEW_CONTACTS)
        return await self._uow.contacts.get(contact_id)

    async def info(self, contact_id: str) -> ContactInfo:
        """One contact with open jobs, debts, history and next follow-up. Raises Forbidden, NotFound."""
        uow = self._uow
        contact = await self.get(contact_id)
        member = uow.membership
        jobs: tuple[JobView, ...] = ()
        if member.may(Permission.VIEW_JOBS):
            jobs = await uow.jobs.of_contacts((contact_id,), statuses=OPEN_JOBS)
        outstanding: Decimal | None = None
        if member.may(Permission.VIEW_INVOICES):
            digests = await uow.invoices.digests(UNPAID_INVOICES, contact_id=contact_id)
            outstanding = sum((digest.amount_due(uow.today) for digest in digests), ZERO)
        return ContactInfo(
            contact=contact,
            open_jobs=jobs,
            outstanding=outstanding,
            recent_interactions=await uow.interactions.of_contact(contact_id, limit=RECENT_INTERACTIONS),
            next_follow_up=await uow.activities.next_of_contact(contact_id),
        )

    async def search(
        self,
        text: str,
        relationship: RelationshipStatus | None = None,
        *,
        type: ContactType | None = None,
        limit: int = 10,
    ) -> tuple[Contact, ...]:
        """Contacts that hold every word of ``text``, of a relationship or a kind, by name. Raises Forbidden."""
        self._uow.require(Permission.VIEW_CONTACTS)
        return await self._uow.contacts.search(text, relationship=relationship, type=type, limit=limit)

    async def names(self, *, limit: int | None = None) -> tuple[ContactName, ...]:
        """Names of all contacts in use, for matching, or the first ``limit`` of them by name. Raises Forbidden."""
        self._uow.require(Permission.VIEW_CONTACTS)
        return await self._uow.contacts.names(limit=limit)

    async def names_since(self, version: int) -> dict[str, ContactName | None]:
        """By id, the names that have changed since a version (None: no longer in use). Raises Forbidden."""
        self._uow.require(Permission.VIEW_CONTACTS)
        return await self._uow.contacts.names_since(version)

    async def version(self) -> int | None:
        """A number that changes whenever ``names`` does: the key under which they may be cached.

        None when this transaction has changed names itself: then nothing may be cached.
        """
        return await self._uow.contacts.version()

    async def edit(self, contact_id: str, changes: ContactChanges) -> Contact:
        """Change a contact. Raises Forbidden, NotFound, ValidationFailed, Conflict as ``create``."""
        uow = self._uow
        uow.require(Permission.EDIT_CONTACTS)
        if changes.assigned_to is not None:
            await check_members(uow, (changes.assigned_to,), field="assigned_to")
        contact = await uow.contacts.get(contact_id)
        wanted = {name: getattr(changes, name) for name in ContactChanges.__slots__}
        wanted |= {
            "email": normalise_email(changes.email) if changes.email else None,
            "phone": self._phone(changes.phone, "phone"),
            "mobile": self._phone(changes.mobile, "mobile"),
            "updated_at": uow.now,
        }
        changed = replace(contact, **{name: value for name, value in wanted.items() if value is not None})
        await self._refuse_duplicate(changed)
        await uow.contacts.save(changed)
        return changed

    async def change_relationship(self, contact_id: str, relationship: RelationshipStatus) -> Contact:
        """Move the relationship along. Raises Forbidden, NotFound, InvalidTransition."""
        self._uow.require(Permission.EDIT_CONTACTS)
        contact = (await self._uow.contacts.get(contact_id)).moved_to(relationship, self._uow.now)
        await self._uow.contacts.save(contact)
        return contact

    async def archive(self, contact_id: str) -> Contact:
        """Put a contact away; it stays in the books. Raises Forbidden, NotFound."""
        self._uow.require(Permission.DELETE_CONTACTS)
        contact = await self._uow.contacts.get(contact_id)
        archived = replace(contact, status=ContactStatus.ARCHIVED, updated_at=self._uow.now)
        await self._uow.contacts.save(archived)
        return archived

    def _phone(self, value: str | None, field: str) -> str | None:
        if not value:
            return None
        return normalise_phone(value, region=self._uow.business.address.country, field=field)

    async def _refuse_duplicate(self, contact: Contact) -> None:
        existing = await self._uow.contacts.duplicate_of(contact)
        if existing is not None:
            raise Conflict(
                f"{existing.display_name} already has that email address or phone number.",
                {"contact_id": existing.id, "contact": existing.display_name},
            )
