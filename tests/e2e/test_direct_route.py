"""A server with the direct route: conversations past the ingress, the tickets that open them, and what a cut does.

In a process of its own, since the one server of the run has the other route.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import jwt
import psutil
import pytest
from websockets.asyncio.client import connect

from bench.server_process import ServerProcess
from config.keys import ticket_key
from config.settings import Settings
from hero365_client import ConnectionLost, Hero365Client, Resumed, VoiceConnection
from hero365_client.events import ResponseDone
from tests.support.media import closed
from tests.support.polling import eventually

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def direct() -> Iterator[ServerProcess]:
    settings = {"MEDIA_ROUTE": "direct", "HERO365_MAX_SESSIONS": "4", "HERO365_WARM_SESSIONS": "1"}
    with ServerProcess(settings=settings) as server:
        yield server


@pytest.fixture
async def client(direct: ServerProcess) -> AsyncIterator[Hero365Client]:
    async with Hero365Client(direct.base_url, direct.token()) as someone:
        yield someone


def edge_of(direct: ServerProcess) -> psutil.Process | None:
    """The edge's process."""
    for process in direct.processes():
        try:
            if process.name() == "haproxy" and "edge.cfg" in " ".join(process.cmdline()):
                return process
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return None


async def turn(connection: VoiceConnection, text: str) -> None:
    """Type ``text`` and wait for the answer to be given."""
    done = []
    connection.listen(lambda event: done.append(event) if isinstance(event, ResponseDone) else None)
    await connection.send_text(text)
    await eventually(lambda: done, f"an answer to {text}", 40)


async def greeted(connection: VoiceConnection) -> list[Any]:
    """Wait for the greeting; every event from now on."""
    seen: list[Any] = []
    connection.listen(seen.append)
    async for event in connection:
        if isinstance(event, ResponseDone):
            break
    return seen


async def test_a_conversation_past_the_ingress(direct: ServerProcess, client: Hero365Client) -> None:
    session = await client.start()
    address = urlsplit(session.websocket_url)
    assert address.port != urlsplit(direct.base_url).port
    edge = edge_of(direct)
    assert edge is not None
    assert address.port in {each.laddr.port for each in edge.net_connections(kind="tcp")}
    assert (await client.health())["dependencies"]["edge"]["status"] == "ok"
    async with await client.connect(session) as connection:
        await greeted(connection)
        await turn(connection, "what's on my schedule today?")
        assert (await client.status(session.session_id))["tools_used"] == {"get_today_jobs": 1}
    await client.stop(session.session_id)


async def test_tickets_open_one_session_once_and_not_for_ever(
    direct: ServerProcess, client: Hero365Client
) -> None:
    session = await client.start()
    settings = Settings(data_dir=direct.data_dir)
    base, _, good = session.websocket_url.partition("?ticket=")
    claims = jwt.decode(good, ticket_key(settings), algorithms=["HS256"])
    forged = jwt.encode(claims, "not the key of this server, but as long", algorithm="HS256")
    expired = jwt.encode(claims | {"exp": int(time.time()) - 1}, ticket_key(settings), algorithm="HS256")
    for ticket, reason in ((forged, "ticket_invalid"), (expired, "ticket_expired")):
        with pytest.raises(ConnectionLost, match=reason) as lost:
            await VoiceConnection(f"{base}?ticket={ticket}").open()
        assert lost.value.close_code == 1008
    async with await client.connect(session) as connection:
        async with connect(session.websocket_url) as again:
            assert await closed(again) == 1008
            assert again.close_reason == "ticket_reused"
        assert connection.online
    # The address belongs to another session than the ticket: its actor refuses, whatever is signed.
    other = await client.start()
    mixed = jwt.encode(
        claims | {"jti": "another", "session_id": other.session_id}, ticket_key(settings), algorithm="HS256"
    )
    async with connect(f"{base}?ticket={mixed}") as socket:
        assert await closed(socket) == 1008
        assert socket.close_reason == "ticket_wrong_session"
    for each in (session, other):
        await client.stop(each.session_id)


async def test_a_cut_is_resumed_through_the_edge_that_takes_its_place(
    direct: ServerProcess, client: Hero365Client
) -> None:
    session = await client.start()
    async with await client.connect(session) as connection:
        seen = await greeted(connection)
        edge = edge_of(direct)
        assert edge is not None
        edge.kill()
        await eventually(lambda: any(isinstance(event, Resumed) for event in seen), "it is resumed", 40)
        assert connection.reconnects == 1
        await turn(connection, "what time is it?")
    another = edge_of(direct)
    assert another is not None
    assert another.pid != edge.pid
    await client.stop(session.session_id)


async def test_the_other_route_is_open_too(direct: ServerProcess, client: Hero365Client) -> None:
    session = await client.start()
    ingress = urlsplit(direct.base_url).netloc
    url = urlsplit(session.websocket_url)._replace(netloc=ingress).geturl()
    async with VoiceConnection(url) as connection:
        await greeted(connection)
        await turn(connection, "what time is it?")
        # One ticket opens one socket, by whichever route.
        async with connect(session.websocket_url) as again:
            assert await closed(again) == 1008
    await client.stop(session.session_id)
