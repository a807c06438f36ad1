from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from business.errors import Conflict
from business.sql.database import Database
from business.use_cases.invoices import Invoices
from business.use_cases.jobs import Jobs
from tests.tools.world import BILL, OTHER_BUSINESS, OTHER_OWNER, OWNER, SAMPLES, World
from tools import executor as executor_module
from tools.catalogue import TOOLS
from tools.context import Done
from tools.envelope import ToolErrorType
from tools.executor import ToolExecutor
from tools.handlers import HANDLERS
from tools.spec import Effect

WRITES = [name for name, spec in TOOLS.items() if spec.effect is Effect.WRITE]


@pytest.mark.parametrize("name", WRITES)
async def test_a_retry_gives_the_stored_result_and_no_second_effect(world: World, name: str) -> None:
    call = world.make(name, **SAMPLES[name])
    first = await world.settled(call)
    async with world.reading() as uow:
        audit = await uow.audit.of_call(call.key)
    again = await world.executor.execute(call)
    assert again == replace(first, replayed=True)
    async with world.reading() as uow:
        assert await uow.audit.of_call(call.key) == audit
    assert audit
    assert {entry.user_id for entry in audit} == {OWNER}


async def test_two_runs_at_once_have_one_effect(world: World) -> None:
    other = Database(world.url, clock=world.clock)
    executors = [world.executor, ToolExecutor(other)]
    call = world.make("set_reminder", message="order pipe", reminder_time="at four")
    results = await asyncio.gather(*(executors[i % 2].execute(call) for i in range(6)))
    await other.close()
    assert all(result.ok for result in results)
    assert sum(not result.replayed for result in results) == 1
    assert len({result.data["reminder"]["id"] for result in results}) == 1
    async with world.reading() as uow:
        assert len([one for one in await uow.activities.open(limit=10) if one.title == "Order pipe"]) == 1


async def test_many_sessions_write_at_once(world: World) -> None:
    calls = [
        replace(world.make("create_job", title=f"Visit {n}", contact="Ines"), turn=n, ordinal=n)
        for n in range(20)
    ]
    results = await asyncio.gather(*(world.executor.execute(call) for call in calls))
    numbers = sorted(result.data["job"]["number"] for result in results)
    assert numbers == [f"JOB-{n:06d}" for n in range(7, 27)]


async def test_a_question_changes_nothing_and_a_yes_works_once(world: World) -> None:
    call = world.make("create_invoice", **BILL)
    asked = await world.executor.execute(call)
    assert asked.error is not None
    async with world.reading() as uow:
        assert await uow.calls.find(call.key) is None
        assert await uow.audit.of_call(call.key) == ()
    confirmed = replace(call, confirmation_id=asked.error.confirmation_id)
    assert (await world.executor.execute(confirmed)).ok
    second = await world.executor.execute(replace(confirmed, turn=99))
    assert second.error is not None
    assert (second.error.type, second.error.field) == (ToolErrorType.VALIDATION, "confirmation_id")
    async with world.reading() as uow:
        assert len(await Invoices(uow).of_contacts((world.ids["ines"],))) == 2


async def test_a_yes_is_for_these_arguments_this_session_and_this_user_only(world: World) -> None:
    call = world.make("create_invoice", **BILL)
    asked = await world.executor.execute(call)
    assert asked.error is not None
    confirmed = replace(call, confirmation_id=asked.error.confirmation_id)
    caller = confirmed.caller
    misuses = [
        replace(confirmed, arguments=json.dumps(BILL | {"amount": 10_000})),
        replace(confirmed, caller=replace(caller, session_id="session-2")),
        replace(confirmed, caller=replace(caller, user_id="user-admin")),
        replace(confirmed, confirmation_id="made-up"),
    ]
    for misuse in misuses:
        result = await world.executor.execute(misuse)
        assert result.error is not None
        assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "confirmation_id")
    foreign = replace(confirmed, caller=replace(caller, business_id=OTHER_BUSINESS, user_id=OTHER_OWNER))
    assert not (await world.executor.execute(foreign)).ok
    assert (await world.executor.execute(confirmed)).ok


async def test_a_yes_comes_too_late_after_five_minutes(world: World) -> None:
    call = world.make("create_invoice", **BILL)
    asked = await world.executor.execute(call)
    assert asked.error is not None
    confirmed = replace(call, confirmation_id=asked.error.confirmation_id)
    world.clock.advance(timedelta(minutes=5))
    late = await world.executor.execute(confirmed)
    assert late.error is not None
    assert late.error.field == "confirmation_id"


async def test_after_a_no_there_is_no_yes(world: World) -> None:
    call = world.make("create_invoice", **BILL)
    asked = await world.executor.execute(call)
    assert asked.error is not None
    assert asked.error.confirmation_id is not None
    await world.executor.reject(call.caller, asked.error.confirmation_id)
    await world.executor.reject(call.caller, "made-up")
    result = await world.executor.execute(replace(call, confirmation_id=asked.error.confirmation_id))
    assert not result.ok


async def test_a_yes_to_something_that_has_changed_meanwhile_is_asked_anew(world: World) -> None:
    """ "It" was one invoice when asked and is another when confirmed."""
    call = replace(
        world.make("send_invoice_reminder", invoice="it"), focus={"invoice": world.ids["old_bill"]}
    )
    asked = await world.executor.execute(call)
    assert asked.error is not None
    moved = replace(
        call, confirmation_id=asked.error.confirmation_id, focus={"invoice": world.ids["new_bill"]}
    )
    result = await world.executor.execute(moved)
    assert result.error is not None
    assert result.error.type is ToolErrorType.NEEDS_CONFIRMATION
    assert result.error.read_back != asked.error.read_back
    assert result.error.confirmation_id != asked.error.confirmation_id


async def test_a_call_of_an_older_epoch_is_refused(world: World) -> None:
    newer = replace(world.make("set_reminder", message="a", reminder_time="at four"), epoch=3)
    assert (await world.executor.execute(newer)).ok
    older = replace(world.make("set_reminder", message="b", reminder_time="at four"), epoch=2)
    result = await world.executor.execute(older)
    assert result.error is not None
    assert result.error.type is ToolErrorType.CONFLICT
    async with world.reading() as uow:
        assert await uow.calls.find(older.key) is None


async def test_a_fenced_off_session_writes_no_more_and_its_heir_finds_what_was_done(world: World) -> None:
    call = world.make("create_job", title="Visit", contact="Ines")
    done = await world.executor.execute(call)
    await world.executor.fence(call.caller, 2)
    late = await world.executor.execute(world.make("create_job", title="Visit again", contact="Ines"))
    assert late.error is not None
    assert late.error.type is ToolErrorType.CONFLICT
    again = await world.executor.execute(replace(call, epoch=2))
    assert again == replace(done, replayed=True)
    with pytest.raises(Conflict):
        await world.executor.fence(call.caller, 1)
    async with world.reading() as uow:
        assert len(await Jobs(uow).search("Visit")) == 1


async def test_effect_result_and_log_commit_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault after the effect leaves neither the effect nor the log entry."""

    async def acts_then_fails(ctx: object, args: object) -> Done:
        await HANDLERS["create_job"](ctx, args)  # type: ignore[arg-type]
        raise RuntimeError("the secret is hunter2")

    call = world.make("create_job", title="Visit", contact="Ines")
    with monkeypatch.context() as patched:
        patched.setattr(executor_module, "HANDLERS", {**HANDLERS, "create_job": acts_then_fails})
        result = await world.executor.execute(call)
    assert result.error is not None
    assert result.error.type is ToolErrorType.UNAVAILABLE
    assert "hunter2" not in result.to_json()
    async with world.reading() as uow:
        assert await uow.calls.find(call.key) is None
        assert await Jobs(uow).search("Visit") == ()
    assert (await world.executor.execute(call)).data["job"]["number"] == "JOB-000007"


async def test_a_slow_tool_is_given_up_in_words(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def never(ctx: object, args: object) -> Done:
        await asyncio.Event().wait()
        raise AssertionError

    spec = replace(TOOLS["get_current_time"], timeout_s=0.01)
    monkeypatch.setattr(executor_module, "HANDLERS", {**HANDLERS, "get_current_time": never})
    monkeypatch.setattr(executor_module, "TOOLS", {**TOOLS, "get_current_time": spec})
    with caplog.at_level(logging.WARNING):
        result = await world.run("get_current_time")
    assert result.error is not None
    assert result.error.type is ToolErrorType.UNAVAILABLE
    assert "get_current_time" in caplog.text


async def test_a_database_that_cannot_be_reached_is_said_so(world: World) -> None:
    database = Database("sqlite:////nowhere/at/all.db", clock=world.clock)
    broken = ToolExecutor(database)
    for name in ("get_today_jobs", "set_reminder"):
        result = await broken.execute(world.make(name, **SAMPLES[name]))
        assert result.error is not None
        assert result.error.type is ToolErrorType.UNAVAILABLE
        assert result.error.unsettled is (name == "set_reminder")
        assert "nowhere" not in result.summary
    await database.close()


async def test_what_became_of_a_call_is_queued_once_for_who_asked(world: World) -> None:
    call = world.make("set_reminder", message="order pipe", reminder_time="at four")
    result = await world.executor.execute(call)
    for _ in range(2):
        await world.executor.tell_outcome(call, result)
    async with world.reading() as uow:
        messages = [each for each in await uow.outbox.undelivered() if each.kind == "outcome"]
    (message,) = messages
    assert (message.channel, message.recipient) == ("notification", OWNER)
    assert message.payload["message"] == result.summary
