"""The sheet of contacts: one row a contact, known again by email address and phone numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from business.entities.addresses import NO_ADDRESS
from business.entities.contacts import (
    Contact,
    ContactStatus,
    ContactType,
    LifecycleStage,
    Priority,
    RelationshipStatus,
)
from business.entities.memberships import Permission
from business.paging.queries import Book
from business.paging.repository import Entry, PagedUnitOfWork
from business.transfer.columns import Column
from business.transfer.errors import RecordRefused
from business.transfer.references import address_columns, address_from, are_people, members_named, people_of
from business.transfer.report import Outcome
from business.transfer.sheet import Record, Sheet, Source, Values, locale_of
from business.transfer.values import Amount, Choice, Email, Kind, Moment, Phone, Text, Texts, Word
from business.use_cases.contacts import ContactChanges, Contacts, NewContact
from business.use_cases.support import check_plausible


def _column(name: str, kind: Kind, *aliases: str) -> Column:
    return Column(name, kind, lambda source: getattr(source.entity, name), aliases)


def _assigned(source: Source) -> tuple[str, ...]:
    contact: Contact = source.entity
    name = source.people.get(contact.assigned_to or "")
    return (name,) if name else ()


class ContactSheet(Sheet):
    """Contacts as rows."""

    book = Book.CONTACTS
    needed = (
        ("first_name", "last_name", "company_name", "full_name"),
        ("email", "phone", "mobile"),
    )
    fields: ClassVar[Mapping[str, str]] = {"name": "first_name", "amount": "estimated_value"}
    columns = (
        _column("first_name", Word(), "given name", "forename", "first"),
        _column("last_name", Word(), "surname", "family name", "last"),
        Column(
            "full_name",
            Word(),
            None,
            ("name", "display name", "contact name", "customer", "customer name", "client name"),
            is_compared=False,
        ),
        _column("company_name", Word(), "company", "business name", "organization", "organisation",
                "organization name"),
        _column("email", Email(), "e-mail", "email address", "e-mail address", "main email", "primary email",
                "e-mail 1 - value", "e-mails"),
        _column("phone", Phone("phone"), "phone number", "telephone", "tel", "main phone", "primary phone",
                "home phone", "work phone", "business phone", "phone 1 - value", "main phone #s"),
        _column("mobile", Phone("mobile"), "mobile phone", "mobile number", "cell", "cell phone", "cellphone",
                "phone 2 - value"),
        _column("type", Choice(ContactType, {"client": "customer"}), "contact type", "customer type"),
        _column("status", Choice(ContactStatus), "contact status"),
        _column("relationship", Choice(RelationshipStatus), "relationship status"),
        _column("lifecycle", Choice(LifecycleStage), "lifecycle stage"),
        _column("priority", Choice(Priority, {"normal": "medium"})),
        _column("source", Text(), "lead source", "referral source"),
        Column("assigned_to", Texts(), _assigned, ("owner", "account manager"), is_compared=False),
        _column("estimated_value", Amount(), "value", "deal value"),
        _column("tags", Texts(), "labels", "groups"),
        *address_columns("mailing address", "billing address", "home address"),
        _column("notes", Text(), "note", "comments"),
        _column("last_contacted", Moment(), "last contact", "last contacted at"),
    )  # fmt: skip

    async def sources(self, uow: PagedUnitOfWork, entries: Sequence[Entry]) -> list[Source]:
        """One row a contact."""
        people = await people_of(uow)
        return [Source(entry, people=people) for entry in entries]

    def identities(self, values: Values) -> tuple[str, ...]:
        """Email address and numbers."""
        found = (values.get("email"), values.get("phone"), values.get("mobile"))
        return tuple(dict.fromkeys(str(value) for value in found if value))

    async def take(self, uow: PagedUnitOfWork, record: Record) -> Outcome:
        """Bring a contact in. Raises RecordRefused (conflict names the one there), the use cases' errors."""
        values = _named(record.values[0])
        existing = await self._existing(uow, values)
        if existing is not None:
            await self._refuse_difference(uow, values, existing)
            return Outcome.UNCHANGED
        assigned = await members_named(uow, values.get("assigned_to") or ())
        if len(assigned) > 1:
            raise RecordRefused("bad_value", "assigned_to", "A contact is looked after by one member.")
        given: dict[str, Any] = {
            name: values[name]
            for name in NewContact.__slots__
            if name not in ("assigned_to", "address") and values.get(name) is not None
        }
        address = address_from(values, uow.business.address.country)
        made = await Contacts(uow).create(
            NewContact(**given, assigned_to=assigned[0] if assigned else None, address=address or NO_ADDRESS)
        )
        await self._complete(uow, made, values)
        return Outcome.CREATED

    async def _complete(self, uow: PagedUnitOfWork, made: Contact, values: Values) -> None:
        """What a new contact does not begin with: another status, and when it was last spoken to."""
        if values.get("last_contacted") is not None:
            uow.require(Permission.EDIT_CONTACTS)
            check_plausible(values["last_contacted"], uow.now, field="last_contacted")
            if values["last_contacted"] > uow.now:
                reason = "Nobody was contacted in the future."
                raise RecordRefused("validation", "last_contacted", reason, str(values["last_contacted"]))
            made = replace(made.contacted(values["last_contacted"]), updated_at=uow.now)
            await uow.contacts.save(made)
        status = values.get("status") or ContactStatus.ACTIVE
        if status is ContactStatus.ARCHIVED:
            await Contacts(uow).archive(made.id)
        elif status is not ContactStatus.ACTIVE:
            await Contacts(uow).edit(made.id, ContactChanges(status=status))

    async def _existing(self, uow: PagedUnitOfWork, values: Values) -> Contact | None:
        """Who has the email address or one of the numbers already."""
        found = await uow.references.contact_by_email(values["email"]) if values.get("email") else None
        for column in ("phone", "mobile"):
            if found is None and values.get(column):
                found = next(iter(await uow.references.contacts_by_phone(values[column])), None)
        return found

    async def _refuse_difference(self, uow: PagedUnitOfWork, values: Values, existing: Contact) -> None:
        different = self.differences(values, Source(existing), locale_of(uow))
        holders = (existing.assigned_to,) if existing.assigned_to else ()
        if values.get("assigned_to") and not await are_people(uow, values["assigned_to"], holders):
            different.append("assigned_to")
        if not different:
            return
        same = "email" if values.get("email") == existing.email and existing.email else "phone"
        if same == "phone" and not values.get("phone"):
            same = "mobile"
        what = "email address" if same == "email" else "phone number"
        reason = f"{existing.display_name} already has that {what}. Different here: {', '.join(different)}."
        raise RecordRefused("conflict", same, reason, str(values.get(same) or ""))


def _named(values: Values) -> Values:
    """``values`` with a full name taken apart: "Quill, Nora" and "Nora Quill"."""
    full = values.get("full_name")
    if not full or any(values.get(name) for name in ("first_name", "last_name")):
        return values
    if values.get("company_name") == full:
        return values
    if "," in full:
        last, _, first = full.partition(",")
    else:
        first, _, last = full.rpartition(" ")
    first, last = (first, last) if first.strip() else (last, "")
    return values | {"first_name": first.strip() or None, "last_name": last.strip() or None}
