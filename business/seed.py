"""Fills a database with two demonstration businesses, deterministic and believable around a given moment.

A plumbing and heating contractor with customers, three weeks of work, projects, offers and bills; and a small second
business, so that tenancy is visible. Seeding again changes nothing; it never touches another business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from business.actor import Actor
from business.entities.addresses import Address
from business.entities.businesses import Business, CompanySize, OpeningHours
from business.entities.contacts import Contact, RelationshipStatus
from business.entities.jobs import Job, JobSource, JobStatus, JobType
from business.entities.memberships import Membership, Role
from business.entities.numbers import Series
from business.repositories import UnitOfWork
from business.seed_books import Books
from business.seed_work import Calendar, Field
from business.sql.database import Database

DEMO_BUSINESS_ID = "biz-blue-spruce"
DEMO_OWNER_ID = "user-dana-ferraro"
DEMO_TECHNICIAN_ID = "user-tyler-boone"
DEMO_VIEWER_ID = "user-june-albright"
SECOND_BUSINESS_ID = "biz-harbor-light"
SECOND_OWNER_ID = "user-oscar-lindqvist"

_WEEK = tuple(OpeningHours(day, time(7, 30), time(17, 30)) for day in range(5))
_SATURDAY = OpeningHours(5, time(8), time(12))

_DEMO_TEAM = (
    (DEMO_OWNER_ID, "Dana Ferraro", Role.OWNER),
    ("user-priya-raman", "Priya Raman", Role.ADMIN),
    ("user-luke-hadley", "Luke Hadley", Role.MANAGER),
    (DEMO_TECHNICIAN_ID, "Tyler Boone", Role.EMPLOYEE),
    ("user-marisol-vega", "Marisol Vega", Role.EMPLOYEE),
    ("user-sam-otieno", "Sam Otieno", Role.CONTRACTOR),
    (DEMO_VIEWER_ID, "June Albright", Role.VIEWER),
)


@dataclass(frozen=True, slots=True)
class SeedSummary:
    """What the seed planted; all zero when everything was there already."""

    businesses: int = 0
    contacts: int = 0
    jobs: int = 0
    projects: int = 0
    estimates: int = 0
    invoices: int = 0


async def seed(database: Database, now: datetime) -> SeedSummary:
    """Plant both businesses around ``now`` (aware); what is there already stays as it is."""
    moment = now.astimezone(UTC)
    founded = await database.found(_demo_business(moment), _member(*_DEMO_TEAM[0], moment))
    founded_second = await database.found(
        _second_business(moment), _member(SECOND_OWNER_ID, "Oscar Lindqvist", Role.OWNER, moment)
    )
    planted = SeedSummary()
    async with database.tenant(Actor.system(DEMO_BUSINESS_ID)) as uow:
        if not await uow.contacts.version():
            planted = await _plant_demo(uow, moment)
    async with database.tenant(Actor.system(SECOND_BUSINESS_ID)) as uow:
        if not await uow.contacts.version():
            await _plant_second(uow, moment)
    return SeedSummary(
        businesses=int(founded) + int(founded_second),
        contacts=planted.contacts,
        jobs=planted.jobs,
        projects=planted.projects,
        estimates=planted.estimates,
        invoices=planted.invoices,
    )


async def _plant_demo(uow: UnitOfWork, now: datetime) -> SeedSummary:
    await uow.memberships.add_all([_member(*person, now) for person in _DEMO_TEAM[1:]])
    calendar = Calendar(uow.business, now)
    field = Field(calendar, DEMO_OWNER_ID, DEMO_TECHNICIAN_ID, "user-marisol-vega")
    contacts = field.contacts()
    await uow.contacts.add_all(list(contacts.values()))
    projects = field.projects(contacts)
    await uow.projects.add_all(list(projects.values()))
    jobs = field.jobs(contacts, projects)
    await uow.jobs.add_all(jobs)
    await uow.interactions.add_all(field.interactions(contacts))
    await uow.activities.add_all(field.activities(contacts))
    books = Books(calendar, contacts, DEMO_OWNER_ID)
    estimates, converted = books.estimates()
    await uow.estimates.add_all(estimates)
    invoices = [*books.invoices(first=books.first_invoice + len(converted)), *converted]
    await uow.invoices.add_all(invoices)
    for series, last in (
        (Series.JOB, field.last_job),
        (Series.PROJECT, len(projects)),
        (Series.ESTIMATE, books.last_estimate),
        (Series.QUOTE, books.last_quote),
        (Series.INVOICE, books.first_invoice + len(invoices) - 1),
    ):
        await uow.numbers.continue_from(series, last)
    return SeedSummary(0, len(contacts), len(jobs), len(projects), len(estimates), len(invoices))


async def _plant_second(uow: UnitOfWork, now: datetime) -> None:
    """Two customers and a job: one of the customers bears a name that the first business knows too."""
    calendar = Calendar(uow.business, now)
    await uow.memberships.add(_member("user-wren-castillo", "Wren Castillo", Role.EMPLOYEE, now))
    # The demo's owner helps out here in a small role, so that one user reaches two businesses.
    await uow.memberships.add(_member(DEMO_OWNER_ID, "Dana Ferraro", Role.VIEWER, now))
    people = [
        _neighbour(calendar, "Sarah", "Johnson", "+12075550141", "9 Breakwater Street"),
        _neighbour(calendar, "Elliot", "Marsh", "+12075550142", "31 Lighthouse Road"),
    ]
    await uow.contacts.add_all(people)
    start, end = calendar.slot(1, "09:00", 120)
    job = Job(
        id=calendar.id("job", "panel"),
        number=Series.JOB.format(1),
        title="Electrical panel upgrade",
        created_at=calendar.ago(3),
        updated_at=calendar.ago(3),
        created_by=SECOND_OWNER_ID,
        type=JobType.INSTALLATION,
        status=JobStatus.SCHEDULED,
        source=JobSource.REFERRAL,
        contact_id=people[0].id,
        address=people[0].address,
        scheduled_start=start,
        scheduled_end=end,
        assigned_users=(SECOND_OWNER_ID,),
    )
    await uow.jobs.add(job)
    await uow.numbers.continue_from(Series.JOB, 1)


def _neighbour(calendar: Calendar, first: str, last: str, phone: str, street: str) -> Contact:
    return Contact(
        id=calendar.id("contact", f"{first} {last}"),
        created_at=calendar.ago(90),
        updated_at=calendar.ago(90),
        first_name=first,
        last_name=last,
        mobile=phone,
        relationship=RelationshipStatus.ACTIVE_CLIENT,
        address=Address(street, "Portland", "ME", "04101"),
    )


def _member(user_id: str, name: str, role: Role, now: datetime) -> Membership:
    return Membership(
        id=f"member-{user_id.removeprefix('user-')}",
        user_id=user_id,
        name=name,
        role=role,
        joined_at=now,
        email=f"{name.split()[0].lower()}@bluespruce.example",
    )


def _demo_business(now: datetime) -> Business:
    return Business(
        id=DEMO_BUSINESS_ID,
        name="Blue Spruce Plumbing and Heating",
        trade="Plumbing and HVAC",
        timezone="America/Denver",
        created_at=now,
        company_size=CompanySize.SMALL,
        phone="+19705550100",
        email="office@bluespruce.example",
        website="https://bluespruce.example",
        address=Address("700 Riverside Avenue", "Fort Collins", "CO", "80524"),
        business_hours=(*_WEEK, _SATURDAY),
        tax_id="84-5550100",
        licence="PC.0005550",
    )


def _second_business(now: datetime) -> Business:
    return Business(
        id=SECOND_BUSINESS_ID,
        name="Harbor Light Electric",
        trade="Electrical",
        timezone="America/New_York",
        created_at=now,
        company_size=CompanySize.JUST_ME,
        phone="+12075550140",
        email="hello@harborlight.example",
        address=Address("12 Wharf Street", "Portland", "ME", "04101"),
        business_hours=_WEEK,
    )
