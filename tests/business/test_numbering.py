"""Numbers: gap-free and race-free over many connections and processes, undone with their transaction."""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal

import pytest

from business.actor import Actor
from business.entities.numbers import Series, sequence_of
from business.errors import Conflict
from business.money import LineItem
from business.sql.database import Database
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import Invoices, NewInvoice
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.projects import NewProject, Projects
from tests.business.world import World, line

PER_CONNECTION = 40
PER_PROCESS = 80


async def create_jobs(url: str, count: int, business_id: str, user_id: str) -> list[str]:
    database = Database(url)
    numbers: list[str] = []
    try:
        for index in range(count):
            async with database.tenant(Actor(business_id, user_id)) as uow:
                numbers.append((await Jobs(uow).create(NewJob(f"Job {index}"))).job.number)
    finally:
        await database.close()
    return numbers


def create_jobs_in_a_process(url: str, count: int, business_id: str, user_id: str) -> list[str]:
    return asyncio.run(create_jobs(url, count, business_id, user_id))


async def test_two_hundred_concurrent_creations_have_gap_free_numbers(
    world: World, database_url: str
) -> None:
    """Three databases in this process and one in another, all at once."""
    loop = asyncio.get_running_loop()
    ours = (database_url, PER_CONNECTION, world.business_id, "user-owner")
    theirs = (database_url, PER_PROCESS, world.business_id, "user-owner")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        made = await asyncio.gather(
            *(create_jobs(*ours) for _ in range(3)),
            loop.run_in_executor(processes, create_jobs_in_a_process, *theirs),
            create_jobs(database_url, 5, world.other_id, "user-stranger"),
        )
    *one, two = made
    numbers = sorted(number for part in one for number in part)
    assert numbers == [f"JOB-{sequence:06d}" for sequence in range(1, 201)]
    assert two == [f"JOB-{sequence:06d}" for sequence in range(1, 6)]


async def test_one_database_object_serves_many_tasks(world: World) -> None:
    async def create(index: int) -> int | None:
        async with world.write() as uow:
            return sequence_of((await Jobs(uow).create(NewJob(f"Job {index}"))).job.number)

    assert sorted(await asyncio.gather(*map(create, range(60)))) == list(range(1, 61))


async def test_a_rolled_back_number_is_given_again(world: World) -> None:
    async def dies() -> None:
        async with world.write() as uow:
            await Jobs(uow).create(NewJob("Lost"))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        await dies()
    async with world.write() as uow:
        assert (await Jobs(uow).create(NewJob("Kept"))).job.number == "JOB-000001"


async def test_a_savepoint_gives_its_number_back(world: World) -> None:
    async def half_done(uow: SqlUnitOfWork) -> None:
        async with uow.savepoint():
            await Jobs(uow).create(NewJob("Lost"))
            raise Conflict("no")

    async with world.write() as uow:
        with pytest.raises(Conflict):
            await half_done(uow)
        assert (await Jobs(uow).create(NewJob("Kept"))).job.number == "JOB-000001"
    async with world.read() as uow:
        assert len(await uow.audit.of_entity("job", (await uow.jobs.by_number("1"))[0].job.id)) == 1


async def test_own_numbers_are_unique_and_never_move_the_counter(world: World) -> None:
    async with world.write() as uow:
        jobs = Jobs(uow)
        assert (await jobs.create(NewJob("own", number="job-000002"))).job.number == "JOB-000002"
        with pytest.raises(Conflict) as caught:
            await jobs.create(NewJob("again", number="JOB-000002"))
        assert caught.value.details == {"number": "JOB-000002"}
        numbers = [(await jobs.create(NewJob(f"{index}"))).job.number for index in range(3)]
    assert numbers == ["JOB-000001", "JOB-000003", "JOB-000004"]


async def test_every_series_counts_for_itself_and_each_business(world: World) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        await Jobs(uow).create(NewJob("x"))
        project = await Projects(uow).create(NewProject("Bath", contact))
        invoice = await Invoices(uow).create(NewInvoice(contact, (line("1"),)))
        estimate = await Estimates(uow).create(NewEstimate(contact, "x", (LineItem("y", Decimal(1)),)))
    assert project.project.number == "PROJ-001"
    assert invoice.invoice.number == "INV-000001"
    assert estimate.estimate.number == "EST-000001"
    async with world.database.tenant(world.other) as uow:
        assert (await Jobs(uow).create(NewJob("x"))).job.number == "JOB-000001"


async def test_a_series_continues_where_it_is_told_and_never_goes_back(world: World) -> None:
    async with world.write() as uow:
        await uow.numbers.continue_from(Series.INVOICE, 2000)
        await uow.numbers.continue_from(Series.INVOICE, 5)
        assert await uow.numbers.next(Series.INVOICE) == "INV-002001"


@pytest.mark.parametrize(
    ("text", "sequence"),
    [("JOB-000042", 42), ("42", 42), ("invoice 31", 31), ("INV-7a", 7), ("none", None), ("", None)],
)
def test_the_digits_of_a_number(text: str, sequence: int | None) -> None:
    assert sequence_of(text) == sequence
