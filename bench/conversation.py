"""One conversation with a server for a bench: a fresh session, an open microphone, a turn driver.

Ends the session whatever happens. Judges nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hero365_client import (
    ConnectionLost,
    Hero365Client,
    Hero365Error,
    Microphone,
    Session,
    TurnDriver,
    VoiceConnection,
)


@dataclass(frozen=True, slots=True)
class Talk:
    """What a bench holds while it talks."""

    session: Session
    connection: VoiceConnection
    microphone: Microphone
    driver: TurnDriver


@asynccontextmanager
async def talk(client: Hero365Client, *, packet_ms: int = 20, record: bool = False) -> AsyncIterator[Talk]:
    """Start a session, connect, open the microphone, hear the greeting out; stop the session at the end."""
    session = await client.start()
    try:
        async with await client.connect(session) as connection:
            async with Microphone(connection, packet_ms=packet_ms, record=record) as microphone:
                driver = TurnDriver(connection, microphone)
                await driver.quiet()
                yield Talk(session, connection, microphone, driver)
    finally:
        with contextlib.suppress(ConnectionLost, Hero365Error):
            await client.stop(session.session_id)
