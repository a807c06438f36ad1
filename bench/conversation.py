"""One conversation with a server for a bench: a fresh session, an open microphone, a turn driver.

Ends the session whatever happens. Judges nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
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
async def talk(
    client: Hero365Client,
    *,
    packet_ms: int = 20,
    record: bool = False,
    cut_greeting: bool = False,
    driving: bool = False,
) -> AsyncGenerator[Talk]:
    """Start a session, connect, open the microphone, hear the greeting out; stop the session at the end.

    Args:
        client: Of the server.
        packet_ms: Length of a microphone packet.
        record: Keep what the microphone sends.
        cut_greeting: Press stop instead of hearing the greeting out.
        driving: Answers of at most 20 words.
    """
    session = await client.start(is_driving=driving)
    try:
        async with (
            await client.connect(session) as connection,
            Microphone(connection, packet_ms=packet_ms, record=record) as microphone,
        ):
            driver = TurnDriver(connection, microphone)
            await driver.greeted(cut=cut_greeting)
            yield Talk(session, connection, microphone, driver)
    finally:
        with contextlib.suppress(ConnectionLost, Hero365Error):
            await client.stop(session.session_id)
