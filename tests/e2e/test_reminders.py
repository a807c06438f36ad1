"""Reminders against the running server: what is due is said in the live conversation, or at the start of the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import ray

from actors.names import DELIVERY, NAMESPACE
from business.actor import Actor
from business.clock import SystemClock
from business.entities.activities import Activity, ActivityType, Reminder
from business.entities.effects import MessageState, OutboxMessage
from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID
from business.sql.database import Database
from serve_app.launcher import Server
from tests.e2e.conftest import Caller
from tests.support.polling import eventually

pytestmark = pytest.mark.server


async def make_due(database: Database, text: str) -> str:
    """A reminder of the owner's whose time has just come; the id of its message."""
    async with database.tenant(Actor.system(DEMO_BUSINESS_ID)) as uow:
        at = datetime.now(UTC) - timedelta(seconds=1)
        reminder = Reminder(uow.new_id(), at, text)
        await uow.activities.add(
            Activity(
                uow.new_id(), ActivityType.REMINDER, text, DEMO_OWNER_ID, DEMO_OWNER_ID, at, at,
                scheduled_at=at, due_at=at, reminders=(reminder,),
            )
        )  # fmt: skip
    return f"reminder:{reminder.id}"


async def message(database: Database, message_id: str) -> OutboxMessage | None:
    async with database.reading(Actor.system(DEMO_BUSINESS_ID)) as uow:
        return next((each for each in await uow.outbox.undelivered() if each.id == message_id), None)


async def delivered(database: Database, message_id: str) -> OutboxMessage | None:
    async with database.reading(Actor.system(DEMO_BUSINESS_ID)) as uow:
        found = await uow.outbox.get(message_id)
    return found if found.state is MessageState.DELIVERED else None


async def test_a_due_reminder_is_spoken_in_the_live_conversation(caller: Caller, server: Server) -> None:
    database = Database(server.settings.database_url, clock=SystemClock())
    _session, line = await caller.conversation()
    await line.got("response_done")  # the greeting
    before = line.audio
    message_id = await make_due(database, "Order forty feet of pipe")
    shown = await line.got("notification")
    assert (shown["text"], shown["kind"], shown["late"]) == ("Order forty feet of pipe.", "reminder", False)
    await line.got("response_done", 2)
    said = [each for each in line.of("response_text") if each["item_id"] == shown["item_id"]]
    assert said[-1] == {
        "item_id": shown["item_id"], "text": "Reminder: Order forty feet of pipe.", "spoken": "full",
    }  # fmt: skip
    assert line.audio - before > 16_000, "half a second of audio at least"
    found = await eventually(lambda: delivered(database, message_id), "the outbox notes that it was heard")
    assert (found.delivered_via, found.attempts) == ("session", 1)
    await database.close()


async def test_what_came_due_in_between_is_said_at_the_start_of_the_next_conversation(
    caller: Caller, server: Server
) -> None:
    database = Database(server.settings.database_url, clock=SystemClock())
    ids = [await make_due(database, f"Call number {number}") for number in ("one", "two")]

    await eventually(lambda: _rest(database, ids), "nobody is there to hear them")
    async with database.tenant(Actor.system(DEMO_BUSINESS_ID)) as uow:
        for each in ids:
            await uow.outbox.retry(each)  # whatever the time of day, they are due
    await eventually(lambda: _rest(database, ids), "nobody is there to hear them")
    _session, line = await caller.conversation()
    first, second = await line.got("notification"), await line.got("notification", 2)
    assert {first["text"], second["text"]} == {"Call number one.", "Call number two."}
    for each in ids:
        await eventually(lambda each=each: delivered(database, each), "heard")
    await database.close()


async def _rest(database: Database, ids: list[str]) -> bool:
    """Whether all have been looked at and wait for the user (or, in the night, for the morning)."""
    now = datetime.now(UTC)
    found = [await message(database, each) for each in ids]
    return all(
        each is not None and each.lease is None and max(each.held_until or now, each.not_before or now) > now
        for each in found
    )


async def test_deliveries_come_back_after_their_actor_was_killed(caller: Caller, server: Server) -> None:
    database = Database(server.settings.database_url, clock=SystemClock())
    actor: Any = ray.get_actor(DELIVERY, NAMESPACE)
    ray.kill(actor, no_restart=False)
    _session, line = await caller.conversation()
    await line.got("response_done")
    message_id = await make_due(database, "Renew the licence")
    assert (await line.got("notification"))["text"] == "Renew the licence."
    await eventually(lambda: delivered(database, message_id), "heard")
    health = (await caller.http.get("/api/v1/voice-agent/openai/health")).json()
    assert health["dependencies"]["delivery"]["status"] == "ok"
    assert {"backlog", "due", "oldest_due_s", "dead"} <= set(health["dependencies"]["delivery"])
    await database.close()
