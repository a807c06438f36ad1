"""What messages say: in the business's name, without ids, on lines that cannot become headers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from business.delivery.channels import DeliveryFailed, letter_id
from business.delivery.rendering import letter, spoken, words_of
from business.entities.effects import OutboxMessage
from business.money import LineItem
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import Invoices, NewInvoice
from tests.business.delivery.conftest import NOW
from tests.business.world import World, business

SHOP = business("biz-one", "One Plumbing")
BILL = {
    "invoice_id": "internal-7", "number": "INV-000031", "title": "New boiler", "client": "Nora Quill",
    "currency": "USD", "total": "1234.50", "amount_due": "1000", "due_date": "2026-12-02",
}  # fmt: skip


def message(kind: str, channel: str = "email", **payload: object) -> OutboxMessage:
    return OutboxMessage(f"{kind}:internal-9", kind, channel, "nora@client.example", payload, created_at=NOW)


@pytest.mark.parametrize("kind", ["invoice", "invoice_reminder"])
def test_bills_say_who_what_how_much_and_when(kind: str) -> None:
    words = words_of(message(kind, **BILL), SHOP)
    for part in ("Nora Quill", "INV-000031", "New boiler", "$1,000.00", "December 2, 2026", "One Plumbing"):
        assert part in words.text
    assert "INV-000031" in words.subject
    assert "One Plumbing" in words.subject
    for text in (words.subject, words.text, words.short):
        assert "internal" not in text
        assert "biz-one" not in text


def test_other_currencies() -> None:
    assert "€5.00" in words_of(message("invoice", **BILL | {"currency": "EUR", "total": "5"}), SHOP).text
    assert "¥500" in words_of(message("invoice", **BILL | {"currency": "JPY", "total": "500"}), SHOP).text
    assert "5.00 CHF" in words_of(message("invoice", **BILL | {"currency": "CHF", "total": "5"}), SHOP).text


def test_a_text_message_is_short_and_names_the_business() -> None:
    long = "Replace the whole thing " * 60
    sent = letter(message("invoice_reminder", "sms", **BILL | {"title": long}), SHOP, "sms", "+13035550100")
    assert sent.text.startswith("One Plumbing: ")
    assert len(sent.text) <= 450
    assert "\n" not in sent.text


def test_a_line_break_cannot_become_a_header() -> None:
    reminder = message("reminder", message="Call Bob\r\nBcc: all@world.example\x00")
    sent = letter(reminder, SHOP, "email", "me@one.example")
    assert sent.subject == "Reminder: Call Bob Bcc: all@world.example"


def test_ids_tell_businesses_apart_and_give_nothing_away() -> None:
    first = letter(message("invoice", **BILL), SHOP, "email", "a@b.example").id
    assert first == letter_id("biz-one", "invoice:internal-9")
    assert first != letter_id("biz-two", "invoice:internal-9")
    assert "internal" not in first


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("carrier_pigeon", {}, "unknown_kind"),
        ("reminder", {}, "unreadable"),
        ("reminder", {"message": "  "}, "unreadable"),
        ("invoice", {"number": "INV-1"}, "unreadable"),
        ("invoice", BILL | {"total": "much"}, "unreadable"),
        ("invoice", BILL | {"due_date": "soon"}, "unreadable"),
        ("estimate", {"number": "EST-1", "total": None}, "unreadable"),
    ],
)
def test_what_cannot_be_said_is_given_up_with_a_code(
    kind: str, payload: dict[str, object], code: str
) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        words_of(message(kind, **payload), SHOP)
    assert (caught.value.code, caught.value.retryable) == (code, False)


def test_spoken_reminders_end_as_sentences() -> None:
    assert spoken(message("reminder", message="Order\npipe")) == "Order pipe."
    assert spoken(message("reminder", message="Order pipe!")) == "Order pipe!"
    with pytest.raises(DeliveryFailed):
        spoken(message("reminder"))


async def test_what_the_use_cases_queue_can_be_said(world: World) -> None:
    contact = await world.contact()
    lines = (LineItem("Boiler", Decimal(1), Decimal("1500")),)
    async with world.write() as uow:
        invoices = Invoices(uow)
        made = await invoices.create(NewInvoice(contact, lines, title="Boiler"), send=True)
        await invoices.send_reminder(made.invoice.id)
        estimates = Estimates(uow)
        offer = await estimates.create(NewEstimate(contact, "Repipe", lines))
        await estimates.update_status(offer.estimate.id, type(offer.estimate.status)("sent"))
        queued = await uow.outbox.due()
        said = [words_of(each, uow.business) for each in queued]
    assert sorted(each.kind for each in queued) == ["estimate", "invoice", "invoice_reminder"]
    assert all("$1,500.00" in each.text for each in said)
    assert all("Nora Quill" in each.text for each in said)


def test_what_became_of_a_request_is_said_as_it_is() -> None:
    told = message("outcome", message="Booked for Friday at two")
    assert spoken(told) == "Booked for Friday at two."
    assert "Booked for Friday at two" in words_of(told, SHOP).text
    with pytest.raises(DeliveryFailed):
        words_of(message("outcome", message=" "), SHOP)
