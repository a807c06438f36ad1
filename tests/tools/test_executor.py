from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from business.entities.jobs import JobStatus
from business.entities.memberships import ROLE_PERMISSIONS
from business.errors import Conflict
from business.sql.database import Database
from business.use_cases.contacts import Contacts
from business.use_cases.invoices import Invoices
from business.use_cases.jobs import Jobs
from tests.tools.world import BUSINESS, OTHER_BUSINESS, OTHER_OWNER, OWNER, ROLES, World
from tools import executor as executor_module
from tools.catalogue import TOOLS
from tools.context import Done
from tools.envelope import ToolCall, ToolErrorType, ToolResult
from tools.executor import ToolExecutor
from tools.handlers import HANDLERS
from tools.spec import Asks, Effect

BILL = {"contact": "Ines", "amount": 100, "description": "tiles"}
# Arguments with which every tool can run on the planted business.
SAMPLES: dict[str, dict[str, object]] = {
    "create_job": {"title": "Visit", "contact": "Ines", "scheduled_date": "Saturday at noon"},
    "get_upcoming_jobs": {},
    "update_job_status": {"job": "the Nguyen job", "new_status": "done"},
    "get_job_details": {"job": "the leak repair"},
    "reschedule_job": {"job": "the leak repair", "new_date": "Saturday"},
    "get_jobs_by_status": {"status": "scheduled"},
    "get_today_jobs": {},
    "get_project_status": {"project": "Okafor"},
    "update_project_progress": {"project": "Okafor", "progress_percentage": 10},
    "get_active_projects": {},
    "create_invoice": BILL,
    "get_invoice_status": {"invoice": "Okafor"},
    "send_invoice_reminder": {"invoice": "Okafor"},
    "get_pending_invoices": {},
    "create_estimate": {"contact": "Ines", "title": "Tiles", "amount": 900},
    "convert_estimate_to_invoice": {"estimate": "Patel"},
    "get_pending_estimates": {},
    "update_estimate_status": {"estimate": "Nguyen", "status": "approved"},
    "get_contact_info": {"contact": "Ines"},
    "add_contact_interaction": {"contact": "Ines", "interaction_type": "call", "notes": "tiles"},
    "schedule_follow_up": {"contact": "Ines", "follow_up_date": "Friday", "notes": "tiles"},
    "search_contacts": {"query": "Miller"},
    "get_business_summary": {},
    "get_current_time": {},
    "set_reminder": {"message": "order pipe", "reminder_time": "at four"},
}
WRITES = [name for name, spec in TOOLS.items() if spec.effect is Effect.WRITE]


async def settled(world: World, call: ToolCall) -> ToolResult:
    """Run a call, saying yes if it asks."""
    result = await world.executor.execute(call)
    if result.error is not None and result.error.confirmation_id is not None:
        return await world.executor.execute(replace(call, confirmation_id=result.error.confirmation_id))
    return result


def test_the_catalogue_and_the_handlers_name_the_same_tools() -> None:
    assert set(TOOLS) == set(HANDLERS) == set(SAMPLES)
    assert all(name == spec.name for name, spec in TOOLS.items())


@pytest.mark.parametrize("name", TOOLS)
def test_every_contract_is_usable_by_a_model(name: str) -> None:
    spec = TOOLS[name]
    schema = spec.json_schema()
    json.dumps(schema)
    assert schema["additionalProperties"] is False
    assert all("description" in json.dumps(prop) for prop in schema["properties"].values())
    assert spec.description.endswith(".")
    assert 2 <= len(spec.examples) <= 3
    assert (spec.effect is Effect.WRITE) or spec.asks is Asks.NEVER


@pytest.mark.parametrize("name", TOOLS)
async def test_every_tool_works(world: World, name: str) -> None:
    call = world.make(name, **SAMPLES[name])
    first = await world.executor.execute(call)
    asked = first.error is not None and first.error.type is ToolErrorType.NEEDS_CONFIRMATION
    assert asked == (TOOLS[name].asks is Asks.ALWAYS), first.summary
    result = await settled(world, call) if asked else first
    assert result.ok, result.summary
    assert result.summary.endswith((".", "?"))
    assert result.summary.count(". ") <= 3
    assert json.loads(result.to_json())["ok"] is True


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("arguments", ["", "{", "[]", "null", '"x"', '{"flavour": "lemon"}', "\ud800"])
async def test_every_tool_refuses_arguments_that_make_no_sense(
    world: World, name: str, arguments: str
) -> None:
    call = replace(world.make(name), arguments=arguments)
    result = await world.executor.execute(call)
    if result.ok:
        assert arguments == ""
        assert not TOOLS[name].json_schema().get("required")
        return
    assert result.error is not None
    assert result.error.type is ToolErrorType.VALIDATION
    assert "pydantic" not in result.summary.lower()


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("user", ROLES)
async def test_every_tool_keeps_to_the_role(world: World, name: str, user: str) -> None:
    call = world.make(name, user=user, **SAMPLES[name])
    result = await world.executor.execute(call)
    needed = TOOLS[name].permission
    may = needed is None or needed in ROLE_PERMISSIONS[ROLES[user]]
    is_refused = result.error is not None and result.error.type is ToolErrorType.FORBIDDEN
    assert is_refused is not may, result.summary


@pytest.mark.parametrize("name", TOOLS)
async def test_a_stranger_gets_nothing(world: World, name: str) -> None:
    for user in (OTHER_OWNER, "nobody"):
        result = await world.executor.execute(world.make(name, user=user, **SAMPLES[name]))
        assert result.error is not None
        assert result.error.type is ToolErrorType.FORBIDDEN
        assert result.data == {}


@pytest.mark.parametrize("name", TOOLS)
async def test_nothing_of_another_business_is_found(world: World, name: str) -> None:
    """The other business knows none of these people; ids of this one lead nowhere there either."""
    focus = {"job": world.ids["leak"], "invoice": world.ids["old_bill"], "estimate": world.ids["deck"]}
    focus |= {"project": world.ids["bath"], "contact": world.ids["ines"]}
    for it in ("it", None):
        arguments = dict(SAMPLES[name])
        for reference in ("job", "invoice", "estimate", "project"):
            if it and reference in arguments:
                arguments[reference] = it
        if it and "contact" in arguments:
            arguments["contact"] = "her"
        call = world.make(name, user=OTHER_OWNER, business=OTHER_BUSINESS, **arguments)
        result = await world.executor.execute(replace(call, focus=focus))
        assert "Okafor" not in result.to_json().replace(json.dumps(arguments)[1:-1], "") or not result.ok
        if {"contact", "job", "invoice", "estimate", "project"} & set(arguments):
            assert result.error is not None
            assert result.error.type in {ToolErrorType.NOT_FOUND, ToolErrorType.VALIDATION}


async def test_ids_of_another_business_lead_nowhere(world: World) -> None:
    job = await world.run("get_job_details", job=world.ids["foreign_job"])
    person = await world.run("get_contact_info", contact=world.ids["stranger"])
    name = await world.run("search_contacts", query="Lindholm")
    assert job.error is not None
    assert person.error is not None
    assert (job.error.type, person.error.type) == (ToolErrorType.NOT_FOUND, ToolErrorType.NOT_FOUND)
    assert name.data["count"] == 0


@pytest.mark.parametrize("name", WRITES)
async def test_a_retry_gives_the_stored_result_and_no_second_effect(world: World, name: str) -> None:
    call = world.make(name, **SAMPLES[name])
    first = await settled(world, call)
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
    with pytest.raises(Conflict):
        await world.executor.log(older)
    async with world.reading() as uow:
        assert await uow.calls.find(older.key) is None


async def test_a_logged_call_survives_its_session_and_runs_once(world: World) -> None:
    calls = [world.make("create_job", title=f"Visit {n}", contact="Ines") for n in range(3)]
    for call in calls:
        await world.executor.log(call)
    await world.executor.log(world.make("get_today_jobs"))
    done = await world.executor.execute(calls[0])
    database = Database(world.url, clock=world.clock)
    heir = ToolExecutor(database)
    left = await heir.unfinished(calls[0].caller, epoch=2)
    assert [call.key for call in left] == [calls[1].key, calls[2].key]
    for call in left:
        assert (await heir.execute(call)).ok
    assert await heir.unfinished(calls[0].caller, epoch=2) == ()
    await database.close()
    late = await world.executor.execute(calls[1])
    assert late.error is not None
    assert late.error.type is ToolErrorType.CONFLICT
    async with world.reading() as uow:
        assert len(await Jobs(uow).search("Visit")) == 3
    assert done.ok


async def test_a_refused_call_that_was_logged_is_not_run_again(world: World) -> None:
    call = world.make("create_job", title="Visit", contact="Zimmermann")
    await world.executor.log(call)
    refused = await world.executor.execute(call)
    assert await world.executor.unfinished(call.caller, epoch=1) == ()
    again = await world.executor.execute(call)
    assert again == replace(refused, replayed=True)


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
        assert "nowhere" not in result.summary
    await database.close()


@pytest.mark.parametrize("name", ["", "get_weather_info", "drop_table", "__class__"])
async def test_a_tool_that_is_not_there_is_said_so(world: World, name: str) -> None:
    result = await world.run(name)
    assert result.error is not None
    assert result.error.type is ToolErrorType.NOT_FOUND


async def test_a_new_contact_can_be_named_at_once(world: World) -> None:
    """The cache of names never serves an older version of the books."""
    from business.actor import Actor
    from business.use_cases.contacts import NewContact

    assert not (await world.run("get_contact_info", contact="Quillfeather")).ok
    async with world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        await Contacts(uow).create(NewContact("Rosa", "Quillfeather", mobile="+12145550120"))
    assert (await world.run("get_contact_info", contact="Quillfeather")).ok


async def test_results_survive_their_json(world: World) -> None:
    for name, arguments in SAMPLES.items():
        result = await world.run(name, **arguments)
        assert ToolResult.from_json(result.to_json()) == result
    with pytest.raises(ValueError, match="not a tool result"):
        ToolResult.from_json("[1]")


async def test_statuses_are_kept_apart_from_questions(world: World) -> None:
    """A confirmation given where none is needed does no harm and is used up."""
    call = world.make("update_job_status", job="the Nguyen job", new_status="done")
    result = await world.executor.execute(replace(call, confirmation_id="made-up"))
    assert not result.ok
    async with world.reading() as uow:
        assert (await Jobs(uow).get(world.ids["drain"])).job.status is JobStatus.IN_PROGRESS
