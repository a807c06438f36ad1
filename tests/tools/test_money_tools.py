from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from business.entities.estimates import EstimateStatus
from business.entities.invoices import InvoiceStatus
from business.use_cases.estimates import Estimates
from business.use_cases.invoices import Invoices
from tests.tools.world import NOW, World
from tools.envelope import ToolErrorType


async def test_a_bill_is_read_back_before_it_exists(world: World) -> None:
    wish = {
        "contact": "Priya",
        "description": "faucet repair",
        "amount": "three hundred",
        "due_date": "in thirty days",
    }
    asked = await world.run("create_invoice", **wish)
    assert asked.error is not None
    assert asked.error.type is ToolErrorType.NEEDS_CONFIRMATION
    assert asked.error.read_back == (
        "Invoice to Priya Patel for 300 dollars, faucet repair, due December 18th. Shall I send it?"
    )
    async with world.reading() as uow:
        assert len(await Invoices(uow).of_contacts((world.ids["priya"],), unpaid_only=False)) == 1
    done = await world.agreed("create_invoice", **wish)
    assert done.summary == "Invoice 4 over 300 dollars is on its way to Priya Patel, due December 18th."
    async with world.reading() as uow:
        view = await Invoices(uow).get(done.focus["invoice"])
    assert view.invoice.totals.total == Decimal("300.00")
    assert view.invoice.due_date == (NOW + timedelta(days=30)).date()
    assert view.invoice.status is InvoiceStatus.SENT


@pytest.mark.parametrize(
    ("amount", "total"),
    [
        ("fifteen hundred", "1500.00"),
        ("$8.5k", "8500.00"),
        (1250.5, "1250.50"),
        ("twelve fifty", "1250.00"),
        (80, "80.00"),
    ],
)
async def test_amounts_are_understood_as_said(world: World, amount: str | float, total: str) -> None:
    done = await world.agreed("create_invoice", contact="Ines", amount=amount)
    assert done.data["invoice"]["total"] == total


async def test_a_bill_for_a_job_carries_its_title(world: World) -> None:
    done = await world.agreed(
        "create_invoice", contact="Tom", amount=90, job="the boiler service", due_date="next month"
    )
    async with world.reading() as uow:
        invoice = (await Invoices(uow).get(done.focus["invoice"])).invoice
    assert (invoice.job_id, invoice.title) == (world.ids["boiler"], "Boiler service")
    assert invoice.due_date.isoformat() == "2026-12-18"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "nothing much"}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": "1e30"}, "amount"),
        ({"amount": "-20"}, "amount"),
        ({"due_date": "banana"}, "due_date"),
        ({"due_date": "yesterday"}, "due_date"),
        ({"contact": ""}, "contact"),
        ({"flavour": "lemon"}, "flavour"),
    ],
)
async def test_a_bill_with_a_wrong_part_names_the_part(
    world: World, change: dict[str, object], field: str
) -> None:
    result = await world.run("create_invoice", **({"contact": "Ines", "amount": 10} | change))
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, field)


async def test_large_amounts_wait_until_the_car_is_parked(world: World) -> None:
    result = await world.run("create_invoice", driving=True, contact="Ines", amount=5001)
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.FORBIDDEN, "amount")
    small = await world.run("create_invoice", driving=True, contact="Ines", amount=5000)
    assert small.error is not None
    assert small.error.type is ToolErrorType.NEEDS_CONFIRMATION


@pytest.mark.parametrize(("user", "limit"), [("user-admin", 5000), ("user-manager", 1000)])
async def test_the_limit_while_driving_goes_by_role(world: World, user: str, limit: int) -> None:
    over = await world.run("create_invoice", user=user, driving=True, contact="Ines", amount=limit + 1)
    within = await world.run("create_invoice", user=user, driving=True, contact="Ines", amount=limit)
    assert over.error is not None
    assert within.error is not None
    assert (over.error.type, within.error.type) == (ToolErrorType.FORBIDDEN, ToolErrorType.NEEDS_CONFIRMATION)


async def test_who_owes_is_told_the_oldest_first(world: World) -> None:
    result = await world.run("get_pending_invoices")
    assert result.summary == (
        "You're owed 1,650 dollars on two invoices, 1,200 dollars of it overdue: "
        "Ines Okafor 1,200 dollars and Tom Miller 450 dollars."
    )
    second = await world.run("get_invoice_status", invoice="the second one")
    assert second.focus["invoice"] == world.ids["new_bill"]


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("Okafor", "Invoice 1 for Ines Okafor isn't paid yet, 1,200 dollars is open. It's 12 days overdue."),
        (
            "invoice three",
            "Invoice 3 for Tom Miller isn't paid yet, 450 dollars is open. It's due December 18th.",
        ),
        ("Mrs. Patel's bill", "Invoice 2 for Priya Patel over 300 dollars is paid since October 7th."),
        ("Miller", "Invoice 3 for Tom Miller isn't paid yet, 450 dollars is open. It's due December 18th."),
    ],
)
async def test_an_invoice_tells_how_it_stands(world: World, said: str, summary: str) -> None:
    assert (await world.run("get_invoice_status", invoice=said)).summary == summary


async def test_a_reminder_goes_out_once_a_day_after_a_yes(world: World) -> None:
    asked = await world.run("send_invoice_reminder", invoice="Okafor")
    assert asked.error is not None
    assert asked.error.read_back == (
        "I'll send Ines Okafor an email about invoice 1, 1,200 dollars open. Shall I send it?"
    )
    sent = await world.agreed("send_invoice_reminder", invoice="Okafor")
    assert sent.ok
    async with world.reading() as uow:
        message = await uow.outbox.get(sent.data["message_id"])
    assert (message.kind, message.recipient) == ("invoice_reminder", "ines@example.com")
    again = await world.run("send_invoice_reminder", invoice="Okafor")
    assert again.error is not None
    assert again.error.type is ToolErrorType.CONFLICT
    assert again.summary == "A reminder for invoice 1 went out less than a day ago."


async def test_a_paid_invoice_needs_no_reminder(world: World) -> None:
    result = await world.run("send_invoice_reminder", invoice="Patel")
    assert result.error is not None
    assert result.error.type is ToolErrorType.INVALID_TRANSITION


async def test_an_estimate_is_written_after_a_yes(world: World) -> None:
    wish = {"contact": "the bakery", "title": "oven wiring", "amount": "eight and a half thousand"}
    done = await world.agreed("create_estimate", **wish, valid_until="end of the month")
    assert done.summary == "Estimate 3 for Otto Kessler over 8,500 dollars is ready. It hasn't been sent yet."
    assert done.data["estimate"]["valid_until"] == "2026-11-30"


async def test_an_approved_estimate_becomes_one_invoice(world: World) -> None:
    first = await world.agreed("convert_estimate_to_invoice", estimate="Patel's estimate")
    assert first.summary == "Estimate 1 is now invoice 4 for Priya Patel over 2,400 dollars. It's a draft."
    again = await world.run("convert_estimate_to_invoice", estimate="it")
    assert again.summary == "Estimate 1 already is invoice 4."
    assert again.data["invoice"]["id"] == first.data["invoice"]["id"]


async def test_an_open_estimate_cannot_be_converted(world: World) -> None:
    result = await world.run("convert_estimate_to_invoice", estimate="the Nguyen quote")
    assert result.error is not None
    assert result.error.type is ToolErrorType.INVALID_TRANSITION
    assert "approved" in result.error.allowed


async def test_an_answer_to_an_estimate_is_kept(world: World) -> None:
    done = await world.run("update_estimate_status", estimate="Nguyen", status="accepted", notes="by phone")
    assert done.summary == "Estimate 2 for Linh Nguyen is now approved."
    async with world.reading() as uow:
        assert (await Estimates(uow).get(world.ids["deck"])).status is EstimateStatus.APPROVED


@pytest.mark.parametrize(("status", "word"), [("declined", "rejected"), ("canceled", "cancelled")])
async def test_ending_an_estimate_is_asked_first(world: World, status: str, word: str) -> None:
    asked = await world.run("update_estimate_status", estimate="Nguyen", status=status)
    assert asked.error is not None
    assert asked.error.read_back is not None
    assert word in asked.error.read_back
    done = await world.agreed("update_estimate_status", estimate="Nguyen", status=status)
    assert done.data["estimate"]["status"] == word


async def test_sending_an_estimate_is_asked_first(world: World) -> None:
    await world.agreed("create_estimate", contact="Ines", title="Tiles", amount=700)
    asked = await world.run("update_estimate_status", estimate="it", status="sent")
    assert asked.error is not None
    assert asked.error.type is ToolErrorType.NEEDS_CONFIRMATION
    sent = await world.agreed("update_estimate_status", estimate="it", status="sent")
    assert sent.data["estimate"]["status"] == "sent"


async def test_open_estimates_are_told(world: World) -> None:
    result = await world.run("get_pending_estimates")
    assert result.summary == "You have one open estimate worth 900 dollars: Linh Nguyen 900 dollars."
    assert result.focus["estimate"] == world.ids["deck"]
