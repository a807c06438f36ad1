from __future__ import annotations

import io

import pytest

from business.entities.contacts import ContactStatus
from business.entities.memberships import Role
from business.errors import Forbidden
from business.paging.queries import Book
from business.transfer.refused import RefusedRows
from business.use_cases.contacts import Contacts
from tests.business.transfer.files import bring_in, exported, reasons, rows_of
from tests.business.world import World


async def test_headers_as_other_programs_write_them(world: World):
    report = await bring_in(
        world,
        Book.CONTACTS,
        "First Name;LASTNAME;Phone Number;E-mail 1 - Value;Zip Code;Favourite Colour\r\n"
        "Nora;Quill;(303) 555-0142;Nora@Mail.Example;80202;blue\r\n",
    )
    assert (report.rows, report.created, report.refused) == (1, 1, 0)
    assert report.ignored_columns == ("Favourite Colour",)
    async with world.read() as uow:
        contact = (await Contacts(uow).search("Quill"))[0]
    assert (contact.first_name, contact.phone, contact.email) == ("Nora", "+13035550142", "nora@mail.example")
    assert (contact.address.postal_code, contact.address.country) == ("80202", "US")


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("Nora Quill", "Nora", "Quill"),
        ('"Quill, Nora"', "Nora", "Quill"),
        ("Cher", "Cher", ""),
        ("Ana Maria Ruiz", "Ana Maria", "Ruiz"),
    ],
)
async def test_a_full_name_is_taken_apart(world: World, written: str, first: str, last: str):
    await bring_in(world, Book.CONTACTS, f"Name,Email\n{written},n@mail.example\n")
    async with world.read() as uow:
        contact = (await Contacts(uow).search("n@mail.example"))[0]
    assert (contact.first_name, contact.last_name) == (first, last)


async def test_every_refusal_says_where_and_why_and_leaves_nothing(world: World):
    await world.contact("Nora", "Quill", email="nora@mail.example")
    refused = io.StringIO(newline="")
    report = await bring_in(
        world,
        Book.CONTACTS,
        "first_name,email,phone,type,status,estimated_value,assigned_to,last_contacted,notes\n"
        "Ann,ann@mail.example,,customer,active,10,,,fine\n"  # 2
        "Bob,bob at mail,,customer,active,10,,,\n"  # 3
        "Cy,,12,friend,active,lots,,,\n"  # 4: three cells
        "Dee,,,customer,active,10,,,\n"  # 5: unreachable
        ",e@mail.example,,customer,active,10,,,\n"  # 6: nameless
        "Eve,NORA@mail.example,,customer,active,10,,,\n"  # 7: somebody else's address
        "Flo,flo@mail.example,,customer,active,10,Nobody,,\n"  # 8
        "Gus,gus@mail.example,,customer,active,10,,2027-01-01,\n"  # 9: in the future, after it was written
        "Hal,hal@mail.example,,customer,active,10,,,x,y\n"  # 10
        f"{'I' * 101},ivy@mail.example,,customer,active,10,,,\n",  # 11
        on_refused=RefusedRows(refused),
    )
    assert (report.rows, report.created, report.refused) == (10, 1, 9)
    assert reasons(report) == [
        (3, "email", "bad_value"),
        (4, "phone", "bad_value"),
        (4, "type", "bad_value"),
        (4, "estimated_value", "bad_value"),
        (5, "phone", "validation"),
        (6, "first_name", "validation"),
        (7, "email", "conflict"),
        (8, "assigned_to", "unknown_member"),
        (9, "last_contacted", "validation"),
        (10, "", "too_many_cells"),
        (11, "first_name", "validation"),
    ]
    named = next(one for one in report.refusals if one.line == 7)
    assert "Nora Quill already has that email address" in named.reason
    assert named.value == "nora@mail.example"
    assert [row["first_name"] for row in rows_of(await exported(world, Book.CONTACTS))] == ["Nora", "Ann"]
    left = rows_of(refused.getvalue())
    assert [row["first_name"] for row in left][:3] == ["Bob", "Cy", "Dee"]
    assert left[1]["refused_code"] == "bad_value"
    assert "type: It must be one of: customer" in left[1]["refused_reason"]


async def test_refused_rows_can_be_mended_and_imported(world: World):
    refused = io.StringIO(newline="")
    await bring_in(
        world, Book.CONTACTS, "name,email\n=Bob,bob\nAnn,ann@mail.example\n", on_refused=RefusedRows(refused)
    )
    assert "'=Bob" in refused.getvalue()
    mended = refused.getvalue().replace(",bob,", ",bob@mail.example,")
    report = await bring_in(world, Book.CONTACTS, mended, import_id="mended")
    assert (report.created, report.refused, report.ignored_columns) == (1, 0, ())
    async with world.read() as uow:
        assert (await Contacts(uow).search("bob@mail.example"))[0].display_name == "=Bob"


async def test_an_own_export_is_there_already(world: World):
    await bring_in(
        world,
        Book.CONTACTS,
        "first_name,mobile,tags,status,notes,assigned_to\n"
        'Nora,+13035550142,"vip; pays\\; late",archived,=1+1,ms employee\n'
        "Ola,+13035550143,,blocked,,\n",
    )
    text = await exported(world, Book.CONTACTS)
    assert "'=1+1" in text
    assert "'+13035550142" in text
    again = await bring_in(world, Book.CONTACTS, text, import_id="again")
    assert (again.created, again.unchanged, again.refused) == (0, 2, 0)
    assert await exported(world, Book.CONTACTS) == text
    async with world.read() as uow:
        nora = (await uow.references.contacts_by_phone("+13035550142"))[0]
    assert nora.status is ContactStatus.ARCHIVED
    assert (nora.tags, nora.notes, nora.assigned_to) == (("vip", "pays; late"), "=1+1", "user-employee")


async def test_a_row_that_says_less_is_the_same_contact(world: World):
    await bring_in(world, Book.CONTACTS, "name,email,city\nNora Quill,n@mail.example,Denver\n")
    report = await bring_in(world, Book.CONTACTS, "first_name,email\nNora,N@mail.example\n", import_id="2")
    assert (report.unchanged, report.refused) == (1, 0)


@pytest.mark.parametrize("is_dry_run", [False, True])
async def test_a_contact_twice_in_one_file(world: World, is_dry_run: bool):
    report = await bring_in(
        world,
        Book.CONTACTS,
        "name,email\nNora,n@mail.example\nNora,n@mail.example\nOther,n@mail.example\n",
        is_dry_run=is_dry_run,
    )
    assert (report.created, report.unchanged, report.refused) == (1, 1, 1)
    assert report.refusals[0].line == 4


async def test_a_dry_run_writes_nothing_and_tells_the_same(world: World):
    lines = [f"P{number},p{number}@mail.example" for number in range(120)]
    text = "\n".join(["name,email", *lines, "P7,p7@mail.example", "Bad,bad"])
    tried = await bring_in(world, Book.CONTACTS, text, is_dry_run=True)
    assert rows_of(await exported(world, Book.CONTACTS)) == []
    done = await bring_in(world, Book.CONTACTS, text)
    counts = (121, 1)
    assert tried.dry_run
    assert (tried.created, tried.unchanged, tried.refused) == (120, 1, 1)
    assert (done.created, done.unchanged, done.refused) == (120, 1, 1)
    assert reasons(tried) == reasons(done) == [(counts[0] + 2, "email", "bad_value")]


async def test_the_same_import_again_takes_nothing_twice_and_tells_the_same(world: World):
    text = (
        "name,email\n" + "".join(f"P{number},p{number}@mail.example\n" for number in range(60)) + "Bad,bad\n"
    )
    first = await bring_in(world, Book.CONTACTS, text)
    again = await bring_in(world, Book.CONTACTS, text)
    assert again.as_dict() == first.as_dict()


async def test_permissions_hold_for_the_file_and_for_each_row(world: World):
    text = "name,email,status\nNora,n@mail.example,active\nOla,o@mail.example,archived\n"
    for role in (Role.VIEWER, Role.CONTRACTOR):
        with pytest.raises(Forbidden):
            await bring_in(world, Book.CONTACTS, text, role=role)
    report = await bring_in(world, Book.CONTACTS, text, role=Role.EMPLOYEE)
    assert (report.created, reasons(report)) == (1, [(3, "", "forbidden")])
    assert [row["first_name"] for row in rows_of(await exported(world, Book.CONTACTS))] == ["Nora"]


async def test_the_audit_trail_names_the_importer(world: World):
    await bring_in(world, Book.CONTACTS, "name,email\nNora,n@mail.example\n", role=Role.MANAGER)
    async with world.read() as uow:
        contact = (await Contacts(uow).search("Nora"))[0]
        entries = await uow.audit.of_entity("contact", contact.id)
    assert [(entry.user_id, entry.action.value) for entry in entries] == [("user-manager", "created")]


async def test_another_business_sees_and_meets_nothing_of_it(world: World):
    text = "name,email\nNora,n@mail.example\n"
    await bring_in(world, Book.CONTACTS, text)
    assert rows_of(await exported(world, Book.CONTACTS, other=True)) == []
    report = await bring_in(world, Book.CONTACTS, text, business_id=world.other_id)
    assert report.created == 1
