"""Who may do what: the role table of the domain, the use cases behind it, and managing the team."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from business.entities.memberships import ROLE_PERMISSIONS, Permission, Role
from business.entities.payments import PaymentMethod
from business.errors import Conflict, Forbidden, NotFound
from business.use_cases.contacts import Contacts, NewContact
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import Invoices, NewInvoice
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.memberships import Memberships
from business.use_cases.projects import NewProject, Projects
from business.use_cases.summary import Summary
from tests.business.world import World, line

FIVE = ("contacts", "jobs", "projects", "invoices", "estimates")


def expected(role: Role) -> set[str]:
    """The domain's table, written out by hand."""
    everything = {permission.value for permission in Permission}
    if role is Role.OWNER:
        return everything
    if role is Role.ADMIN:
        return everything - {"edit_business_profile", "edit_business_settings", "remove_team_members"}
    if role is Role.MANAGER:
        work = {f"{verb}_{noun}" for verb in ("view", "create", "edit") for noun in FIVE}
        return work | {"invite_team_members", "view_reports"}
    seen = {"view_contacts", "view_jobs", "view_projects"}
    if role is Role.EMPLOYEE:
        work = {f"{verb}_{noun}" for verb in ("create", "edit") for noun in ("contacts", "jobs", "projects")}
        return seen | work | {"view_invoices", "view_estimates"}
    return seen


@pytest.mark.parametrize("role", Role)
def test_the_permissions_of_each_role(role: Role) -> None:
    assert {permission.value for permission in ROLE_PERMISSIONS[role]} == expected(role)


def test_ranks() -> None:
    assert [role.rank for role in Role] == [5, 4, 3, 2, 1, 0]


Attempt = Callable[[Any, str], Awaitable[Any]]
ATTEMPTS: dict[Permission, Attempt] = {
    Permission.VIEW_JOBS: lambda uow, _: Jobs(uow).today(),
    Permission.CREATE_JOBS: lambda uow, contact: Jobs(uow).create(NewJob("x", contact_id=contact)),
    Permission.EDIT_JOBS: lambda uow, _: Jobs(uow).add_note("none", "x"),
    Permission.VIEW_CONTACTS: lambda uow, contact: Contacts(uow).info(contact),
    Permission.CREATE_CONTACTS: lambda uow, _: Contacts(uow).create(NewContact("B", email="b@b.example")),
    Permission.DELETE_CONTACTS: lambda uow, contact: Contacts(uow).archive(contact),
    Permission.VIEW_INVOICES: lambda uow, _: Invoices(uow).pending(),
    Permission.CREATE_INVOICES: lambda uow, contact: Invoices(uow).create(NewInvoice(contact, (line("1"),))),
    Permission.EDIT_INVOICES: lambda uow, _: Invoices(uow).record_payment(
        "none", Decimal(1), method=PaymentMethod.CASH
    ),
    Permission.VIEW_ESTIMATES: lambda uow, _: Estimates(uow).pending(),
    Permission.CREATE_ESTIMATES: lambda uow, contact: Estimates(uow).create(
        NewEstimate(contact, "x", (line("1"),))
    ),
    Permission.EDIT_ESTIMATES: lambda uow, _: Estimates(uow).convert("none"),
    Permission.VIEW_PROJECTS: lambda uow, _: Projects(uow).active(),
    Permission.CREATE_PROJECTS: lambda uow, contact: Projects(uow).create(NewProject("x", contact)),
    Permission.EDIT_PROJECTS: lambda uow, _: Projects(uow).update_progress("none", 1),
    Permission.INVITE_TEAM_MEMBERS: lambda uow, _: Memberships(uow).add("user-new", "New", Role.VIEWER),
    Permission.EDIT_TEAM_MEMBERS: lambda uow, _: Memberships(uow).change_role("user-none", Role.VIEWER),
    Permission.REMOVE_TEAM_MEMBERS: lambda uow, _: Memberships(uow).remove("user-none"),
}


@pytest.mark.parametrize("role", Role)
async def test_use_cases_ask_for_the_permission(world: World, role: Role) -> None:
    contact = await world.contact()
    for permission, attempt in ATTEMPTS.items():
        refused = False
        async with world.write(role) as uow:
            try:
                async with uow.savepoint():
                    await attempt(uow, contact)
            except Forbidden:
                refused = True
            except NotFound:
                pass  # allowed, and then there was no such thing
        assert refused is (permission.value not in expected(role)), permission


@pytest.mark.parametrize("role", Role)
async def test_the_summary_shows_what_the_role_may_see(world: World, role: Role) -> None:
    async with world.read(role) as uow:
        summary = await Summary(uow).get()
    may = expected(role)
    assert (summary.outstanding is not None) is ("view_invoices" in may)
    assert (summary.open_estimates is not None) is ("view_estimates" in may)
    assert summary.jobs_today == 0
    assert summary.active_projects == 0


async def test_granted_and_withheld_permissions(world: World) -> None:
    async with world.write() as uow:
        await Memberships(uow).set_permissions(
            "user-viewer",
            granted=frozenset({Permission.VIEW_INVOICES, Permission.VIEW_JOBS}),
            withheld=frozenset({Permission.VIEW_JOBS}),
        )
    async with world.read(Role.VIEWER) as uow:
        assert (await Invoices(uow).pending()).invoices == ()
        with pytest.raises(Forbidden):
            await Jobs(uow).today()


async def test_nobody_manages_an_equal_or_a_superior(world: World) -> None:
    async with world.write(Role.ADMIN) as uow:
        team = Memberships(uow)
        assert (await team.change_role("user-viewer", Role.MANAGER)).role is Role.MANAGER
        for attempt in (
            team.change_role("user-owner", Role.VIEWER),
            team.change_role("user-admin", Role.OWNER),
            team.change_role("user-viewer", Role.ADMIN),
            team.add("user-new", "New", Role.ADMIN),
            team.set_permissions(
                "user-viewer", granted=frozenset({Permission.REMOVE_TEAM_MEMBERS}), withheld=frozenset()
            ),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_a_business_keeps_an_owner(world: World) -> None:
    async with world.write() as uow:
        team = Memberships(uow)
        with pytest.raises(Forbidden):
            await team.remove("user-owner")
        await team.change_role("user-admin", Role.OWNER)
        await team.remove("user-owner")
        assert next(member.user_id for member in await team.list()) == "user-admin"


async def test_members_leave_and_come_back(world: World) -> None:
    async with world.write() as uow:
        team = Memberships(uow)
        with pytest.raises(Conflict):
            await team.add("user-viewer", "Again", Role.VIEWER)
        await team.remove("user-viewer")
        with pytest.raises(NotFound):
            await team.of_user("user-viewer")
        back = await team.add("user-viewer", "Vera", Role.EMPLOYEE, email="V@x.example")
    assert (back.is_active, back.role, back.email) == (True, Role.EMPLOYEE, "v@x.example")
    reached = await world.database.directory.businesses_of("user-viewer")
    assert [(one.business_id, one.role, one.user_name) for one in reached] == [
        ("biz-one", Role.EMPLOYEE, "Vera")
    ]
