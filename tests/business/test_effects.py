"""The records behind exactly-once: call log, fencing, confirmations, outbox; all in the effect's own transaction."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from business.entities.effects import CallRecord, CallState, Confirmation, MessageState, OutboxMessage
from business.errors import Conflict, InvalidTransition, NotFound, ValidationFailed
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.jobs import Jobs, NewJob
from tests.business.world import NOW, World

MINUTE = timedelta(minutes=1)


def call(
    key: str = "s1:1:0:create_job:abc", *, session: str = "s1", turn: int = 1, ordinal: int = 0
) -> CallRecord:
    return CallRecord(key, session, turn, ordinal, 1, "create_job", '{"title":"x"}', NOW)


async def test_effect_result_and_audit_are_one_transaction(world: World) -> None:
    actor = world.actor(session_id="s1", turn=1, call_key=call().key)

    async def dies() -> None:
        async with world.database.tenant(actor) as uow:
            await uow.calls.log(call())
            job = (await Jobs(uow).create(NewJob("Lost"))).job
            await uow.calls.finish(call().key, json.dumps({"id": job.id}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await dies()
    async with world.read() as uow:
        assert await uow.calls.find(call().key) is None
        assert await uow.audit.of_call(call().key) == ()
    async with world.database.tenant(actor) as uow:
        await uow.calls.log(call())
        job = (await Jobs(uow).create(NewJob("Kept"))).job
        await uow.calls.finish(call().key, json.dumps({"id": job.id}))
    async with world.read() as uow:
        stored = await uow.calls.find(call().key)
        assert stored is not None
        assert (stored.state, json.loads(str(stored.result))) == (CallState.DONE, {"id": job.id})
        assert stored.finished_at == NOW
        assert [entry.entity_id for entry in await uow.audit.of_call(call().key)] == [job.id]


async def test_a_refused_effect_is_undone_while_its_result_is_stored(world: World) -> None:
    async def half_done(uow: SqlUnitOfWork) -> None:
        async with uow.savepoint():
            await Jobs(uow).create(NewJob("Half done"))
            await Jobs(uow).create(NewJob("Again", number="JOB-000001"))

    async with world.write() as uow:
        await uow.calls.log(call())
        with pytest.raises(Conflict):
            await half_done(uow)
        await uow.calls.finish(call().key, '{"ok": false}')
    async with world.read() as uow:
        assert await uow.jobs.by_number("1") == ()
        stored = await uow.calls.find(call().key)
        assert stored is not None
        assert stored.result == '{"ok": false}'


async def test_logging_twice_returns_the_first(world: World) -> None:
    async with world.write() as uow:
        first = await uow.calls.log(call())
        await uow.calls.finish(first.key, "{}")
    async with world.write() as uow:
        again = await uow.calls.log(call())
        assert (again.state, again.result) == (CallState.DONE, "{}")
        with pytest.raises(NotFound):
            await uow.calls.finish("none", "{}")


async def test_an_older_epoch_is_fenced_off(world: World) -> None:
    async with world.write() as uow:
        await uow.calls.fence("s1", 1)
        await uow.calls.fence("s1", 3)
        await uow.calls.fence("s2", 1)
    async with world.write() as uow:
        await uow.calls.fence("s1", 3)
        with pytest.raises(Conflict) as caught:
            await uow.calls.fence("s1", 2)
    assert caught.value.details == {"reason": "stale_epoch", "epoch": 3}
    async with world.database.tenant(world.other) as uow:
        await uow.calls.fence("s1", 1)


def question(**changes: str) -> Confirmation:
    values = {"id": "c1", "call_hash": "h1", "session_id": "s1", "user_id": "user-owner"} | changes
    return Confirmation(**values, read_back="Shall I?", created_at=NOW, expires_at=NOW + 2 * MINUTE)


async def test_a_yes_is_good_once(world: World) -> None:
    async with world.write() as uow:
        await uow.confirmations.issue(question())
        redeemed = await uow.confirmations.redeem("c1", call_hash="h1", session_id="s1")
        assert (redeemed.accepted, redeemed.redeemed_at) == (True, NOW)
        with pytest.raises(ValidationFailed) as caught:
            await uow.confirmations.redeem("c1", call_hash="h1", session_id="s1")
    assert caught.value.field == "confirmation_id"


@pytest.mark.parametrize(
    ("confirmation", "call_hash", "session"),
    [("none", "h1", "s1"), ("c1", "h2", "s1"), ("c1", "h1", "s2")],
)
async def test_a_yes_to_something_else_is_refused(
    world: World, confirmation: str, call_hash: str, session: str
) -> None:
    async with world.write() as uow:
        await uow.confirmations.issue(question())
        with pytest.raises(ValidationFailed):
            await uow.confirmations.redeem(confirmation, call_hash=call_hash, session_id=session)
        assert (await uow.confirmations.get("c1")).redeemed_at is None


async def test_a_yes_of_another_user_or_business_is_refused(world: World) -> None:
    async with world.write() as uow:
        await uow.confirmations.issue(question(user_id="user-admin"))
        with pytest.raises(ValidationFailed):
            await uow.confirmations.redeem("c1", call_hash="h1", session_id="s1")
    async with world.database.tenant(world.other) as uow:
        with pytest.raises(NotFound):
            await uow.confirmations.get("c1")


async def test_a_yes_comes_too_late(world: World) -> None:
    async with world.write() as uow:
        await uow.confirmations.issue(question())
    world.clock.advance(2 * MINUTE)
    async with world.write() as uow:
        with pytest.raises(ValidationFailed, match="expired"):
            await uow.confirmations.answer("c1", accepted=True)
        with pytest.raises(ValidationFailed, match="expired"):
            await uow.confirmations.redeem("c1", call_hash="h1", session_id="s1")


async def test_a_no_stays_a_no(world: World) -> None:
    async with world.write() as uow:
        await uow.confirmations.issue(question())
        assert (await uow.confirmations.answer("c1", accepted=False)).accepted is False
        with pytest.raises(ValidationFailed, match="no"):
            await uow.confirmations.redeem("c1", call_hash="h1", session_id="s1")
        with pytest.raises(ValidationFailed, match="already"):
            await uow.confirmations.answer("c1", accepted=True)


async def test_messages_are_queued_once_delivered_or_given_up(world: World) -> None:
    message = OutboxMessage("m1", "reminder", "email", "a@b.example", {"text": "hi"})
    later = OutboxMessage("m2", "reminder", "email", "a@b.example", not_before=NOW + MINUTE)
    async with world.write() as uow:
        assert await uow.outbox.queue(message)
        assert not await uow.outbox.queue(message)
        assert await uow.outbox.queue(later)
        assert [one.id for one in await uow.outbox.due()] == ["m1"]
    assert await world.database.directory.businesses_with_due_messages(NOW) == (world.business_id,)
    async with world.write() as uow:
        await uow.outbox.failed("m1", "greylisted", retry_at=NOW + 5 * MINUTE)
        assert await uow.outbox.due() == ()
    world.clock.advance(5 * MINUTE)
    async with world.write() as uow:
        assert [one.id for one in await uow.outbox.due()] == ["m2", "m1"]
        await uow.outbox.delivered("m1")
        await uow.outbox.failed("m2", "no such mailbox", retry_at=None)
        with pytest.raises(NotFound):
            await uow.outbox.delivered("none")
    async with world.read() as uow:
        first, second = await uow.outbox.get("m1"), await uow.outbox.get("m2")
        assert (first.state, first.attempts, first.delivered_at) == (
            MessageState.DELIVERED,
            2,
            NOW + 5 * MINUTE,
        )
        assert (second.state, second.last_error) == (MessageState.GIVEN_UP, "no such mailbox")
    assert await world.database.directory.businesses_with_due_messages(NOW + 9 * MINUTE) == ()


async def test_every_write_is_audited_with_who_and_what(world: World) -> None:
    from business.entities.jobs import JobStatus

    actor = world.actor(session_id="s9", turn=4, call_key="k9")
    async with world.database.tenant(actor) as uow:
        job = (await Jobs(uow).create(NewJob("Repipe"))).job
    world.clock.advance(MINUTE)
    async with world.write() as uow:
        await Jobs(uow).update_status(job.id, JobStatus.QUOTED)
        with pytest.raises(InvalidTransition):
            await Jobs(uow).update_status(job.id, JobStatus.PAID)
        await Jobs(uow).add_note(job.id, "call first")
    async with world.read() as uow:
        created, *changed = await uow.audit.of_entity("job", job.id)
    assert (created.user_id, created.session_id, created.turn, created.call_key) == (
        "user-owner",
        "s9",
        4,
        "k9",
    )
    assert (created.action, created.before, created.after["title"]) == ("created", {}, "Repipe")
    assert [(entry.before, entry.after) for entry in changed] == [
        ({"status": "draft"}, {"status": "quoted"}),
        ({"notes": ""}, {"notes": "call first"}),
    ]
    assert changed[0].at == NOW + MINUTE


async def test_saving_nothing_new_leaves_no_trace(world: World) -> None:
    async with world.write() as uow:
        job = (await Jobs(uow).create(NewJob("Repipe"))).job
        await uow.jobs.save(job)
    async with world.read() as uow:
        assert len(await uow.audit.of_entity("job", job.id)) == 1
