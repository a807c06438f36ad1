"""Contacts, interactions, activities, projects and the business's own profile."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from business.entities.activities import ActivityStatus, QuietHours, ReminderChannel
from business.entities.addresses import Address
from business.entities.businesses import OpeningHours
from business.entities.contacts import RelationshipStatus, normalise_phone
from business.entities.interactions import InteractionType
from business.entities.memberships import Role
from business.entities.projects import ProjectStatus
from business.errors import Conflict, Forbidden, InvalidTransition, NotFound, ValidationFailed
from business.sql.repositories import people
from business.use_cases.activities import Activities
from business.use_cases.businesses import BusinessChanges, Businesses
from business.use_cases.contacts import ContactChanges, Contacts, NewContact
from business.use_cases.interactions import Interactions
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.projects import NewProject, Projects
from business.use_cases.summary import Summary
from tests.business.world import NOW, TODAY, World, days

HOUR = timedelta(hours=1)
DENVER = ZoneInfo("America/Denver")


async def test_phones_and_emails_are_normalised(world: World) -> None:
    async with world.write() as uow:
        made = await Contacts(uow).create(
            NewContact(company_name="Acme", phone="(970) 555-0142", email=" Office@Acme.Example ")
        )
    assert (made.phone, made.email, made.display_name) == ("+19705550142", "office@acme.example", "Acme")
    assert normalise_phone("030 1234567", region="DE") == "+49301234567"


@pytest.mark.parametrize(
    ("new", "named"),
    [
        (NewContact(first_name="X", email="NORA@mail.example"), "email"),
        (NewContact(first_name="X", mobile="970-555-0101"), "mobile as phone"),
        (NewContact(first_name="X", phone="+1 970 555 0102"), "phone as mobile"),
    ],
)
async def test_duplicates_are_refused_with_the_existing_contact_named(
    world: World, new: NewContact, named: str
) -> None:
    existing = await world.contact(email="nora@mail.example", phone="9705550101", mobile="9705550102")
    async with world.write() as uow:
        with pytest.raises(Conflict) as caught:
            await Contacts(uow).create(new)
    assert caught.value.details == {"contact_id": existing, "contact": "Nora Quill"}, named
    assert "Nora Quill" in str(caught.value)
    async with world.database.tenant(world.other) as uow:
        await Contacts(uow).create(new)


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("name", NewContact(phone="9705550101")),
        ("phone", NewContact(first_name="A")),
        ("phone", NewContact(first_name="A", phone="12")),
        ("email", NewContact(first_name="A", email="nobody")),
        ("first_name", NewContact(first_name="A" * 101, email="a@b.example")),
    ],
)
async def test_what_no_contact_can_be(world: World, field: str, new: NewContact) -> None:
    async with world.write() as uow:
        with pytest.raises(ValidationFailed) as caught:
            await Contacts(uow).create(new)
    assert caught.value.field == field


async def test_only_changed_names_are_read_again(world: World) -> None:
    ids = [await world.contact(first, "Smith") for first in ("Ann", "Bob", "Cy")]
    async with world.read() as uow:
        version = await Contacts(uow).version()
        assert version is not None
        assert await Contacts(uow).names_since(version) == {}
    async with world.write() as uow:
        await Contacts(uow).edit(ids[0], ContactChanges(notes="says nothing about the name"))
        assert await Contacts(uow).version() == version
        await Contacts(uow).edit(ids[1], ContactChanges(last_name="Jones"))
    async with world.write() as uow:
        await Contacts(uow).archive(ids[2])
    dee = await world.contact("Dee", "Zu")
    async with world.read() as uow:
        changed = await Contacts(uow).names_since(version)
        names = {one.id: one for one in await Contacts(uow).names()}
        assert changed == {ids[1]: names[ids[1]], ids[2]: None, dee: names[dee]}
        assert names[ids[1]].last_name == "Jones"
        assert [one.id for one in await Contacts(uow).names(limit=2)] == [ids[0], ids[1]]


async def test_all_names_are_read_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [await world.contact(f"Name{number:02}", "Smith") for number in range(7)]
    for part in (1, 3, 7, 8):
        monkeypatch.setattr(people, "_PART", part)
        async with world.read() as uow:
            assert [one.id for one in await Contacts(uow).names()] == ids


async def test_search_names_and_version(world: World) -> None:
    ids = [
        await world.contact(first, last)
        for first, last in (("Ann", "Smith"), ("Bob", "Smithers"), ("Cy", "Ng"))
    ]
    async with world.read() as uow:
        contacts = Contacts(uow)
        assert [one.display_name for one in await contacts.search("smith")] == ["Ann Smith", "Bob Smithers"]
        assert [one.display_name for one in await contacts.search("ann SMITH")] == ["Ann Smith"]
        assert await contacts.search("sm_th") == ()
        assert await contacts.search("smith", RelationshipStatus.LOST_LEAD) == ()
        assert [one.id for one in await contacts.names()] == ids
        version = await contacts.version()
    async with world.write() as uow:
        await Interactions(uow).log(ids[0], InteractionType.CALL, "no news for matching")
        assert await Contacts(uow).version() == version
        await Contacts(uow).archive(ids[0])
        assert await Contacts(uow).version() is None, "a roll-back could still undo it"
        assert [one.display_name for one in await Contacts(uow).names()] == ["Bob Smithers", "Cy Ng"]
        assert [one.display_name for one in await uow.contacts.page(limit=2, offset=1)] == [
            "Bob Smithers",
            "Cy Ng",
        ]


async def test_a_contact_is_edited_and_moved_along(world: World) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        edited = await Contacts(uow).edit(contact, ContactChanges(last_name="Nimble", mobile="9705550177"))
        moved = await Contacts(uow).change_relationship(contact, RelationshipStatus.QUALIFIED_LEAD)
        with pytest.raises(InvalidTransition):
            await Contacts(uow).change_relationship(contact, RelationshipStatus.PAST_CLIENT)
    assert (edited.display_name, edited.mobile, edited.email) == (
        "Nora Nimble",
        "+19705550177",
        "nora.quill@mail.example",
    )
    assert moved.relationship is RelationshipStatus.QUALIFIED_LEAD
    async with world.read() as uow:
        assert [one.id for one in await Contacts(uow).search("nimble")] == [contact]


async def test_talking_to_a_contact_is_remembered(world: World) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        await Interactions(uow).log(contact, InteractionType.NOTE, "Has a dog")
        assert (await uow.contacts.get(contact)).last_contacted is None
    world.clock.advance(HOUR)
    async with world.write() as uow:
        await Interactions(uow).log(contact, InteractionType.CALL, "Wants a quote", outcome="interested")
        await Jobs(uow).create(NewJob("Repipe", contact_id=contact))
        await Activities(uow).schedule_follow_up(contact, NOW + days(2), "send the quote")
        with pytest.raises(NotFound):
            await Interactions(uow).log("none", InteractionType.CALL, "?")
        with pytest.raises(ValidationFailed):
            await Interactions(uow).log(contact, InteractionType.CALL, "  ")
    async with world.read() as uow:
        info = await Contacts(uow).info(contact)
    assert info.contact.last_contacted == NOW + HOUR
    assert [one.description for one in info.recent_interactions] == ["Wants a quote", "Has a dog"]
    assert [view.job.title for view in info.open_jobs] == ["Repipe"]
    assert info.next_follow_up is not None
    assert info.next_follow_up.title == "Follow up with Nora Quill"
    assert info.outstanding == 0
    async with world.read(Role.VIEWER) as uow:
        assert (await Contacts(uow).info(contact)).outstanding is None


async def test_reminders_reach_the_outbox_once_when_due(world: World) -> None:
    async with world.write() as uow:
        made = await Activities(uow).set_reminder("Order pipe", NOW + HOUR)
        assert await Activities(uow).release_due() == 0
        with pytest.raises(ValidationFailed):
            await Activities(uow).set_reminder("Too late", NOW)
    assert await world.database.directory.businesses_with_due_reminders(NOW) == ()
    world.clock.advance(HOUR)
    assert await world.database.directory.businesses_with_due_reminders(NOW + HOUR) == (world.business_id,)
    async with world.write() as uow:
        assert await Activities(uow).release_due() == 1
        assert await Activities(uow).release_due() == 0
        messages = await uow.outbox.due()
        assert [(message.recipient, message.payload["message"]) for message in messages] == [
            ("user-owner", "Order pipe")
        ]
        await Activities(uow).complete(made.id)
        with pytest.raises(InvalidTransition):
            await Activities(uow).cancel(made.id)
    assert await world.database.directory.businesses_with_due_reminders(NOW + days(9)) == ()


async def test_quiet_hours_and_the_daily_limit_put_reminders_off(world: World) -> None:
    evening = datetime(2026, 5, 13, 21, 30, tzinfo=DENVER)
    async with world.write() as uow:
        for index in range(12):
            await Activities(uow).set_reminder(f"Thing {index}", evening)
    world.clock.advance(evening - NOW)
    async with world.write() as uow:
        assert await Activities(uow).release_due() == 12
        assert await uow.outbox.due() == ()
    world.clock.advance(datetime(2026, 5, 14, 7, 0, tzinfo=DENVER) - evening)
    async with world.write() as uow:
        assert len(await uow.outbox.due()) == 10
    world.clock.advance(days(1))
    async with world.write() as uow:
        assert len(await uow.outbox.due()) == 12


@pytest.mark.parametrize(
    ("hours", "at", "then"),
    [
        (QuietHours(), time(20, 59), (13, time(20, 59))),
        (QuietHours(), time(21, 0), (14, time(7))),
        (QuietHours(), time(3, 0), (13, time(7))),
        (QuietHours(), time(7, 0), (13, time(7))),
        (QuietHours(time(12), time(13)), time(12, 30), (13, time(13))),
        (QuietHours(time(12), time(13)), time(13), (13, time(13))),
    ],
)
def test_quiet_hours(hours: QuietHours, at: time, then: tuple[int, time]) -> None:
    moment = datetime.combine(date(2026, 5, 13), at, DENVER).astimezone(UTC)
    assert hours.next_allowed(moment, DENVER).astimezone(DENVER) == datetime(
        2026, 5, then[0], tzinfo=DENVER
    ).replace(hour=then[1].hour, minute=then[1].minute)


async def test_reminders_by_mail_fall_back_without_an_address(world: World) -> None:
    async with world.write() as uow:
        await Activities(uow).set_reminder("Call", NOW + HOUR, channel=ReminderChannel.SMS)
    world.clock.advance(2 * HOUR)
    async with world.write() as uow:
        await Activities(uow).release_due()
        assert [(one.channel, one.recipient) for one in await uow.outbox.due()] == [
            ("notification", "user-owner")
        ]


async def test_activities_can_be_moved_by_those_they_concern(world: World) -> None:
    async with world.write() as uow:
        made = await Activities(uow).set_reminder("Order pipe", NOW + HOUR)
        moved = await Activities(uow).reschedule(made.id, NOW + 3 * HOUR)
        assert (moved.due_at, moved.next_reminder_at) == (NOW + 3 * HOUR, NOW + 3 * HOUR)
        assert [one.id for one in await Activities(uow).open()] == [made.id]
    async with world.write(Role.VIEWER) as uow:
        with pytest.raises(Forbidden):
            await Activities(uow).cancel(made.id)
        assert await Activities(uow).open() == ()
    async with world.write() as uow:
        assert (await Activities(uow).cancel(made.id)).status is ActivityStatus.CANCELLED


async def test_projects_report_progress_budget_and_delay(world: World) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        projects = Projects(uow)
        made = (
            await projects.create(
                NewProject(
                    "Bath remodel",
                    contact,
                    start_date=TODAY,
                    end_date=TODAY + timedelta(days=5),
                    estimated_budget=Decimal(1000),
                )
            )
        ).project.id
        assert await projects.active() == ()
        await projects.change_status(made, ProjectStatus.ACTIVE)
        await projects.add_cost(made, Decimal("1200.50"))
        await projects.update_progress(made, 70, notes="tiles next")
        await projects.set_milestone(made, "Rough-in", is_done=True)
        await Jobs(uow).create(NewJob("Tiles", project_id=made))
        for percent in (-1, 101):
            with pytest.raises(ValidationFailed) as caught:
                await projects.update_progress(made, percent)
            assert caught.value.field == "progress_percentage"
    world.clock.advance(days(6))
    async with world.write() as uow:
        report = (await Projects(uow).active())[0]
        assert (report.client_name, report.budget_variance, report.days_left) == (
            "Nora Quill",
            Decimal("-200.50"),
            -1,
        )
        assert (report.is_overdue, report.open_jobs, report.total_jobs) == (True, 1, 1)
        assert report.project.progress_percent == 70
        assert report.project.progress_log[0].notes == "tiles next"
        assert report.project.milestones[0].completed_on == TODAY
        done = await Projects(uow).change_status(made, ProjectStatus.COMPLETED)
        assert (done.project.completed_on, done.is_overdue) == (TODAY + timedelta(days=6), False)
        with pytest.raises(InvalidTransition):
            await Projects(uow).update_progress(made, 100)
        assert [one.name for one in await Projects(uow).names()] == ["Bath remodel"]
        assert [one.project.id for one in await Projects(uow).find_by_number("one 1")] == [made]
        assert [view.job.title for view in await Projects(uow).jobs(made)] == ["Tiles"]


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("name", {"name": "x" * 201}),
        ("description", {"description": "x" * 1001}),
        ("end_date", {"start_date": TODAY, "end_date": TODAY}),
        ("budget", {"estimated_budget": Decimal(-1)}),
        ("team", {"team": ("user-stranger",)}),
    ],
)
async def test_what_no_project_can_be(world: World, field: str, more: dict[str, object]) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        with pytest.raises(ValidationFailed) as caught:
            await Projects(uow).create(NewProject(**{"name": "x", "contact_id": contact} | more))
    assert caught.value.field == field


async def test_the_profile_is_edited_by_owners_only(world: World) -> None:
    changes = BusinessChanges(
        name="New Name", timezone="America/New_York", business_hours=(OpeningHours(0, time(8), time(9)),)
    )
    async with world.write(Role.ADMIN) as uow:
        with pytest.raises(Forbidden):
            await Businesses(uow).edit(changes)
    async with world.write() as uow:
        await Businesses(uow).edit(changes)
        with pytest.raises(ValidationFailed):
            await Businesses(uow).edit(BusinessChanges(timezone="Mars/Olympus"))
    async with world.read() as uow:
        profile = Businesses(uow).profile()
        assert (profile.name, uow.zone.key) == ("New Name", "America/New_York")
        assert profile.business_hours == (OpeningHours(0, time(8), time(9)),)
        assert (await Summary(uow).get()).business == profile


def test_an_address_in_one_line() -> None:
    assert Address("1 Main", "Town", "CO", "80001").one_line == "1 Main, Town, CO 80001"
    assert Address("the old barn").one_line == "the old barn"
