"""Numbers: gap-free and race-free over many connections and processes, undone with their transaction."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
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

TRANSACTIONS = 1_000
PER_PROCESS = 350
POWER_CUT = "power cut"


@dataclass(frozen=True)
class Share:
    """What one process creates: every transaction a job, and in turn an invoice, an estimate or a project."""

    url: str
    transactions: range
    business_id: str
    user_id: str
    contact_id: str


async def create_documents(uow: SqlUnitOfWork, share: Share, index: int) -> tuple[str, str]:
    job = await Jobs(uow).create(NewJob(f"Job {index}"))
    lines = (line("10"),)
    match index % 3:
        case 0:
            invoice = await Invoices(uow).create(NewInvoice(share.contact_id, lines))
            return job.job.number, invoice.invoice.number
        case 1:
            estimate = await Estimates(uow).create(NewEstimate(share.contact_id, "Pipes", lines))
            return job.job.number, estimate.estimate.number
        case _:
            project = await Projects(uow).create(NewProject(f"Bath {index}", share.contact_id))
            return job.job.number, project.project.number


async def fail(database: Database, share: Share, index: int) -> None:
    """A transaction that dies with its numbers taken, or a part of one that is undone alone."""
    with contextlib.suppress(RuntimeError):
        async with database.tenant(Actor(share.business_id, share.user_id)) as uow:
            await create_documents(uow, share, index)
            raise RuntimeError(POWER_CUT)


async def create(database: Database, share: Share, index: int) -> tuple[str, str]:
    async with database.tenant(Actor(share.business_id, share.user_id)) as uow:
        if index % 11 == 0:
            with contextlib.suppress(RuntimeError):
                async with uow.savepoint():
                    await create_documents(uow, share, index)
                    raise RuntimeError(POWER_CUT)
        return await create_documents(uow, share, index)


async def create_share(share: Share) -> list[str]:
    """Create the share over two connection pools, eight tasks at a time; every tenth transaction dies first."""
    databases = (Database(share.url), Database(share.url))
    numbers: list[str] = []
    waiting = iter(share.transactions)

    async def work(database: Database) -> None:
        for index in waiting:
            if index % 10 == 0:
                await fail(database, share, index)
            numbers.extend(await create(database, share, index))

    try:
        async with asyncio.TaskGroup() as tasks:
            for task in range(8):
                tasks.create_task(work(databases[task % 2]))
    finally:
        for database in databases:
            await database.close()
    return numbers


def create_share_in_a_process(share: Share) -> list[str]:
    return asyncio.run(create_share(share))


def gap_free(series: Series, count: int) -> list[str]:
    return [series.format(number) for number in range(1, count + 1)]


async def test_a_thousand_concurrent_creations_have_a_thousand_gap_free_numbers(
    world: World, database_url: str
) -> None:
    """Two processes beside this one, sixteen tasks on four pools and more, while another business counts too."""
    contact = await world.contact()
    shares = [
        Share(database_url, transactions, world.business_id, "user-owner", contact)
        for transactions in (
            range(PER_PROCESS),
            range(PER_PROCESS, 2 * PER_PROCESS),
            range(2 * PER_PROCESS, TRANSACTIONS),
        )
    ]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        *made, others = await asyncio.gather(
            *(loop.run_in_executor(processes, create_share_in_a_process, share) for share in shares[:2]),
            create_share(shares[2]),
            count_elsewhere(world, database_url),
        )
    numbers = sorted(number for part in made for number in part)
    expected = gap_free(Series.JOB, TRANSACTIONS)
    expected += gap_free(Series.INVOICE, 334) + gap_free(Series.ESTIMATE, 333) + gap_free(Series.PROJECT, 333)
    assert numbers == sorted(expected)
    assert sorted(others) == gap_free(Series.JOB, 30)
    # What was given out is what is in the books, and the next number follows.
    async with world.write() as uow:
        assert sum((await uow.jobs.counts()).values()) == TRANSACTIONS
        assert (await Jobs(uow).create(NewJob("One more"))).job.number == "JOB-001001"


async def count_elsewhere(world: World, url: str) -> list[str]:
    database = Database(url)
    numbers: list[str] = []
    try:
        for index in range(30):
            async with database.tenant(world.other) as uow:
                numbers.append((await Jobs(uow).create(NewJob(f"Job {index}"))).job.number)
    finally:
        await database.close()
    return numbers


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
