from __future__ import annotations

import json
from dataclasses import replace

import pytest

from business.entities.jobs import JobStatus
from business.entities.memberships import ROLE_PERMISSIONS
from business.use_cases.contacts import Contacts
from business.use_cases.jobs import Jobs
from tests.tools.world import BUSINESS, OTHER_BUSINESS, OTHER_OWNER, OWNER, ROLES, SAMPLES, World
from tools.catalogue import TOOLS
from tools.envelope import ToolErrorType, ToolResult
from tools.handlers import HANDLERS
from tools.spec import Asks, Effect


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
    result = await world.settled(call) if asked else first
    assert result.ok, result.summary
    assert result.summary.endswith((".", "?"))
    assert result.summary.count(". ") <= 3
    assert json.loads(result.to_json())["ok"] is True


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("arguments", ["", "{", "[]", "null", '"x"', '{"flavour": "lemon"}', "\ud800"])
async def test_every_tool_refuses_arguments_that_make_no_sense(
    sqlite_world: World, name: str, arguments: str
) -> None:
    call = replace(sqlite_world.make(name), arguments=arguments)
    result = await sqlite_world.executor.execute(call)
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


@pytest.mark.parametrize("name", ["", "get_wether_info", "drop_table", "__class__"])
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
