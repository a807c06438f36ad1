"""The contact tools: look up, search, log an interaction, plan a follow-up."""

from __future__ import annotations

from datetime import time
from typing import Any

from business.entities.contacts import Contact, ContactType, RelationshipStatus
from business.use_cases.activities import Activities
from business.use_cases.contacts import ContactInfo, Contacts
from business.use_cases.interactions import Interactions
from tools.catalogue.contacts import AddContactInteraction, GetContactInfo, ScheduleFollowUp, SearchContacts
from tools.context import Done, Handler, ToolContext
from tools.references.contacts import contact_book, find_contacts, focus_on, labels_of, resolve_contact
from tools.refusals import invalid
from tools.relationships import relationship_in, say_relationship, says_a_name, type_in
from tools.spoken.say import capitalise, say_choice, say_code, say_count, say_list, say_phone, say_when
from tools.values import future_moment

_FOLLOW_UP_AT = time(9)
_MOST_LISTED = 50


async def get_contact_info(ctx: ToolContext, args: GetContactInfo) -> Done:
    """Tell how to reach a contact and what is open."""
    name = await resolve_contact(ctx, args.contact)
    info = await Contacts(ctx.uow).info(name.id)
    contact = info.contact
    sentences = [_reach(contact)]
    if not ctx.call.caller.is_driving:
        if contact.address.one_line:
            sentences.append(f"The address is {contact.address.one_line}.")
        open_business = _open_business(ctx, info)
        if open_business:
            sentences.append(open_business)
    return Done(
        " ".join(sentences), {"contact": _info_data(ctx, info)}, focus_on(contact.id, contact.display_name)
    )


async def search_contacts(ctx: ToolContext, args: SearchContacts) -> Done:
    """Find contacts by name, also misheard ones, else by any other word; or all of a relationship or a kind."""
    named = relationship_in(args.query)
    wanted = args.relationship_status or named
    kind = type_in(args.query)
    if not says_a_name(args.query) and (wanted is not None or kind is not None):
        return await _all_of(ctx, wanted, kind)
    if not args.query:
        raise invalid("query", "Who are you looking for?")
    contacts = Contacts(ctx.uow)
    found = await find_contacts(ctx, args.query, limit=20)
    matched = [await contacts.get(name.id) for name in found.contacts] if found.is_sure else []
    if not matched:
        matched = list(await contacts.search(args.query, args.relationship_status, limit=20))
    if args.relationship_status is not None:
        matched = [contact for contact in matched if contact.relationship is args.relationship_status]
    if not matched:
        return _no_contact(args, labels_of(found.contacts))
    if len(matched) == 1:
        contact = matched[0]
        return Done(
            f"I found {_reach(contact)}", _found_data(matched), focus_on(contact.id, contact.display_name)
        )
    return await _several(ctx, matched, f"I found {say_count(len(matched), 'contact')}")


async def _all_of(
    ctx: ToolContext, relationship: RelationshipStatus | None, kind: ContactType | None
) -> Done:
    """Tell who is in a relationship, or of a kind, by name."""
    contacts = Contacts(ctx.uow)
    found = list(await contacts.search("", relationship, type=kind, limit=_MOST_LISTED + 1))
    named = [say_relationship(each) for each in (relationship, kind) if each is not None]
    one, many = (" and ".join(words) for words in zip(*named, strict=True))  # "past clients and vendors"
    if len(named) > 1:
        one = many = f"contacts who are {many}"
    if not found:
        return Done(f"You have no {many}.", _found_data(found))
    if len(found) > _MOST_LISTED:
        return await _several(ctx, found[:_MOST_LISTED], f"You have more than {_MOST_LISTED} {many}")
    return await _several(ctx, found, f"You have {say_count(len(found), one, many)}")


async def _several(ctx: ToolContext, matched: list[Contact], head: str) -> Done:
    """A spoken list of contacts; "the second one" then picks from what was spoken."""
    book = await contact_book(ctx)
    spoken = labels_of([book.by_id[contact.id] for contact in matched])
    shown = ",".join(contact.id for contact in matched[: ctx.list_limit])
    focus = {"contact_list": shown}
    if len(matched) == 1:
        focus |= focus_on(matched[0].id, matched[0].display_name)
    return Done(f"{head}: {ctx.enumerate(spoken)}.", _found_data(matched), focus)


async def add_contact_interaction(ctx: ToolContext, args: AddContactInteraction) -> Done:
    """Write an interaction into the contact's history."""
    name = await resolve_contact(ctx, args.contact)
    kind = say_code(args.interaction_type.value)
    text = args.notes.strip() or f"{capitalise(kind)} with {name.display_name}"
    entry = await Interactions(ctx.uow).log(name.id, args.interaction_type, text, outcome=args.outcome)
    data = {
        "interaction": {"id": entry.id, "type": entry.type.value, "notes": text, "contact": name.display_name}
    }
    return Done(f"I noted the {kind} with {name.display_name}.", data, focus_on(name.id, name.display_name))


async def schedule_follow_up(ctx: ToolContext, args: ScheduleFollowUp) -> Done:
    """Plan a follow-up; its reminder comes at that time."""
    name = await resolve_contact(ctx, args.contact)
    at = future_moment(ctx, args.follow_up_date, "follow_up_date", _FOLLOW_UP_AT)
    notes = args.notes.strip() or f"Follow up with {name.display_name}"
    activity = await Activities(ctx.uow).schedule_follow_up(name.id, at, notes, priority=args.priority)
    said = say_when(at, ctx.now, ctx.tz)
    data = {"follow_up": {"id": activity.id, "at": at.astimezone(ctx.tz).isoformat(), "notes": notes}}
    focus = focus_on(name.id, name.display_name) | {"activity": activity.id, "activity_label": notes}
    return Done(f"I'll remind you {_on(said)} to follow up with {name.display_name}.", data, focus)


def contact_data(contact: Contact) -> dict[str, Any]:
    """The contact as structured data."""
    data = {
        "id": contact.id,
        "name": contact.display_name,
        "company": contact.company_name,
        "phone": contact.best_phone,
        "email": contact.email,
        "address": contact.address.one_line,
        "type": contact.type.value,
        "relationship": contact.relationship.value,
    }
    return {name: value for name, value in data.items() if value}


def _info_data(ctx: ToolContext, info: ContactInfo) -> dict[str, Any]:
    data = contact_data(info.contact)
    data["open_jobs"] = len(info.open_jobs)
    if info.outstanding is not None:
        data["outstanding"] = str(info.outstanding)
    if info.contact.last_contacted is not None:
        data["last_contacted"] = info.contact.last_contacted.astimezone(ctx.tz).isoformat()
    data["recent"] = [{"type": one.type.value, "notes": one.description} for one in info.recent_interactions]
    return data


def _reach(contact: Contact) -> str:
    """Name and number, or email where there is no number."""
    name = contact.display_name
    if contact.company_name and contact.company_name != name:
        name = f"{name} of {contact.company_name}"
    if contact.best_phone:
        return f"{name}, phone {say_phone(contact.best_phone)}."
    return f"{name}, email {contact.email}."


def _open_business(ctx: ToolContext, info: ContactInfo) -> str:
    parts: list[str] = []
    if info.open_jobs:
        parts.append(say_count(len(info.open_jobs), "open job"))
    if info.outstanding:
        parts.append(f"{ctx.money(info.outstanding)} to pay")
    return f"There {'is' if len(info.open_jobs) == 1 else 'are'} {say_list(parts)}." if parts else ""


def _found_data(matched: list[Contact]) -> dict[str, Any]:
    return {"count": len(matched), "contacts": [contact_data(contact) for contact in matched[:20]]}


def _no_contact(args: SearchContacts, near: list[str]) -> Done:
    among = ""
    if args.relationship_status is not None:
        among = f" among your {say_relationship(args.relationship_status)[1]}"
    hint = f" Did you mean {say_choice(near[:3])}?" if near else ""
    return Done(f"I found nobody for {args.query}{among}.{hint}", _found_data([]))


def _on(said: str) -> str:
    return said if said.startswith(("today", "tomorrow")) else f"on {said}"


HANDLERS: dict[str, Handler] = {
    "get_contact_info": get_contact_info,
    "search_contacts": search_contacts,
    "add_contact_interaction": add_contact_interaction,
    "schedule_follow_up": schedule_follow_up,
}
