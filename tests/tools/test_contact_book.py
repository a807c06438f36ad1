"""Names stay fresh, whoever changes them: another tool actor, an import, the office."""

from __future__ import annotations

import asyncio

import pytest

from business.actor import Actor
from business.entities.addresses import Address
from business.repositories import UnitOfWork
from business.sql.database import Database
from business.sql.repositories.people import SqlContacts
from business.use_cases.contacts import ContactChanges, Contacts, NewContact
from tests.tools.world import BUSINESS, OWNER, World
from tools.context import ContactBook, ToolContext
from tools.matching import VersionedCache
from tools.references.contacts import contact_book

ACTOR = Actor(BUSINESS, OWNER)


async def said(world: World, name: str) -> str:
    return (await world.executor.execute(world.make("get_contact_info", contact=name))).summary


async def test_what_another_process_changes_is_known_with_the_next_call(world: World) -> None:
    assert "Tom Miller" in await said(world, "Tom Miller")
    elsewhere = Database(world.url, clock=world.clock)
    async with elsewhere.tenant(ACTOR) as uow:
        zelda = await Contacts(uow).create(NewContact("Zelda", "Quist", mobile="+12145550199"))
    assert "Zelda Quist" in await said(world, "zelda kwist")
    async with elsewhere.tenant(ACTOR) as uow:
        await Contacts(uow).edit(zelda.id, ContactChanges(last_name="Abernathy"))
    assert "Zelda Abernathy" in await said(world, "Abernathy")
    assert "couldn't find" in await said(world, "Quist")
    async with elsewhere.tenant(ACTOR) as uow:
        await Contacts(uow).archive(zelda.id)
    assert "couldn't find" in await said(world, "Abernathy")
    assert "Tom Miller" in await said(world, "Tom Miller")
    await elsewhere.close()


async def test_only_the_first_call_reads_all_names(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[int] = []
    names = SqlContacts.names

    async def counted(self: SqlContacts, *, limit: int | None = None) -> object:
        whole.append(1)
        return await names(self, limit=limit)

    monkeypatch.setattr(SqlContacts, "names", counted)
    await asyncio.gather(*(said(world, "Tom Miller") for _ in range(8)))
    assert whole == [1]
    async with world.database.tenant(ACTOR) as uow:
        await Contacts(uow).edit(world.ids["ines"], ContactChanges(address=Address(city="Waco")))
    assert "Ines" in await said(world, "Ines in Waco")
    assert whole == [1]


async def test_what_is_rolled_back_was_never_known(world: World) -> None:
    books: VersionedCache[ContactBook] = VersionedCache()

    async def known(uow: UnitOfWork) -> set[str]:
        book = await contact_book(ToolContext(uow, world.make("get_contact_info"), books))
        return {name.display_name for name in book.by_id.values()}

    async def called_off() -> None:
        async with world.database.tenant(ACTOR) as uow:
            await Contacts(uow).create(NewContact("Ghost", "Writer", mobile="+12145550198"))
            assert "Ghost Writer" in await known(uow)
            raise KeyError

    with pytest.raises(KeyError):
        await called_off()
    async with world.database.tenant(ACTOR) as uow:
        await Contacts(uow).create(NewContact("Zelda", "Quist", mobile="+12145550198"))
    async with world.database.reading(ACTOR) as uow:
        names = await known(uow)
    assert "Zelda Quist" in names
    assert "Ghost Writer" not in names
