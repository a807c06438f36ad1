"""Searches by relationship, and papers for a job: whom they are for when nobody was named."""

from __future__ import annotations

import pytest

from business.actor import Actor
from business.entities.contacts import ContactType, RelationshipStatus
from business.use_cases.contacts import ContactChanges, Contacts, NewContact
from business.use_cases.estimates import Estimates
from business.use_cases.invoices import Invoices
from business.use_cases.jobs import Jobs, NewJob
from tests.tools.world import BUSINESS, OWNER, World
from tools.envelope import ToolErrorType
from tools.relationships import relationship_in, say_relationship, says_a_name


async def add(world: World, count: int, relationship: RelationshipStatus, *, last: str = "Vale") -> None:
    async with world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        for number in range(count):
            new = NewContact(
                f"P{number:03d}", last, mobile=f"+1214556{number:04d}", relationship=relationship
            )
            await Contacts(uow).create(new)


@pytest.mark.parametrize(
    "arguments",
    [
        {"relationship_status": "prospect"},
        {"relationship_status": "prospects", "query": ""},
        {"relationship_status": "prospect", "query": "prospects"},
        {"query": "all prospects"},
        {"query": "our leads"},
    ],
)
async def test_all_of_a_relationship_are_told(world: World, arguments: dict[str, str]) -> None:
    await add(world, 3, RelationshipStatus.PROSPECT)
    result = await world.run("search_contacts", **arguments)
    assert result.summary == "You have three prospects: P000 Vale, P001 Vale and P002 Vale."
    assert result.data["count"] == 3
    second = await world.run("get_contact_info", contact="the second one")
    assert second.focus["contact_label"] == "P001 Vale"


@pytest.mark.parametrize("query", ["vendors", "all our suppliers", "the vendors"])
async def test_all_of_a_kind_are_told(world: World, query: str) -> None:
    async with world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        for name in ("Abel", "Beth"):
            new = NewContact(name, "Pipe", mobile=f"+121455700{ord(name[0])}", type=ContactType.VENDOR)
            await Contacts(uow).create(new)
    result = await world.run("search_contacts", query=query)
    assert result.summary == "You have two vendors: Abel Pipe and Beth Pipe."
    assert (await world.run("search_contacts", query="partners")).summary == "You have no partners."
    both = await world.run("search_contacts", query=query, relationship_status="past_client")
    assert both.summary == "You have no contacts who are past clients and vendors."


async def test_a_relationship_that_nobody_is_in(world: World) -> None:
    result = await world.run("search_contacts", query="past clients", relationship_status="past_client")
    assert (result.ok, result.summary) == (True, "You have no past clients.")


async def test_the_only_one_is_who_is_meant_next(world: World) -> None:
    await add(world, 1, RelationshipStatus.LOST_LEAD)
    result = await world.run("search_contacts", query="lost leads")
    assert result.summary == "You have one lost lead: P000 Vale."
    assert result.focus["contact_label"] == "P000 Vale"


async def test_more_than_can_be_counted_are_not_counted_wrongly(world: World) -> None:
    await add(world, 60, RelationshipStatus.OPPORTUNITY)
    result = await world.run("search_contacts", relationship_status="opportunity")
    assert result.summary.startswith("You have more than 50 opportunities: P000 Vale, ")
    assert len(result.data["contacts"]) == 20


async def test_a_relationship_narrows_before_the_list_is_cut(world: World) -> None:
    await add(world, 30, RelationshipStatus.ACTIVE_CLIENT, last="Zed")
    async with world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        last = NewContact("Zoe", company_name="Waco Tools", mobile="+12145559999")
        await Contacts(uow).create(last)
        await Contacts(uow).edit(world.ids["sam_waco"], ContactChanges(company_name="Waco Tools"))
    result = await world.run("search_contacts", query="Waco Tools", relationship_status="prospect")
    assert [contact["name"] for contact in result.data["contacts"]] == ["Zoe"]


async def test_people_of_one_name_are_told_apart_in_the_list(world: World) -> None:
    result = await world.run("search_contacts", relationship_status="active_client")
    assert result.data["count"] == 8
    assert "Ann Miller" in result.summary
    named = await world.run("search_contacts", query="Sam Reed")
    assert "Sam Reed in Austin" in named.summary
    assert "Sam Reed in Waco" in named.summary


@pytest.mark.parametrize("arguments", [{}, {"query": ""}, {"query": "  "}])
async def test_a_search_for_nothing_asks_for_whom(world: World, arguments: dict[str, str]) -> None:
    result = await world.run("search_contacts", **arguments)
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "query")


@pytest.mark.parametrize(
    ("text", "relationship", "name"),
    [
        ("prospects", "prospect", False),
        ("all our qualified leads", "qualified_lead", False),
        ("Former customers", "past_client", False),
        ("inactive contacts", "inactive", False),
        ("active_client", "active_client", False),
        ("prospects named Miller", "prospect", True),
        ("Miller", None, True),
        ("Leadbetter", None, True),
        ("", None, False),
    ],
)
def test_relationships_in_words(text: str, relationship: str | None, name: bool) -> None:
    assert (relationship_in(text), says_a_name(text)) == (relationship, name)


def test_every_relationship_can_be_said_and_understood() -> None:
    for status in RelationshipStatus:
        assert {relationship_in(words) for words in say_relationship(status)} == {status}


@pytest.mark.parametrize("said", ["job 2", "the boiler service", "the Tom Miller job"])
async def test_a_bill_for_a_job_goes_to_the_job_s_contact(world: World, said: str) -> None:
    asked = await world.run("create_invoice", job=said, amount=600)
    assert asked.error is not None
    assert asked.error.read_back == (
        "Invoice to Tom Miller for 600 dollars, Boiler service, due in 30 days. Shall I send it?"
    )
    done = await world.agreed("create_invoice", job=said, amount=600)
    async with world.reading() as uow:
        invoice = (await Invoices(uow).get(done.focus["invoice"])).invoice
    assert (invoice.contact_id, invoice.job_id, invoice.title) == (
        world.ids["tom"],
        world.ids["boiler"],
        "Boiler service",
    )


async def test_an_estimate_for_a_job_takes_its_contact_and_title(world: World) -> None:
    done = await world.agreed("create_estimate", job="the leak repair", amount=900)
    async with world.reading() as uow:
        estimate = (await Estimates(uow).get(done.focus["estimate"])).estimate
    assert (estimate.contact_id, estimate.job_id, estimate.title) == (
        world.ids["ines"],
        world.ids["leak"],
        "Leak repair",
    )


async def test_who_was_named_is_billed_for_another_s_job(world: World) -> None:
    asked = await world.run("create_invoice", contact="Priya", job="the leak repair", amount=90)
    assert asked.error is not None
    assert (asked.error.read_back or "").startswith("Invoice to Priya Patel for 90 dollars")


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("create_invoice", {"amount": 90}, "contact"),
        ("create_invoice", {"job": "the gate", "amount": 90}, "contact"),
        ("create_estimate", {"title": "Tiles", "amount": 90}, "contact"),
        ("create_estimate", {"contact": "Ines", "amount": 90}, "title"),
    ],
)
async def test_without_anybody_it_asks(
    world: World, tool: str, arguments: dict[str, object], field: str
) -> None:
    async with world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        await Jobs(uow).create(NewJob("Gate"))
    result = await world.run(tool, **arguments)
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, field)
    assert result.summary.endswith("?")


async def test_a_job_that_is_not_certain_is_asked_about(world: World) -> None:
    result = await world.run("create_invoice", job="the Miller job", amount=90)
    assert result.error is not None
    assert result.error.type is ToolErrorType.AMBIGUOUS
