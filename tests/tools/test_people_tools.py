from __future__ import annotations

from datetime import timedelta

import pytest

from business.use_cases.contacts import Contacts
from business.use_cases.projects import Projects
from tests.tools.world import World, at
from tools.envelope import ToolErrorType


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("Ines Okafor", "ines"),
        ("Okafor", "ines"),
        ("the Okafors", "ines"),
        ("Mrs. Patel", "priya"),
        ("Padel", "priya"),
        ("Win", "linh"),
        ("Kessler Bakery", "bakery"),
        ("the bakery", "bakery"),
        ("Tom Miller", "tom"),
        ("Sam Reed in Waco", "sam_waco"),
        ("Sam Reed with the number ending in 0 1 0 7", "sam_austin"),
        ("214 555 0103", "ann"),
    ],
)
async def test_a_contact_is_found_by_what_people_call_them(world: World, said: str, who: str) -> None:
    result = await world.run("get_contact_info", contact=said)
    assert result.ok, result.summary
    assert result.focus["contact"] == world.ids[who]


async def test_a_contact_is_told_with_number_and_open_business(world: World) -> None:
    result = await world.run("get_contact_info", contact="Ines")
    assert result.summary == (
        "Ines Okafor, phone 2 1 4, 5 5 5, 0 1 0 1. There is one open job and 1,200 dollars to pay."
    )


async def test_money_stays_with_those_who_may_see_it(world: World) -> None:
    result = await world.run("get_contact_info", user="user-contractor", contact="Ines")
    assert result.ok
    assert "dollars" not in result.summary
    assert "outstanding" not in result.data["contact"]


async def test_several_that_fit_are_told_apart(world: World) -> None:
    result = await world.run("get_contact_info", contact="Sam Reed")
    assert result.error is not None
    assert result.error.type is ToolErrorType.AMBIGUOUS
    assert set(result.error.candidates) == {"Sam Reed in Austin", "Sam Reed in Waco"}
    for candidate in result.error.candidates:
        answer = await world.run("get_contact_info", contact=candidate)
        assert answer.focus["contact"] == world.ids["sam_waco" if "Waco" in candidate else "sam_austin"]


async def test_the_second_of_several_can_be_picked(world: World) -> None:
    await world.run("get_contact_info", contact="Miller")
    picked = await world.run("get_contact_info", contact="the second one")
    assert picked.focus["contact"] == world.ids["tom"]


async def test_an_unknown_name_is_asked_about(world: World) -> None:
    result = await world.run("get_contact_info", contact="Zimmermann")
    assert result.error is not None
    assert result.error.type is ToolErrorType.NOT_FOUND
    assert result.summary.endswith("?")


async def test_a_name_that_comes_close_is_offered(world: World) -> None:
    result = await world.run("get_contact_info", contact="Vesler")
    assert result.error is not None
    assert result.error.type is ToolErrorType.NOT_FOUND
    assert result.error.candidates == ("Otto Kessler",)
    assert result.summary == "I couldn't find Vesler. Did you mean Otto Kessler?"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("Miller", {"Ann Miller", "Tom Miller"}),
        ("Okafor", {"Ines Okafor"}),
        ("Waco", {"Sam Reed"}),
        ("Zimmermann", set[str]()),
    ],
)
async def test_contacts_are_searched(world: World, query: str, names: set[str]) -> None:
    result = await world.run("search_contacts", query=query)
    assert result.ok
    assert {contact["name"] for contact in result.data["contacts"]} == names


async def test_a_search_keeps_to_a_relationship(world: World) -> None:
    clients = await world.run("search_contacts", query="Miller", relationship_status="active clients")
    prospects = await world.run("search_contacts", query="Miller", relationship_status="prospect")
    assert (clients.data["count"], prospects.data["count"]) == (2, 0)
    assert prospects.summary.startswith("I found nobody for Miller among your prospects.")


async def test_a_call_is_noted(world: World) -> None:
    result = await world.run(
        "add_contact_interaction", contact="Ines", interaction_type="phoned", notes="wants tiles"
    )
    assert result.summary == "I noted the call with Ines Okafor."
    async with world.reading() as uow:
        info = await Contacts(uow).info(world.ids["ines"])
    assert info.recent_interactions[0].description == "wants tiles"
    assert info.contact.last_contacted == world.clock.now()


async def test_a_follow_up_is_planned(world: World) -> None:
    wish = {"contact": "Ines", "follow_up_date": "Tuesday", "notes": "talk tiles", "priority": "urgent"}
    result = await world.run("schedule_follow_up", **wish)
    assert result.summary == "I'll remind you on Tuesday at 9 AM to follow up with Ines Okafor."
    async with world.reading() as uow:
        follow_up = (await Contacts(uow).info(world.ids["ines"])).next_follow_up
    assert follow_up is not None
    assert (follow_up.scheduled_at, follow_up.priority.value) == (at(6, 9), "urgent")


@pytest.mark.parametrize(
    ("said", "days", "hour"),
    [
        ("at four", 0, 16),
        ("at eight", 0, 20),
        ("tomorrow morning", 1, 9),
        ("Friday at noon", 2, 12),
    ],
)
async def test_a_reminder_is_kept_for_its_time(world: World, said: str, days: int, hour: int) -> None:
    result = await world.run("set_reminder", message="to order pipe", reminder_time=said)
    assert result.data["reminder"] | {"id": ""} == {
        "id": "",
        "message": "Order pipe",
        "at": at(days, hour).isoformat(),
    }
    async with world.reading() as uow:
        activity = await uow.activities.get(result.focus["activity"])
    assert activity.reminders[0].at == at(days, hour)


@pytest.mark.parametrize("said", ["yesterday", "banana", "next week"])
async def test_a_reminder_needs_a_time_to_come(world: World, said: str) -> None:
    result = await world.run("set_reminder", message="order pipe", reminder_time=said)
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "reminder_time")


@pytest.mark.parametrize(
    "said", ["the Okafor remodel", "bathroom remodel", "Okafor", "project one", "her project"]
)
async def test_a_project_is_found_by_what_people_call_it(world: World, said: str) -> None:
    await world.run("get_contact_info", contact="Ines")
    result = await world.run("get_project_status", project=said)
    assert result.ok, result.summary
    assert result.focus["project"] == world.ids["bath"]
    assert result.summary.startswith("Okafor bathroom remodel is active and 0 percent done.")


@pytest.mark.parametrize(
    ("said", "percent"), [("seventy percent", 70), (70, 70), ("halfway", 50), ("done", 100)]
)
async def test_progress_is_recorded(world: World, said: str | int, percent: int) -> None:
    result = await world.run(
        "update_project_progress", project="the bakery", progress_percentage=said, notes="on time"
    )
    assert result.summary == f"Bakery rewiring is now at {percent} percent."
    async with world.reading() as uow:
        report = await Projects(uow).get(world.ids["wiring"])
    assert (report.project.progress_percent, report.project.progress_log[-1].notes) == (percent, "on time")


@pytest.mark.parametrize("said", [101, -1, "a lot", "NaN"])
async def test_progress_has_bounds(world: World, said: object) -> None:
    result = await world.run("update_project_progress", project="the bakery", progress_percentage=said)
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "progress_percentage")


async def test_an_unknown_project_is_not_found(world: World) -> None:
    result = await world.run("get_project_status", project="the marina")
    assert result.error is not None
    assert result.error.type is ToolErrorType.NOT_FOUND


async def test_active_projects_are_told(world: World) -> None:
    result = await world.run("get_active_projects")
    assert result.summary in {
        "You have two active projects: Okafor bathroom remodel at 0 percent and Bakery rewiring at 0 percent.",
        "You have two active projects: Bakery rewiring at 0 percent and Okafor bathroom remodel at 0 percent.",
    }


async def test_the_time_is_the_business_s(world: World) -> None:
    assert (await world.run("get_current_time")).summary == "It's 10 AM on Wednesday, November 18th."
    world.clock.advance(timedelta(hours=2, minutes=5))
    assert (await world.run("get_current_time")).summary == "It's 12:05 PM on Wednesday, November 18th."


async def test_the_business_at_a_glance(world: World) -> None:
    result = await world.run("get_business_summary")
    assert result.summary == (
        "biz-one Plumbing has two jobs today, one in progress. You're owed 1,650 dollars, 1,200 dollars of it overdue. "
        "One open estimate worth 900 dollars."
    )
    viewer = await world.run("get_business_summary", user="user-viewer")
    assert viewer.ok
    assert "dollars" not in viewer.summary
