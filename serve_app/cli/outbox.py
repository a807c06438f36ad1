"""``hero365 outbox``: what has not left the house, why, and when it is tried next; lets it begin again on request.

For the operator, across all businesses, straight from the database. Shows no texts, and addresses only in part.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from business.actor import Actor
from business.clock import SystemClock
from business.entities.effects import MessageState, OutboxMessage
from business.errors import BusinessError
from business.sql.database import Database
from config.settings import Settings, load_settings
from serve_app.cli.failure import CommandFailed

#: A piped table is not cut to the width of a screen that is not there.
_PIPED_WIDTH = 200


def outbox(*, retry: str | None = None, business: str | None = None) -> int:
    """List undelivered messages: tries, next try, last error.

    Args:
        retry: Id of a message to try again from the beginning.
        business: Id of the one business to look at.
    """
    settings = load_settings()
    if retry is not None:
        asyncio.run(begin_again(settings, retry, business))
        print(f"{retry} is tried again now.")
        return 0
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPED_WIDTH)
    found = asyncio.run(undelivered(settings, business))
    if not found:
        print("Nothing waits to be delivered.")
        return 0
    console.print(_table(found, datetime.now(UTC)))
    return 0


async def undelivered(settings: Settings, business: str | None) -> list[tuple[str, OutboxMessage]]:
    """Business ids and their undelivered messages. Raises CommandFailed."""
    database = Database(settings.database_url, clock=SystemClock())
    try:
        return await _undelivered(database, business)
    except BusinessError as error:
        raise CommandFailed(error.message) from error
    finally:
        await database.close()


async def begin_again(settings: Settings, message_id: str, business: str | None) -> None:
    """Give a message all its tries again, beginning now. Raises CommandFailed."""
    database = Database(settings.database_url, clock=SystemClock())
    try:
        found = [each for each, message in await _undelivered(database, business) if message.id == message_id]
        if not found:
            raise CommandFailed(f"No undelivered message has the id {message_id}.")
        if len(found) > 1:
            raise CommandFailed(f"Several businesses have it: add --business {' or '.join(found)}.")
        async with database.tenant(Actor.system(found[0])) as uow:
            await uow.outbox.retry(message_id)
    except BusinessError as error:
        raise CommandFailed(error.message) from error
    finally:
        await database.close()


async def _undelivered(database: Database, business: str | None) -> list[tuple[str, OutboxMessage]]:
    ids = await database.directory.businesses_with_undelivered()
    found: list[tuple[str, OutboxMessage]] = []
    for business_id in ids:
        if business in {None, business_id}:
            async with database.reading(Actor.system(business_id)) as uow:
                found += [(business_id, each) for each in await uow.outbox.undelivered()]
    return found


def _table(found: list[tuple[str, OutboxMessage]], now: datetime) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("id", "business", "kind", "channel", "to", "state", "tries", "next try", "last error"):
        table.add_column(name, overflow="fold")
    for business_id, message in found:
        table.add_row(
            message.id,
            business_id,
            message.kind,
            message.channel,
            masked(message.recipient),
            message.state.value.replace("_", " "),
            str(message.attempts),
            next_try(message, now),
            message.last_error or "",
        )
    return table


def next_try(message: OutboxMessage, now: datetime) -> str:
    """When it is tried next: a time in UTC, ``now``, ``in progress``, ``when the user is back``, or ``never``."""
    if message.state is MessageState.GIVEN_UP:
        return "never"
    held = message.held_until if message.held_until and message.held_until > now else None
    if held is not None:
        return "in progress" if message.lease else f"when the user is back, or {held:%Y-%m-%d %H:%M} UTC"
    due = message.not_before
    return f"{due:%Y-%m-%d %H:%M} UTC" if due is not None and due > now else "now"


def masked(address: str) -> str:
    """Enough of an address to recognise it by: ``no…@client.example``, ``…0100``."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:2]}…@{host}"
    return f"…{address[-4:]}" if address.startswith("+") else address
