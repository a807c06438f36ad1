from __future__ import annotations

from decimal import Decimal

import pytest

from business.entities.invoices import Invoice, InvoiceStatus
from business.entities.memberships import Role
from business.errors import Forbidden
from business.paging.queries import Book
from business.use_cases.invoices import Invoices, NewInvoice
from tests.business.transfer.files import bring_in, exported, reasons, rows_of
from tests.business.world import World, line


async def invoice(world: World, number: str) -> Invoice:
    async with world.read() as uow:
        return (await Invoices(uow).find_by_number(number))[0].invoice


@pytest.fixture
async def customer(world: World) -> str:
    return await world.contact("Nora", "Quill", email="n@mail.example")


async def test_rows_of_one_number_are_one_invoice_with_lines_and_payments(world: World, customer: str):
    report = await bring_in(
        world,
        Book.INVOICES,
        "Invoice No,Customer,Invoice Date,Due Date,Item,Qty,Rate,Tax %,Total,Paid Amount,Payment Date,Method\n"
        "1001,Nora Quill,4/1/2026,5/1/2026,Labor,2,$100.00,10,\"$1,320.00\",500,4/15/2026,Check\n"
        "1001,,,,Pump,1,\"1,000.00\",,,,,\n"
        "1002,nora quill,4/2/2026,,Visit,1,80,,80.00,80,2026-04-03,cash\n",
    )  # fmt: skip
    assert (report.rows, report.created, report.refusals) == (3, 2, [])
    first, second = await invoice(world, "1001"), await invoice(world, "1002")
    assert [(one.description, one.quantity, one.unit_price) for one in first.lines] == [
        ("Labor", Decimal(2), Decimal(100)),
        ("Pump", Decimal(1), Decimal(1000)),
    ]
    assert (first.status, first.totals.total, first.net_paid) == (
        InvoiceStatus.PARTIALLY_PAID,
        Decimal("1320.00"),
        Decimal("500.00"),
    )
    assert (second.status, str(second.paid_date), second.contact_id) == (
        InvoiceStatus.PAID,
        "2026-04-03",
        customer,
    )
    text = await exported(world, Book.INVOICES)
    assert [row["number"] for row in rows_of(text)] == ["1001", "1001", "1002"]
    again = await bring_in(world, Book.INVOICES, text, import_id="again")
    assert (again.created, again.unchanged, again.refused) == (0, 2, 0)


async def test_a_file_of_totals_gives_one_line(world: World, customer: str):
    await bring_in(
        world, Book.INVOICES, "number,email,title,amount,status\nA-1,n@mail.example,Sink,250,open\n"
    )
    brought = await invoice(world, "A-1")
    assert (brought.status, brought.lines[0].description, brought.totals.total) == (
        InvoiceStatus.SENT,
        "Sink",
        Decimal("250.00"),
    )


async def test_nothing_is_sent_to_a_client(world: World, customer: str):
    await bring_in(
        world, Book.INVOICES, "number,email,title,amount,status\nA-1,n@mail.example,Sink,250,sent\n"
    )
    async with world.write() as uow:
        assert await uow.outbox.due() == ()


async def test_given_numbers_do_not_move_the_counter(world: World, customer: str):
    await bring_in(world, Book.INVOICES, "number,email,title,amount\nINV-000900,n@mail.example,Sink,250\n")
    async with world.write() as uow:
        made = await Invoices(uow).create(NewInvoice(customer, (line("10"),)))
    assert made.invoice.number == "INV-000001"


HEAD = (
    "number,contact_email,title,status,issue_date,due_date,line_unit_price,line_quantity,total,"
    "payment_amount,payment_date,payment_status,payment_refunded,discount_value,discount_type,job\n"
)


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ("A,,X,,,,10,,,,,,,,,", "contact_email", "unknown_contact"),
        ("A,x@mail.example,X,,,,10,,,,,,,,,", "contact_email", "unknown_contact"),
        ("A,n@mail.example,X,,,,,,,,,,,,,", "line_unit_price", "validation"),
        ("A,n@mail.example,X,,,,,2,,,,,,,,", "line_unit_price", "validation"),
        ("A,n@mail.example,,,,,10,,,,,,,,,", "line_description", "validation"),
        ("A,n@mail.example,X,,,,10,0,,,,,,,,", "line_quantity", "validation"),
        ("A,n@mail.example,X,,,,-10,,,,,,,,,", "line_unit_price", "bad_value"),
        ("A,n@mail.example,X,,,,10,,11,,,,,,,", "total", "total_differs"),
        ("A,n@mail.example,X,,2026-05-01,2026-04-01,10,,,,,,,,,", "due_date", "validation"),
        ("A,n@mail.example,X,,1999-05-01,,10,,,,,,,,,", "issue_date", "validation"),
        ("A,n@mail.example,X,paid,,,10,,,,,,,,,", "status", "validation"),
        ("A,n@mail.example,X,paid,,,10,,,9,2026-05-01,,,,,", "status", "validation"),
        ("A,n@mail.example,X,partially_paid,,,10,,,10,2026-05-01,,,,,", "status", "validation"),
        ("A,n@mail.example,X,sent,,,10,,,5,2026-05-01,,,,,", "status", "validation"),
        ("A,n@mail.example,X,cancelled,,,10,,,5,2026-05-01,,,,,", "status", "validation"),
        ("A,n@mail.example,X,refunded,,,10,,,5,2026-05-01,,,,,", "status", "validation"),
        ("A,n@mail.example,X,draft,,,10,,,5,2026-05-01,,,,,", "status", "validation"),
        ("A,n@mail.example,X,,,,10,,,11,2026-05-01,,,,,", "payment_amount", "validation"),
        ("A,n@mail.example,X,,,,10,,,10,2026-06-01,,,,,", "payment_date", "validation"),
        ("A,n@mail.example,X,,,,10,,,10,,,,,,", "payment_date", "validation"),
        ("A,n@mail.example,X,,,,10,,,0,2026-05-01,,,,,", "payment_amount", "validation"),
        ("A,n@mail.example,X,,,,10,,,10,2026-05-01,refunded,5,,,", "payment_refunded", "validation"),
        ("A,n@mail.example,X,,,,10,,,10,2026-05-01,completed,5,,,", "payment_refunded", "validation"),
        ("A,n@mail.example,X,,,,10,,,10,2026-05-01,partially_refunded,11,,,", "payment_amount", "validation"),
        ("A,n@mail.example,X,,,,10,,,,,,,5,,", "discount_type", "validation"),
        ("A,n@mail.example,X,,,,10,,,,,,,50,fixed amount,", "discount_value", "validation"),
        ("A,n@mail.example,X,,,,10,,,,,,,,,J-1", "job", "unknown_job"),
        ("A?,n@mail.example,X,,,,10,,,,,,,,,", "number", "bad_value"),
    ],
)  # fmt: skip
async def test_refusals_leave_nothing(world: World, customer: str, cells: str, column: str, code: str):
    report = await bring_in(world, Book.INVOICES, HEAD + cells + "\n")
    assert reasons(report) == [(2, column, code)]
    assert rows_of(await exported(world, Book.INVOICES)) == []


async def test_rows_that_disagree_or_stand_apart(world: World, customer: str):
    report = await bring_in(
        world,
        Book.INVOICES,
        "number,contact_email,title,line_unit_price\n"
        "A-1,n@mail.example,One,10\n"
        "A-1,,Two,20\n"
        "A-2,n@mail.example,Two,20\n"
        "A-1,n@mail.example,One,30\n"  # the rest of a refused invoice must not come in alone
        "A-2,,,30\n",
    )
    assert reasons(report) == [
        (2, "title", "rows_disagree"),
        (5, "number", "rows_apart"),
        (6, "number", "rows_apart"),
    ]
    assert [row["number"] for row in rows_of(await exported(world, Book.INVOICES))] == ["A-2"]


async def test_an_invoice_is_never_cut(world: World, customer: str):
    rows = "".join(f"A-1,n@mail.example,X,{number}\n" for number in range(1, 1102))
    report = await bring_in(world, Book.INVOICES, "number,contact_email,title,line_unit_price\n" + rows)
    assert [one.code for one in report.refusals] == ["too_many_rows"]
    assert rows_of(await exported(world, Book.INVOICES)) == []


async def test_an_invoice_that_exists_with_other_content_is_refused(world: World, customer: str):
    text = "number,contact_email,title,line_unit_price,status\nA-1,n@mail.example,X,10,sent\n"
    await bring_in(world, Book.INVOICES, text)
    other = text.replace("10,sent", "11,sent")
    report = await bring_in(world, Book.INVOICES, other, import_id="2")
    assert reasons(report) == [(2, "number", "conflict")]
    assert report.refusals[0].reason == "Invoice A-1 is there already. Different here: lines."


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.CONTRACTOR, Role.VIEWER])
async def test_who_may_not_bill_may_not_import_bills(world: World, customer: str, role: Role):
    with pytest.raises(Forbidden):
        await bring_in(world, Book.INVOICES, "number,email,title,amount\nA,n@mail.example,X,1\n", role=role)


@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.VIEWER])
async def test_who_may_not_see_bills_may_not_export_them(world: World, role: Role):
    with pytest.raises(Forbidden):
        await exported(world, Book.INVOICES, role=role)
