"""Finds the contact that a name, a part of one, a misheard one or a pronoun means."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from business.read_models import ContactName
from business.use_cases.contacts import Contacts
from tools.context import ContactBook, ToolContext
from tools.matching import Decision, NameEntry, NameIndex
from tools.references.pronouns import is_id, is_pronoun, picked
from tools.refusals import Refused, almost_found, ambiguous, invalid, not_found
from tools.spoken.say import say_choice, say_count

_PLACE = re.compile(r"^(?P<name>.+?)\s+(?:in|from|over in|out in)\s+(?P<city>[a-z .'-]+)$", re.IGNORECASE)
_ENDING = re.compile(
    r"^(?P<name>.*?)\W*(?:with the number\s+)?ending\s+(?:in|with)\s+(?P<digits>[\d\s]+)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """Contacts a name may mean, best first. ``is_sure`` when the name fits them; else they only come close."""

    contacts: tuple[ContactName, ...]
    is_sure: bool


async def contact_book(ctx: ToolContext) -> ContactBook:
    """The names of all contacts of the business, as of this transaction; only what has changed is read again."""
    contacts, business = Contacts(ctx.uow), ctx.uow.business.id
    version = await contacts.version()
    if version is None:
        return await _whole_book(contacts)
    kept = ctx.books.get(business, version)
    if kept is not None:
        return kept
    async with ctx.books.making(business):
        kept = ctx.books.get(business, version)
        if kept is not None:
            return kept
        older = ctx.books.latest(business)
        if older is not None and older[0] < version:
            book = await _later_book(older[1], await contacts.names_since(older[0]))
        else:
            book = await _whole_book(contacts)
        return ctx.books.put(business, version, book, weight=len(book.by_id))


async def _whole_book(contacts: Contacts) -> ContactBook:
    """A new book of all names. The index takes a while at that, so it is made beside the event loop."""
    names = await contacts.names()
    index = await asyncio.to_thread(NameIndex, [_entry(name) for name in names])
    return ContactBook(index, {name.id: name for name in names})


async def _later_book(older: ContactBook, changes: Mapping[str, ContactName | None]) -> ContactBook:
    """The book with some names changed (None: no longer in use)."""
    names = [name for name in changes.values() if name is not None]
    gone = [contact_id for contact_id, name in changes.items() if name is None]
    index = await asyncio.to_thread(older.index.changed, [_entry(name) for name in names], gone)
    by_id = {contact_id: name for contact_id, name in older.by_id.items() if contact_id not in changes}
    return ContactBook(index, by_id | {name.id: name for name in names})


def _entry(name: ContactName) -> NameEntry:
    return NameEntry(name.id, name.display_name, _full_names(name))


async def find_contacts(ctx: ToolContext, text: str, *, limit: int = 8) -> FoundContacts:
    """The contacts that ``text`` may name; never raises."""
    book = await contact_book(ctx)
    if is_id(text):
        known = book.by_id.get(text.strip().lower())
        return FoundContacts((known,) if known else (), known is not None)
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 7:
        by_phone = tuple(
            n for n in book.by_id.values() if any(phone.endswith(digits[-10:]) for phone in n.phones)
        )
        return FoundContacts(by_phone[:limit], bool(by_phone))
    narrowed = _narrowed(book, text, limit)
    if narrowed is not None:
        return narrowed
    match = book.index.match(text, limit=limit)
    found = tuple(book.by_id[candidate.id] for candidate in match.candidates)
    return FoundContacts(found, match.decision is not Decision.NONE)


async def resolve_contact(ctx: ToolContext, text: str, *, field: str = "contact") -> ContactName:
    """The one contact meant. Raises Refused: not_found, ambiguous or validation (nobody in focus)."""
    focus = ctx.call.focus
    if is_pronoun(text, "contact"):
        return await focused_contact(ctx, field)
    position = picked(text, "contact", focus)
    found = await find_contacts(ctx, position or text)
    if not found.contacts:
        raise not_found(f"I couldn't find {text} in your contacts. Who do you mean?")
    if not found.is_sure:
        labels = labels_of(found.contacts)
        raise almost_found(f"I couldn't find {text}.", labels, focus_list(found.contacts))
    if len(found.contacts) == 1:
        return found.contacts[0]
    spoken_of = [name for name in found.contacts if name.id == focus.get("contact")]
    return spoken_of[0] if spoken_of else _raise_ambiguous(ctx, text, found.contacts)


async def focused_contact(ctx: ToolContext, field: str = "contact") -> ContactName:
    """Whom "her" means. Raises Refused (validation) when nobody was spoken of."""
    book = await contact_book(ctx)
    name = book.by_id.get(ctx.call.focus.get("contact", ""))
    if name is None:
        raise invalid(field, "Who do you mean?")
    return name


def labels_of(contacts: Sequence[ContactName]) -> list[str]:
    """How to say each contact so that it differs from the others: by name, else city, else the number's end."""
    names = [contact.display_name for contact in contacts]
    labels: list[str] = []
    for contact in contacts:
        twins = [other for other in contacts if other.display_name == contact.display_name]
        label = contact.display_name
        if names.count(label) > 1:
            cities = [twin.city for twin in twins]
            if contact.city and cities.count(contact.city) == 1:
                label = f"{label} in {contact.city}"
            elif contact.phones:
                label = f"{label} with the number ending in {' '.join(contact.phones[0][-4:])}"
        labels.append(label)
    return labels


def focus_list(contacts: Sequence[ContactName]) -> dict[str, str]:
    """The focus that lets "the second one" pick a contact."""
    return {"contact_list": ",".join(contact.id for contact in contacts)}


def focus_on(contact_id: str | None, label: str | None) -> dict[str, str]:
    """The focus that makes "her" mean this contact; empty without one."""
    return {"contact": contact_id, "contact_label": label or ""} if contact_id else {}


def _raise_ambiguous(ctx: ToolContext, text: str, contacts: Sequence[ContactName]) -> ContactName:
    shown = contacts[: ctx.list_limit]
    labels = labels_of(shown)
    count = say_count(len(contacts), "contact")
    refusal: Refused = ambiguous(
        f"I found {count} for {text}: {say_choice(labels)}. Which one?", labels, focus_list(shown)
    )
    raise refusal


def _full_names(name: ContactName) -> tuple[str, ...]:
    person = f"{name.first_name} {name.last_name}".strip()
    return tuple(part for part in (person, name.company_name) if part)


def _narrowed(book: ContactBook, text: str, limit: int) -> FoundContacts | None:
    """A name with a city or the end of a phone number, as our own questions put it."""
    ending = _ENDING.match(text.strip())
    place = _PLACE.match(text.strip())
    if ending is None and place is None:
        return None
    name = (ending or place or {})["name"]
    matched = (
        [book.by_id[c.id] for c in book.index.match(name, limit=50).candidates]
        if name
        else list(book.by_id.values())
    )
    if ending is not None:
        digits = re.sub(r"\D", "", ending["digits"])
        kept = [n for n in matched if any(phone.endswith(digits) for phone in n.phones)]
    else:
        city = place["city"].strip().lower() if place is not None else ""
        kept = [n for n in matched if n.city.lower() == city]
    return FoundContacts(tuple(kept[:limit]), True) if kept else None
