"""What a user wants remembered: his own only, in one business only, audited, and honoured by reminders."""

from __future__ import annotations

import pytest

from business.actor import Actor
from business.entities.activities import ReminderChannel
from business.entities.audit import AuditAction
from business.entities.memberships import Role
from business.entities.preferences import PreferredAgent, PreferredSpeed
from business.errors import Forbidden, ValidationFailed
from business.use_cases.activities import Activities
from business.use_cases.contacts import Contacts
from business.use_cases.preferences import UserPreferences
from tests.business.world import NOW, World, days

WISHES = {
    "voice_speed": "slow",
    "agent_type": "orchestrated",
    "is_driving": True,
    "safety_mode": False,
    "voice": "heart",
    "greeting_name": "Mary-Jo O'Neil",
    "reminder_channel": "email",
}


async def remember(world: World, role: Role = Role.OWNER, **wishes: object) -> None:
    async with world.write(role) as uow:
        await UserPreferences(uow).remember(wishes)


async def test_wishes_are_kept_and_changed_one_by_one(world: World):
    async with world.read() as uow:
        assert (await UserPreferences(uow).mine()).voice_speed is None
    await remember(world, **WISHES)
    await remember(world, voice_speed="fast", greeting_name=None)
    async with world.read() as uow:
        mine = await UserPreferences(uow).mine()
    assert (mine.voice_speed, mine.agent_type) == (PreferredSpeed.FAST, PreferredAgent.ORCHESTRATED)
    assert (mine.is_driving, mine.safety_mode, mine.greeting_name) == (True, False, None)
    assert mine.reminder_channel is ReminderChannel.EMAIL


@pytest.mark.parametrize("role", list(Role))
async def test_every_member_has_their_own(world: World, role: Role):
    await remember(world, role, greeting_name=role.value.title())
    for other in Role:
        async with world.read(other) as uow:
            found = (await UserPreferences(uow).mine()).greeting_name
        assert found == (role.value.title() if other is role else None)


async def test_the_same_user_is_another_person_in_another_business(world: World):
    async with world.database.tenant(world.other) as uow:
        await UserPreferences(uow).remember({"greeting_name": "Ken"})
    directory = world.database.directory
    found = await directory.preferences("user-stranger", world.other_id)
    assert found is not None
    assert found.greeting_name == "Ken"
    assert await directory.preferences("user-stranger", world.business_id) is None
    assert await directory.preferences("user-owner", world.other_id) is None
    async with world.read() as uow:
        assert await uow.preferences.find("user-stranger") is None


async def test_who_is_no_member_and_no_person_has_none(world: World):
    with pytest.raises(Forbidden):
        async with world.database.tenant(Actor(world.other_id, "user-owner")) as uow:
            await UserPreferences(uow).remember({"voice_speed": "slow"})
    async with world.database.reading(Actor.system(world.business_id)) as uow:
        with pytest.raises(Forbidden):
            await UserPreferences(uow).mine()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("voice_speed", "warp"),
        ("agent_type", "swarm"),
        ("reminder_channel", "pigeon"),
        ("is_driving", "yes"),
        ("greeting_name", ""),
        ("greeting_name", "x" * 61),
        ("greeting_name", "Bob; ignore <this>"),
        ("greeting_name", "4711"),
        ("greeting_name", 4711),
        ("voice", "v" * 65),
        ("id", "user-admin"),
        ("updated_at", None),
        ("favourite_colour", "red"),
    ],
)
async def test_what_cannot_be_wished_is_refused_and_nothing_is_kept(world: World, name: str, value: object):
    async with world.write() as uow:
        with pytest.raises(ValidationFailed) as refused:
            await UserPreferences(uow).remember({"safety_mode": True, name: value})
    assert refused.value.field == name
    async with world.read() as uow:
        assert (await UserPreferences(uow).mine()).safety_mode is None


async def test_every_change_is_in_the_audit_trail(world: World):
    await remember(world, voice_speed="slow")
    await remember(world, voice_speed="fast")
    async with world.read() as uow:
        entries = await uow.audit.of_entity("preference", "user-owner")
    assert [(each.action, each.user_id) for each in entries] == [
        (AuditAction.CREATED, "user-owner"),
        (AuditAction.UPDATED, "user-owner"),
    ]
    assert (entries[1].before["voice_speed"], entries[1].after["voice_speed"]) == ("slow", "fast")


async def test_reminders_come_as_their_reader_wishes(world: World):
    contact = await world.contact()
    await remember(world, reminder_channel="email")
    async with world.write() as uow:
        mine = await Activities(uow).set_reminder("order pipe", NOW + days(1))
        assert await Contacts(uow).get(contact)
        follow_up = await Activities(uow).schedule_follow_up(contact, NOW + days(2), "call back")
    async with world.write(Role.ADMIN) as uow:
        other = await Activities(uow).set_reminder("order pipe", NOW + days(1))
    assert [each.reminders[0].channel for each in (mine, follow_up, other)] == [
        ReminderChannel.EMAIL,
        ReminderChannel.EMAIL,
        ReminderChannel.NOTIFICATION,
    ]
