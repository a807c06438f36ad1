"""Deliveries under the world's clock: tries, leases, quiet hours, channels, what is no use any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from business.delivery.announcer import Announced
from business.delivery.channels import DeliveryFailed, letter_id
from business.entities.activities import ReminderChannel
from business.entities.effects import MessageState, OutboxMessage
from business.entities.memberships import Role
from business.entities.payments import PaymentMethod
from business.errors import Conflict
from business.money import LineItem
from business.sql.database import Database
from business.use_cases.activities import Activities
from business.use_cases.invoices import Invoices, NewInvoice
from tests.business.delivery.doubles import Ears, Recorder, posting, put
from tests.business.world import NOW, World

DENVER = ZoneInfo("America/Denver")
HOUR = timedelta(hours=1)
OWNER = ("biz-one", "user-owner")
BUSY = DeliveryFailed("http_503", retryable=True)
GONE = DeliveryFailed("smtp_550", retryable=False)


async def remind(world: World, text: str = "Order pipe", **more: object) -> str:
    async with world.write() as uow:
        activity = await Activities(uow).set_reminder(text, world.clock.now() + HOUR, **more)  # type: ignore[arg-type]
    return activity.id


async def reachable(world: World) -> None:
    """The owner has a mail address and a phone."""
    async with world.write() as uow:
        member = await uow.memberships.of_user("user-owner")
        assert member is not None
        await uow.memberships.save(replace(member, email="owner@one.example", phone="+13035550100"))


async def states(world: World) -> list[tuple[MessageState, int, str | None]]:
    async with world.read() as uow:
        return [(each.state, each.attempts, each.last_error) for each in await uow.outbox.undelivered()]


async def test_a_message_is_delivered_once(world: World) -> None:
    mail = Recorder()
    await put(world, "m1")
    async with posting(world, mail) as post:
        assert await post.go() == 1
        assert await post.go() == 0
        message = await post.message("m1")
        assert post.tally.taken == ["email"]
    assert [(each.id, each.to) for each in mail.letters] == [(letter_id("biz-one", "m1"), "a@b.example")]
    assert mail.letters[0].sender == "One Plumbing"
    assert (message.state, message.attempts, message.delivered_via) == (MessageState.DELIVERED, 1, "email")
    assert message.delivered_at == NOW
    assert message.lease is None


async def test_three_tries_with_growing_pauses_then_dead(world: World) -> None:
    mail = Recorder(always=BUSY)
    await put(world, "m1")
    async with posting(world, mail) as post:
        await post.go()
        assert await states(world) == [(MessageState.WAITING, 1, "http_503")]
        assert await post.after(seconds=59) == 0
        assert await post.after(seconds=1) == 1
        assert await post.after(seconds=299) == 0
        assert await post.after(seconds=1) == 1
        assert await states(world) == [(MessageState.GIVEN_UP, 3, "http_503")]
        assert await post.after(days=9) == 0
        assert post.tally.lost == [("email", "http_503")] * 3
        backlog = await world.database.directory.backlog(world.clock.now())
        assert (backlog.dead, backlog.waiting, backlog.due) == (1, 0, 0)
    assert mail.tried == 3
    assert mail.letters == []


async def test_the_second_try_may_succeed_under_the_same_id(world: World) -> None:
    mail = Recorder(failures=[BUSY])
    await put(world, "m1")
    async with posting(world, mail) as post:
        await post.go()
        await post.after(minutes=1)
        assert (await post.message("m1")).attempts == 2
    assert [each.id for each in mail.letters] == [letter_id("biz-one", "m1")]


async def test_what_cannot_succeed_is_not_tried_again(world: World) -> None:
    mail = Recorder(failures=[GONE])
    await put(world, "m1")
    async with posting(world, mail) as post:
        await post.go()
    assert await states(world) == [(MessageState.GIVEN_UP, 1, "smtp_550")]


async def test_a_receiver_that_asks_for_a_pause_gets_it(world: World) -> None:
    mail = Recorder(failures=[DeliveryFailed("http_429", retryable=True, retry_after_s=1800)])
    await put(world, "m1")
    async with posting(world, mail) as post:
        await post.go()
        assert await post.after(minutes=29) == 0
        assert await post.after(minutes=1) == 1
    assert len(mail.letters) == 1


@pytest.mark.parametrize("channel", ["email", "sms", "pigeon"])
async def test_without_a_channel_it_fails_in_sight_of_the_operator(world: World, channel: str) -> None:
    await put(world, "m1", channel, "+13035550100")
    async with posting(world, Recorder("webhook")) as post:
        await post.go()
        assert post.tally.lost == [(channel, "no_channel")]
    assert await states(world) == [(MessageState.GIVEN_UP, 1, "no_channel")]
    async with world.write() as uow:
        await uow.outbox.retry("m1")
    mail, sms = Recorder(), Recorder("sms")
    async with posting(world, mail, sms) as post:
        await post.go()
    assert len(mail.letters) + len(sms.letters) == (0 if channel == "pigeon" else 1)


async def test_a_fault_in_a_channel_costs_only_its_own_message(world: World) -> None:
    class Broken(Recorder):
        async def deliver(self, letter: object) -> None:
            raise RuntimeError("a bug")

    mail = Recorder()
    await put(world, "m1", "sms", "+13035550100")
    await put(world, "m2")
    async with posting(world, mail, Broken("sms")) as post:
        await post.go()
        assert [each.id for each in mail.letters] == [letter_id("biz-one", "m2")]
        # Its lease runs out, and that counts as a try.
        for _ in range(3):
            await post.after(minutes=5)
    assert await states(world) == [(MessageState.GIVEN_UP, 3, "holder_died")]


# --- leases


async def test_two_dispatchers_share_the_work_without_overlap(world: World, database_url: str) -> None:
    for number in range(30):
        await put(world, f"m{number}")
    other = World(Database(database_url, clock=world.clock), world.clock)
    first, second = Recorder(), Recorder()
    async with posting(world, first, at_once=8) as one, posting(other, second, at_once=8) as two:
        while await world.database.directory.businesses_with_due_messages(NOW):
            await asyncio.gather(one.go(), two.go())
        await asyncio.gather(one.dispatcher.settle(), two.dispatcher.settle())
    await other.database.close()
    delivered = [each.id for each in (*first.letters, *second.letters)]
    assert len(delivered) == len(set(delivered)) == 30


async def test_a_claim_holds_until_its_lease_expires(world: World) -> None:
    await put(world, "m1")
    async with world.write() as uow:
        (claimed,) = await uow.outbox.claim("first", NOW + HOUR)
        assert claimed.lease == "first"
        assert await uow.outbox.claim("second", NOW + HOUR) == ()
    world.clock.advance(HOUR)
    async with world.write() as uow:
        (again,) = await uow.outbox.claim("second", NOW + 2 * HOUR)
        assert (again.id, again.attempts, again.last_error) == ("m1", 1, "holder_died")
        with pytest.raises(Conflict):
            await uow.outbox.delivered("m1", lease="first")
        await uow.outbox.delivered("m1", lease="second")


async def test_leaving_gives_the_leases_back_without_counting_a_try(world: World) -> None:
    slow, quick = Recorder(gate=asyncio.Event()), Recorder()
    await put(world, "m1")
    async with posting(world, slow) as post:
        await post.dispatcher.dispatch()
        await slow.began.wait()
    assert slow.letters == []
    assert await states(world) == [(MessageState.WAITING, 0, None)]
    async with posting(world, quick) as post:
        assert await post.go() == 1
    assert len(quick.letters) == 1


async def test_a_delivery_does_not_begin_at_the_end_of_its_lease(world: World) -> None:
    mail = Recorder()
    await put(world, "m1")
    async with posting(world, mail, margin=timedelta(hours=1)) as post:
        await post.go()
        assert await states(world) == [(MessageState.WAITING, 0, None)]
    assert mail.tried == 0


async def test_no_more_than_so_many_at_once(world: World) -> None:
    mail = Recorder(gate=asyncio.Event())
    for number in range(5):
        await put(world, f"m{number}")
    async with posting(world, mail, at_once=2) as post:
        assert await post.dispatcher.dispatch() == 2
        assert await post.dispatcher.dispatch() == 0
        mail.gate.set()
        await post.dispatcher.settle()
        assert await post.go() == 2
        assert await post.go() == 1
    assert len({each.id for each in mail.letters}) == 5


# --- reminders


async def test_a_reminder_is_said_in_the_live_conversation(world: World) -> None:
    ears, hook = Ears(live={OWNER}), Recorder("webhook")
    await remind(world)
    async with posting(world, hook, ears=ears) as post:
        assert await post.go() == 0
        await post.after(hours=1)
        assert post.tally.taken == ["session"]
    (said,) = ears.heard
    assert (said.text, said.is_late, said.kind) == ("Order pipe.", False, "reminder")
    assert hook.letters == []
    assert await states(world) == []


async def test_a_user_without_ear_is_asked_again_then_written_to(world: World) -> None:
    ears, hook = Ears(live={OWNER}, answers=[Announced.MISSED]), Recorder("webhook")
    await remind(world)
    async with posting(world, hook, ears=ears) as post:
        await post.after(hours=1)
        assert await post.after(seconds=14) == 0
        assert await post.after(seconds=1) == 1
        assert await states(world) == [(MessageState.WAITING, 0, None)]
        await post.after(minutes=10)
    assert ears.asked == 3
    assert [each.to for each in hook.letters] == ["user-owner"]


async def test_without_conversation_the_other_channels_take_over_in_their_order(world: World) -> None:
    hook, mail, sms = Recorder("webhook", always=GONE), Recorder(always=BUSY), Recorder("sms")
    await reachable(world)
    await remind(world)
    async with posting(world, hook, mail, sms) as post:
        await post.after(hours=1)
        assert post.tally.lost == [("webhook", "smtp_550"), ("email", "http_503")]
        assert post.tally.taken == ["sms"]
    assert [each.to for each in sms.letters] == ["+13035550100"]


async def test_without_any_way_it_waits_for_the_next_conversation(world: World) -> None:
    ears = Ears()
    await remind(world)
    async with posting(world, ears=ears) as post:
        await post.after(hours=1)
        assert await post.after(minutes=14) == 0
        assert await post.after(minutes=1) == 1
        await post.after(days=3)
        assert await states(world) == [(MessageState.WAITING, 0, None)]
        backlog = await world.database.directory.backlog(world.clock.now())
        assert (backlog.waiting, backlog.due) == (1, 0)
        ears.live.add(OWNER)
        assert await post.go() == 0
        assert await post.dispatcher.wake("biz-two", "user-owner") == 0
        assert await post.dispatcher.wake(*OWNER) == 1
        assert await post.go() == 1
    assert [(each.text, each.is_late) for each in ears.heard] == [("Order pipe.", True)]


async def test_quiet_hours_hold_reminders_and_text_messages_but_no_mail_to_clients(world: World) -> None:
    night = datetime(2026, 5, 13, 22, 0, tzinfo=DENVER)
    contact = await world.contact()
    caller = await world.contact("Ann", "Lee", phone="+13035550199")
    line = (LineItem("Boiler", Decimal(1), Decimal(100)),)
    await reachable(world)
    world.clock.advance(night - HOUR - NOW)
    await remind(world)
    world.clock.advance(HOUR)
    async with world.write() as uow:
        await Invoices(uow).create(NewInvoice(contact, line), send=True)
        await Invoices(uow).create(NewInvoice(caller, line), send=True)
    hook, mail, sms = Recorder("webhook"), Recorder(), Recorder("sms")
    async with posting(world, hook, mail, sms) as post:
        await post.go()
        assert [each.kind for each in mail.letters] == ["invoice"]
        assert (hook.letters, sms.letters) == ([], [])
        await post.run_for(hours=12)
    seven = datetime(2026, 5, 14, 7, 0, tzinfo=DENVER)
    assert (hook.times, sms.times) == ([seven], [seven])


async def test_who_is_in_a_conversation_is_awake(world: World) -> None:
    ears = Ears(live={OWNER})
    world.clock.advance(datetime(2026, 5, 13, 22, 0, tzinfo=DENVER) - NOW)
    await remind(world)
    await remind(world, "By mail", channel=ReminderChannel.EMAIL)
    await reachable(world)
    async with posting(world, Recorder(), ears=ears) as post:
        await post.after(hours=1)
    assert [each.text for each in ears.heard] == ["Order pipe."]
    assert [state for state, *_ in await states(world)] == [MessageState.WAITING]


async def test_ten_reminders_a_day(world: World) -> None:
    hook = Recorder("webhook")
    for number in range(23):
        await remind(world, f"Thing {number}")
    async with posting(world, hook) as post:
        await post.run_for(days=4)
    days = [each.astimezone(DENVER).date().day for each in hook.times]
    assert [days.count(day) for day in (13, 14, 15)] == [10, 10, 3]
    assert len({each.id for each in hook.letters}) == 23


async def test_what_is_done_or_paid_meanwhile_is_withdrawn(world: World) -> None:
    contact = await world.contact()
    activity = await remind(world)
    async with world.write() as uow:
        invoices = Invoices(uow)
        line = (LineItem("Boiler", Decimal(1), Decimal(100)),)
        bill = (await invoices.create(NewInvoice(contact, line), send=True)).invoice
        await invoices.send_reminder(bill.id)
    world.clock.advance(HOUR)
    async with world.write() as uow:
        await Activities(uow).release_due()
        await Activities(uow).complete(activity)
        await Invoices(uow).record_payment(bill.id, Decimal(100), method=PaymentMethod.CASH)
    mail, hook = Recorder(), Recorder("webhook")
    async with posting(world, mail, hook) as post:
        await post.go()
        assert (await post.message(f"invoice-reminder:{bill.id}:1")).last_error == "settled"
    assert [each.kind for each in mail.letters] == ["invoice"]
    assert hook.letters == []
    assert await states(world) == []


async def test_who_has_left_is_reminded_of_nothing(world: World) -> None:
    async with world.database.tenant(world.actor(Role.VIEWER)) as uow:
        await Activities(uow).set_reminder("Secret", NOW + HOUR)
    hook = Recorder("webhook", failures=[BUSY])
    async with posting(world, hook) as post:
        await post.after(hours=1)
        async with world.write() as uow:
            member = await uow.memberships.of_user("user-viewer")
            assert member is not None
            await uow.memberships.save(replace(member, is_active=False))
        await post.after(minutes=1)
    assert hook.letters == []
    assert await states(world) == []


async def test_businesses_do_not_see_each_other(world: World) -> None:
    mail = Recorder()
    await put(world, "same-id")
    async with world.database.tenant(world.other) as uow:
        await uow.outbox.queue(
            OutboxMessage("same-id", "reminder", "email", "c@d.example", {"message": "theirs"})
        )
    async with posting(world, mail) as post:
        await post.go()
        assert [each.sender for each in mail.letters] == ["One Plumbing"], (
            "it is five in the morning in Tokyo"
        )
        await post.after(hours=3)
    by_sender = {each.sender: each for each in mail.letters}
    assert by_sender["One Plumbing"].to == "a@b.example"
    assert by_sender["Two Electric"].to == "c@d.example"
    assert "theirs" not in by_sender["One Plumbing"].text
    assert by_sender["One Plumbing"].id != by_sender["Two Electric"].id
