"""What paid models have cost: written by the software only, counted once, read by those who see the accounts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from business.actor import Actor
from business.entities.memberships import Role
from business.entities.usage import ModelUsage
from business.errors import Forbidden, ValidationFailed
from business.use_cases.usage import Usage
from tests.business.world import NOW, World

TODAY = date(2026, 5, 13)


def used(session: str = "s1", day: date = TODAY, model: str = "gpt-4.1", **counts: int) -> ModelUsage:
    return ModelUsage(session, 1, day, model, NOW, **{"requests": 1, "micro_usd": 100, **counts})


async def note(world: World, *entries: ModelUsage, business: str | None = None) -> int:
    async with world.database.tenant(Actor.system(business or world.business_id)) as uow:
        return await Usage(uow).note(entries)


async def test_sums_so_far_count_once(world: World):
    assert await note(world, used(input_tokens=10)) == 100
    assert await note(world, used(input_tokens=10)) == 100
    assert await note(world, used(requests=3, input_tokens=30, micro_usd=300)) == 300
    assert await note(world, used(requests=2, input_tokens=20, micro_usd=200)) == 300, (
        "a late entry is an old one"
    )
    assert await note(world, used("s2"), used("s2", model="gpt-4o-mini-tts", spoken_ms=900)) == 500
    async with world.read() as uow:
        report = await Usage(uow).report(None, TODAY)
    assert [(each.model, each.conversations, each.micro_usd) for each in report] == [
        ("gpt-4.1", 2, 400), ("gpt-4o-mini-tts", 1, 100),
    ]  # fmt: skip
    assert report[0].amounts["input_tokens"] == 30
    assert report[1].amounts["spoken_ms"] == 900


async def test_a_day_and_a_business_are_their_own(world: World):
    await note(world, used(), used(day=TODAY - timedelta(days=1), micro_usd=7))
    assert await note(world, used("s9"), business=world.other_id) == 100
    async with world.read() as uow:
        report = await Usage(uow).report(TODAY, TODAY)
    assert [(each.day, each.micro_usd) for each in report] == [(TODAY, 100)]


async def test_what_has_no_price_is_counted_without(world: World):
    entry = ModelUsage("s1", 1, TODAY, "qwen3", NOW, requests=1, output_tokens=5)
    assert await note(world, entry) == 0
    async with world.read() as uow:
        (only,) = await Usage(uow).report(TODAY, TODAY)
    assert (only.amounts["output_tokens"], only.micro_usd) == (5, None)


async def test_only_we_write_and_only_who_sees_the_accounts_reads(world: World):
    for role in Role:
        async with world.write(role) as uow:
            with pytest.raises(Forbidden):
                await Usage(uow).note([used()])
    async with world.read(Role.VIEWER) as uow:
        with pytest.raises(Forbidden):
            await Usage(uow).report(None, None)


@pytest.mark.parametrize("days", [-1, 367])
async def test_a_report_has_a_day_and_at_most_a_year(world: World, days: int):
    async with world.read() as uow:
        with pytest.raises(ValidationFailed):
            await Usage(uow).report(TODAY - timedelta(days=days), TODAY)


def test_a_model_has_a_name():
    with pytest.raises(ValidationFailed):
        used(model="")
