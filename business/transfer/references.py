"""What the cells of a file refer to: contacts by email, phone or name, members by name, jobs and projects by number.

A reference that fits nothing or more than one is refused, never guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from business.entities.addresses import Address
from business.entities.contacts import Contact
from business.paging.queries import Book
from business.paging.repository import PagedUnitOfWork
from business.transfer.columns import Column
from business.transfer.errors import RecordRefused
from business.transfer.sheet import Values
from business.transfer.values import Country, DocumentNumber, Email, Phone, Text, Word

CONTACT_COLUMNS = (
    Column(
        "contact_name",
        Word(),
        lambda source: source.contact.display_name if source.is_first and source.contact else None,
        ("customer", "customer name", "client", "client name", "contact", "bill to", "customer full name"),
        is_compared=False,
    ),
    Column(
        "contact_email",
        Email(),
        lambda source: source.contact.email if source.is_first and source.contact else None,
        ("customer email", "client email", "email", "e-mail", "email address", "bill to email"),
        is_compared=False,
    ),
    Column(
        "contact_phone",
        Phone("contact_phone"),
        lambda source: source.contact.best_phone if source.is_first and source.contact else None,
        ("customer phone", "client phone", "phone", "phone number", "mobile"),
        is_compared=False,
    ),
)


JOB_COLUMN = Column(
    "job",
    DocumentNumber(),
    lambda source: source.job_number if source.is_first else None,
    ("job number", "job no", "job #", "job id"),
)
PROJECT_COLUMN = Column(
    "project",
    DocumentNumber(),
    lambda source: source.project_number if source.is_first else None,
    ("project number", "project no", "project #", "project id"),
)


def address_columns(*aliases_of_street: str) -> tuple[Column, ...]:
    """The five parts of ``entity.address``."""

    def part(name: str, *aliases: str) -> Column:
        kind = Text() if name == "street" else Country() if name == "country" else Word()
        return Column(name, kind, lambda source: getattr(source.entity.address, name), aliases)

    street = ("address", "street address", "address 1", "address line 1", "service address", "billing street")
    return (
        part("street", *street, *aliases_of_street),
        part("city", "town", "billing city"),
        part("state", "province", "region", "county", "billing state"),
        part("postal_code", "zip", "zip code", "postcode", "post code", "billing zip", "billing postal code"),
        part("country", "country code", "billing country"),
    )


def address_from(values: Values, country: str) -> Address | None:
    """The address that a row gives; None when it gives no part of one."""
    names = ("street", "city", "state", "postal_code", "country")
    if not any(values.get(name) for name in names):
        return None
    parts = {name: values.get(name) or "" for name in names}
    return Address(**(parts | {"country": parts["country"] or country}))


async def contact_of(uow: PagedUnitOfWork, values: Values) -> Contact | None:
    """The contact that a row names; None when it names none.

    An email address or a phone number decides; the name alone only where nothing else is given and one contact has it.

    Raises:
        RecordRefused: unknown_contact, ambiguous_contact.
    """
    email, phone, name = (values.get(f"contact_{part}") for part in ("email", "phone", "name"))
    found: dict[str, Contact] = {}
    if email is not None:
        one = await uow.references.contact_by_email(email)
        found |= {one.id: one} if one else {}
    if phone is not None:
        found |= {one.id: one for one in await uow.references.contacts_by_phone(phone)}
    if email is None and phone is None:
        if name is None:
            return None
        found = {one.id: one for one in await uow.references.contacts_by_name(name)}
    column = "contact_email" if email else "contact_phone" if phone else "contact_name"
    wanted = str(email or phone or name)
    if not found:
        raise RecordRefused("unknown_contact", column, f"There is no contact {wanted}.", wanted)
    if len(found) > 1:
        names = ", ".join(_described(one) for one in found.values())
        raise RecordRefused("ambiguous_contact", column, f"{wanted} could be {names}.", wanted)
    return next(iter(found.values()))


def _described(contact: Contact) -> str:
    reach = contact.email or contact.best_phone
    return f"{contact.display_name} ({reach})"


async def entity_id_of(uow: PagedUnitOfWork, values: Values, book: Book) -> str | None:
    """The id of the job or project that a row names by number. Raises RecordRefused (unknown_job, unknown_project)."""
    column = "job" if book is Book.JOBS else "project"
    number = values.get(column)
    if number is None:
        return None
    entity = await uow.references.numbered(book, number)
    if entity is None:
        raise RecordRefused(f"unknown_{column}", column, f"There is no {column} {number}.", number)
    return entity.id


async def people_of(uow: PagedUnitOfWork) -> dict[str, str]:
    """What an export calls each member: the name, or the user id where two share a name."""
    members = await uow.memberships.all(active_only=False)
    names = Counter(member.name.casefold() for member in members)
    return {
        member.user_id: member.name if names[member.name.casefold()] == 1 else member.user_id
        for member in members
    }


async def members_named(uow: PagedUnitOfWork, names: Collection[str]) -> tuple[str, ...]:
    """User ids of the members that a cell names. Raises RecordRefused (unknown_member)."""
    if not names:
        return ()
    members = await uow.memberships.all()
    found: list[str] = []
    for name in names:
        word = name.strip().casefold()
        same = [
            member.user_id
            for member in members
            if word in (member.user_id.casefold(), member.name.casefold(), (member.email or "-").casefold())
        ]
        if len(same) != 1:
            raise RecordRefused("unknown_member", "assigned_to", f"{name} is no member of the team.", name)
        found.append(same[0])
    return tuple(dict.fromkeys(found))


async def are_people(uow: PagedUnitOfWork, names: tuple[str, ...], user_ids: tuple[str, ...]) -> bool:
    """Whether a cell names exactly these members; those who have left count as an export calls them."""
    people = await people_of(uow)
    if names == tuple(people[user_id] for user_id in user_ids if user_id in people):
        return True
    return await members_named(uow, names) == user_ids
