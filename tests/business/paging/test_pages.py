"""Reading to the end shows every row that was there exactly once, whatever the limits and whatever is added."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from business.clock import FixedClock
from business.entities.memberships import Role
from business.errors import Forbidden, ValidationFailed
from business.paging import cursor
from business.paging.pages import Pages
from business.paging.queries import NO_FILTERS, Book, Filters, PageQuery, checked
from business.sql.database import Database
from business.use_cases.contacts import ContactChanges, Contacts, NewContact
from business.use_cases.jobs import Jobs, NewJob
from tests.business.world import NOW, World

_folders = itertools.count()


async def test_rows_of_one_transaction_keep_their_order_on_both_databases(world: World):
    async with world.write() as uow:
        for number in range(30):
            await Jobs(uow).create(NewJob(f"Job {number}"))
    seen: list[str] = []
    query = PageQuery(limit=7)
    while True:
        async with world.read() as uow:
            page = await Pages(uow).page(Book.JOBS, query)
        seen.extend(item["title"] for item in page.items)
        if page.next_cursor is None:
            break
        query = PageQuery(limit=7, cursor=page.next_cursor)
    assert seen == [f"Job {number}" for number in reversed(range(30))]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("book", list(Book))
async def test_roles_read_what_they_may(world: World, role: Role, book: Book):
    async with world.read(role) as uow:
        if uow.membership.may(book.viewing):
            assert (await Pages(uow).page(book, PageQuery())).items == ()
        else:
            for work in (Pages(uow).page(book, PageQuery()), Pages(uow).one(book, "x")):
                with pytest.raises(Forbidden):
                    await work


steps = st.lists(st.sampled_from(["page", "page", "add", "change"]), min_size=1, max_size=20)


async def read_through(path: Path, count: int, limits: list[int], plan: list[str]) -> None:
    clock = FixedClock(NOW)
    world = World(Database(f"sqlite:///{path}", clock=clock), clock)
    await world.found()
    try:
        ids = [await world.contact(f"P{number}", "X") for number in range(count)]
        seen: list[str] = []
        position: str | None = None
        is_done = False
        added = itertools.count(count)
        for step in itertools.chain(plan, itertools.repeat("page")):
            if is_done:
                break
            if step == "add":
                await world.contact(f"P{next(added)}", "X")
            elif step == "change":
                async with world.write() as uow:
                    await Contacts(uow).edit(ids[0], ContactChanges(last_name=f"Y{len(seen)}"))
            else:
                limit = limits[len(seen) % len(limits)]
                async with world.read() as uow:
                    page = await Pages(uow).page(Book.CONTACTS, PageQuery(limit=limit, cursor=position))
                assert len(page.items) <= limit
                assert (page.next_cursor is not None) <= (len(page.items) == limit)
                seen.extend(item["id"] for item in page.items)
                position, is_done = page.next_cursor, page.next_cursor is None
        assert len(seen) == len(set(seen))
        assert set(ids) <= set(seen)
    finally:
        await world.database.close()


@given(st.integers(1, 12), st.lists(st.integers(1, 5), min_size=1, max_size=4), steps)
@settings(max_examples=25, deadline=None)
def test_every_row_comes_exactly_once(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    count: int,
    limits: list[int],
    plan: list[str],
):
    path = tmp_path_factory.getbasetemp() / f"pages-{next(_folders)}.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(read_through(path, count, limits, plan))


@given(st.text(max_size=500))
def test_no_text_is_a_cursor_by_accident(rubbish: str):
    with pytest.raises(ValidationFailed):
        cursor.decode(rubbish, Book.JOBS, NO_FILTERS)


@given(st.sampled_from(Book), st.sampled_from(Book), st.booleans(), st.uuids())
def test_a_cursor_is_good_for_its_question_only(asked: Book, answered: Book, filtered: bool, after: object):
    filters = Filters(text="smith") if filtered else NO_FILTERS
    written = cursor.encode(asked, filters, str(after))
    if asked is answered and not filtered:
        assert cursor.decode(written, answered, NO_FILTERS) == str(after)
    else:
        with pytest.raises(ValidationFailed):
            cursor.decode(written, answered, NO_FILTERS)


@given(st.sampled_from(Book), st.lists(st.text(max_size=9), min_size=1, max_size=3))
def test_statuses_are_known_ones(book: Book, statuses: list[str]):
    with contextlib.suppress(ValidationFailed):
        assert set(checked(book, Filters(tuple(statuses))).statuses) == set(statuses)


async def test_names_of_contacts_are_searched_with_every_word(world: World):
    async with world.write() as uow:
        await Contacts(uow).create(NewContact("Nora", "Quill_%", email="n@mail.example"))
        await Contacts(uow).create(NewContact("Nora", "Other", email="o@mail.example"))
    async with world.read() as uow:
        for text, found in (("nora", 2), ("NORA quill", 1), ("_%", 1), ("x_", 0)):
            page = await Pages(uow).page(Book.CONTACTS, PageQuery(Filters(text=text)))
            assert len(page.items) == found, text
