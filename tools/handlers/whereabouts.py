"""Which point on the map a question means: a place, a job, a contact's address, where the user is, or the next stop.

Reads the books only and asks no geocoder: it gives the readings of what was said in order of preference. An explicit
reference that fits nothing, or several things, is refused with a question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from business.entities.addresses import Address
from business.entities.memberships import Permission
from business.errors import NotFound
from business.read_models import ContactName, JobView
from business.use_cases.contacts import Contacts
from business.use_cases.jobs import Jobs
from tools.context import ToolContext
from tools.envelope import Location
from tools.references.contacts import find_contacts, focus_on, focused_contact, resolve_contact
from tools.references.jobs import job_focus, job_name, resolve_job
from tools.references.projects import project_focus, resolve_project
from tools.references.pronouns import PERSONAL, is_id, is_pronoun, picked, words_of
from tools.refusals import Refused, invalid, not_found
from tools.spoken.words import vocabulary
from tools.weather.places import query_of_address, query_of_text
from tools.weather.provider import Coordinates, PlaceQuery

_HERE: Final = re.compile(
    r"(?:right |around |out )?here|(?:at |in )?my (?:place|location|position|area)|where (?:i am|i'm|we are)(?: now)?|"
    r"current location|outside|out there|nearby",
    re.IGNORECASE,
)
_THERE: Final = re.compile(r"(?:over |up |down )?there", re.IGNORECASE)
_OWN: Final = re.compile(
    r"(?:at )?(?:the|our|my) (?:office|shop|business|base|yard|headquarters|hq)", re.IGNORECASE
)
_NEXT: Final = re.compile(
    r"(?:the|our|my) (?:next|first|coming) (?:job|stop|appointment|visit)", re.IGNORECASE
)
_LEAD: Final = re.compile(r"^(?:(?:at|in|for|over at|out at|near|by|on)\s+)+", re.IGNORECASE)
_JOB: Final = vocabulary("job jobs appointment visit booking jobsite site stop")
_PROJECT: Final = vocabulary("project remodel renovation addition build")
_HOUSE: Final = vocabulary("house home place property residence yard roof")
_OWNER: Final = re.compile(r"['’]s?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Spot:
    """One reading of where.

    Attributes:
        at: A point, or what a geocoder has to look for.
        name: What it is called in a question back.
        where: With its preposition, for what is more than a town ("at the boiler service for Tom Miller").
        focus: What "it" and "her" mean afterwards.
        is_spoken: A place named by the user, who can be asked which of several.
        only_if_prominent: Counts only when the town is near or large, since the name is a client's as well.
    """

    at: Coordinates | PlaceQuery
    name: str
    where: str = ""
    focus: Mapping[str, str] = field(default_factory=dict[str, str])
    is_spoken: bool = False
    only_if_prominent: bool = False


async def spots_of(ctx: ToolContext, said: str) -> tuple[Spot, ...]:
    """The readings of ``said``, best first; of nothing, where the user is. Raises Refused about ``location``."""
    text = _LEAD.sub("", " ".join(said.split())).strip(" ,.?!")
    try:
        return await _spots(ctx, text)
    except Refused as refused:
        raise Refused(replace(refused.error, field="location"), refused.focus) from refused


async def _spots(ctx: ToolContext, text: str) -> tuple[Spot, ...]:
    words = frozenset(words_of(text))
    if not words or _HERE.fullmatch(text):
        return await _default(ctx)
    if _NEXT.fullmatch(text):
        return await _next_job(ctx) or _nowhere()
    if _OWN.fullmatch(text):
        return _business(ctx) or _nowhere()
    if _THERE.fullmatch(text):
        return await _there(ctx)
    if is_id(text):
        return (await _of_id(ctx, text),)
    if words & PERSONAL and words <= PERSONAL | _HOUSE | _JOB | {"the", "at"}:
        if not words & _JOB:
            return (await _contact(ctx, await focused_contact(ctx)),)
        return (_job(ctx, await resolve_job(ctx, text)),)
    if is_pronoun(text, "job") or words & _JOB or picked(text, "job", ctx.call.focus):
        return (_job(ctx, await resolve_job(ctx, text)),)
    if words & _PROJECT:
        return (await _project(ctx, text),)
    return await _named(ctx, text, owned=bool(_OWNER.search(text) or words & _HOUSE))


async def _named(ctx: ToolContext, text: str, *, owned: bool) -> tuple[Spot, ...]:
    """A name that may be a place's or a client's; ``owned`` ("Maria's house") is a client's if there is one."""
    query = query_of_text(text)
    place = Spot(query, text, is_spoken=True)
    clients = await _clients(ctx, text)
    exactly = [one for one in clients if _is_called(one, text)]
    if owned and clients:
        return (await _contact(ctx, await resolve_contact(ctx, text)), place)
    if query.region or query.postal_code or query.street or not exactly:
        return (place, *await _by_description(ctx, text))
    prominent = replace(place, only_if_prominent=True)
    if len(exactly) > 1:
        # Which of them is asked only when no town of that name comes first, which is not known yet.
        return (prominent, place)
    return (prominent, await _contact(ctx, exactly[0]), place)


async def _clients(ctx: ToolContext, text: str) -> tuple[ContactName, ...]:
    if not ctx.uow.membership.may(Permission.VIEW_CONTACTS):
        return ()
    found = await find_contacts(ctx, text)
    return found.contacts if found.is_sure else ()


def _is_called(contact: ContactName, text: str) -> bool:
    """Whether every word is one of the contact's name, not only alike."""
    name = {word.removesuffix("'s") for word in words_of(f"{contact.display_name} {contact.company_name}")}
    return {word.removesuffix("'s") for word in words_of(text)} - {"the"} <= name


async def _by_description(ctx: ToolContext, text: str) -> tuple[Spot, ...]:
    """The job that the words describe, for when no place bears them; nothing when that is not certain."""
    if not ctx.uow.membership.may(Permission.VIEW_JOBS):
        return ()
    try:
        return (_job(ctx, await resolve_job(ctx, text)),)
    except Refused:
        return ()


async def _default(ctx: ToolContext) -> tuple[Spot, ...]:
    """Where the user is, else where the next job of today is, else where the business is."""
    return _session(ctx.call.caller.location) or await _next_job(ctx) or _business(ctx) or _nowhere()


async def _next_job(ctx: ToolContext) -> tuple[Spot, ...]:
    """Where the next job of today is that has an address."""
    if not ctx.uow.membership.may(Permission.VIEW_JOBS):
        return ()
    for view in await Jobs(ctx.uow).upcoming(1):
        start = view.job.scheduled_start
        if start is not None and start >= ctx.now and not query_of_address(view.job.address).is_empty:
            return (_job(ctx, view),)
    return ()


def _session(location: Location | None) -> tuple[Spot, ...]:
    if location is None:
        return ()
    query = query_of_text(location.address or "", is_address="," in (location.address or ""))
    if location.latitude is not None and location.longitude is not None:
        latitude, longitude = location.latitude, location.longitude
        if math.isfinite(latitude + longitude) and abs(latitude) <= 90 and abs(longitude) <= 180:
            where = f"in {query.city}" if query.city else "where you are"
            return (Spot(Coordinates(latitude, longitude), query.city or "here", where),)
    return () if query.is_empty else (Spot(query, query.city or query.postal_code),)


async def _there(ctx: ToolContext) -> tuple[Spot, ...]:
    focus = ctx.call.focus
    if "job" in focus:
        return (_job(ctx, await resolve_job(ctx, "it")),)
    if "contact" in focus:
        return (await _contact(ctx, await focused_contact(ctx)),)
    return await _default(ctx)


async def _of_id(ctx: ToolContext, entity_id: str) -> Spot:
    try:
        return _job(ctx, await Jobs(ctx.uow).get(entity_id))
    except NotFound:
        found = await find_contacts(ctx, entity_id)
    if not found.contacts:
        raise not_found("I couldn't find that any more. Which place do you mean?")
    return await _contact(ctx, found.contacts[0])


async def _project(ctx: ToolContext, text: str) -> Spot:
    report = await resolve_project(ctx, text)
    where = f"at the {report.project.name}"
    return _spot(ctx, report.project.address, report.project.name, where, project_focus(report))


async def _contact(ctx: ToolContext, name: ContactName) -> Spot:
    contact = await Contacts(ctx.uow).get(name.id)
    where = f"at {contact.display_name}'s"
    return _spot(ctx, contact.address, contact.display_name, where, focus_on(name.id, name.display_name))


def _job(ctx: ToolContext, view: JobView) -> Spot:
    name = job_name(view)
    return _spot(ctx, view.job.address, f"the {name}", f"at the {name}", job_focus(view))


def _spot(ctx: ToolContext, address: Address, name: str, where: str, focus: Mapping[str, str]) -> Spot:
    """An address in the books; one without a town is taken to be in the town of the business."""
    query = query_of_address(address)
    if query.is_empty:
        query = query_of_address(ctx.uow.business.address)
    if query.is_empty:
        raise invalid("location", f"I don't know the address of {name}. In which town is it?")
    return Spot(query, name, where, focus)


def _business(ctx: ToolContext) -> tuple[Spot, ...]:
    query = query_of_address(ctx.uow.business.address)
    return () if query.is_empty else (Spot(query, query.city or query.postal_code),)


def _nowhere() -> tuple[Spot, ...]:
    raise invalid("location", "For which place?")
