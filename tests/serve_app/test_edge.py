"""The edge HAProxy of the direct route: the real binary in front of a session actor's own WebSocket server."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from actors.media_server import MediaServer
from config.edge import PRIVATE_NETWORKS
from config.keys import ticket_key
from config.origins import origin_allowed
from config.settings import Settings
from conversation.budget import Limits
from conversation.tickets import TicketRefused, Tickets
from serve_app.edge_child import EdgeChild, EdgeFailed, edge_usable
from serve_app.edge_config import HEALTH_PATH, destinations, edge_config
from serve_app.ports import free_ports
from tests.support.media import Memory, closed
from tests.support.polling import eventually

#: Every kind of character that means something to HAProxy, a shell or a URL.
KEY = "a key with \"quotes\", 'single', (parens), commas, $VARS, #, %41, \\ and grüße"


def settings_of(folder: Path, **changes: Any) -> Settings:
    edge, metrics = free_ports(2)
    own = {"data_dir": folder, "MEDIA_ROUTE": "direct", "edge_port": edge, "edge_metrics_port": metrics}
    return Settings(**{**own, "ticket_secret": KEY, **changes})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(tmp_path_factory.mktemp("edge"))


@pytest.fixture(scope="module")
def edge(settings: Settings) -> Iterator[EdgeChild]:
    child = EdgeChild(settings)
    child.start()
    yield child
    child.stop()


@dataclass
class Route:
    """The edge, with one session behind it."""

    root: str
    port: int
    tickets: Tickets
    memory: Memory

    def ticket(self, *, key: str = KEY, algorithm: str = "HS256", **changes: Any) -> str:
        """A ticket as the server makes it, with claims changed, or taken out by None."""
        issued = self.tickets.issue("s1", "user", "business", ("127.0.0.1", self.port))
        claims = jwt.decode(issued, options={"verify_signature": False}) | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm)

    async def refused(self, ticket: str | None, path: str = "/ws/voice-agent/s1") -> tuple[int, str]:
        """HTTP status and code."""
        url = f"{self.root}{path}" + (f"?ticket={ticket}" if ticket is not None else "")
        with pytest.raises(InvalidStatus) as caught:
            async with connect(url):
                pass
        answer = caught.value.response
        return answer.status_code, json.loads(answer.body or b"null")["error"]["code"]


@pytest.fixture
async def route(edge: EdgeChild, settings: Settings) -> AsyncIterator[Route]:
    memory, used = Memory(), set[str]()
    tickets = Tickets(ticket_key(settings), settings.ticket_ttl_s)

    async def admit(session_id: str, ticket: str | None) -> tuple[int, str]:
        if session_id != "s1":
            return 4004, "no such session here"
        try:
            jti = tickets.verify(ticket, session_id).jti
        except TicketRefused as error:
            return 1008, error.code
        if jti in used:
            return 1008, "ticket_reused"
        used.add(jti)
        return 0, ""

    server = MediaServer(
        lambda name: memory if name == "s1" else None,
        admit,
        Limits(),
        lambda origin, host: origin_allowed(origin, host, settings),
    )
    port = await server.start("127.0.0.1")
    yield Route(f"ws://127.0.0.1:{settings.edge_port}", port, tickets, memory)
    server.close()


@pytest.mark.parametrize("path", ["/ws/voice-agent/s1", "/ws/s1"])
async def test_a_good_ticket_leads_to_its_session(route: Route, path: str):
    async with connect(f"{route.root}{path}?ticket={route.ticket()}") as socket:
        assert json.loads(await socket.recv())["type"] == "connection_established"
        await socket.send(json.dumps({"type": "text_message", "data": {"text": "grüß dich 🙂"}}))
        await eventually(lambda: route.memory.received, "the session hears it")
    await eventually(lambda: route.memory.gone, "the session sees the client leave")


async def test_what_the_edge_refuses(route: Route):
    now = int(time.time())
    invalid, expired, outside = (
        (401, "ticket_invalid"),
        (401, "ticket_expired"),
        (403, "destination_not_allowed"),
    )
    unsigned = jwt.encode({"addr": "127.0.0.1", "port": route.port, "exp": now + 60}, None, algorithm="none")
    for ticket, expected in [
        (None, invalid),
        ("", invalid),
        ("a.b.c", invalid),
        (unsigned, invalid),
        (route.ticket(key="another key, and long enough for it"), invalid),
        (route.ticket(algorithm="HS384"), invalid),
        (route.ticket(purpose="access"), invalid),
        (route.ticket(purpose=None), invalid),
        (route.ticket(exp=now - 1), expired),
        (route.ticket(exp=None), expired),
        (route.ticket(exp="soon"), expired),
        (route.ticket(addr=None), outside),
        (route.ticket(addr="localhost"), outside),
        (route.ticket(addr="8.8.8.8"), outside),
        (route.ticket(addr="10.0.0.1"), outside),
        (route.ticket(addr="127.0.0.2"), outside),
        (route.ticket(addr="0"), outside),
        (route.ticket(addr="::1"), outside),
        (route.ticket(port=None), outside),
        (route.ticket(port=22), outside),
        (route.ticket(port=0), outside),
        (route.ticket(port=65536 + route.port), outside),
        (route.ticket(port=-1), outside),
    ]:
        assert await route.refused(ticket) == expected, ticket
    assert route.memory.sockets == []


async def test_nothing_but_sockets_of_sessions_passes(route: Route, settings: Settings):
    for path in ("/v1/realtime/s1", "/", "/ws/", "/ws/voice-agent/s1/more", "/ws/voice-agent/..%2f/s1/x"):
        assert await route.refused(route.ticket(), path) == (404, "not_found"), path
    root = f"http://127.0.0.1:{settings.edge_port}"
    async with httpx.AsyncClient() as client:
        plain = await client.get(f"{root}/ws/s1?ticket={route.ticket()}")
        assert (plain.status_code, plain.json()["error"]["code"]) == (426, "websocket_wanted")
        assert (await client.post(f"{root}/ws/s1")).status_code == 404
        assert (await client.get(root + HEALTH_PATH)).status_code == 200
        metrics = await client.get(f"http://127.0.0.1:{settings.edge_metrics_port}/metrics")
        assert 'haproxy_frontend_http_responses_total{proxy="edge",code="4xx"}' in metrics.text


async def test_a_session_that_is_gone_is_a_503_that_may_pass(route: Route):
    (port,) = free_ports(1)
    assert await route.refused(route.ticket(port=port)) == (503, "session_gone")


async def test_a_ticket_is_the_actors_to_use_up_and_the_edge_gets_tired_of_it(route: Route):
    url = f"{route.root}/ws/s1?ticket={route.ticket()}"
    async with connect(url) as first:
        assert json.loads(await first.recv())["type"] == "connection_established"
        for _ in range(2):
            async with connect(url) as again:
                assert await closed(again) == 1008
                assert again.close_reason == "ticket_reused"
        with pytest.raises(InvalidStatus) as caught:
            async with connect(url):
                pass
        assert caught.value.response.status_code == 429
        await (await first.ping())


async def test_another_sessions_ticket_and_a_foreign_page_get_their_close_codes(
    route: Route, settings: Settings
):
    async with connect(f"{route.root}/ws/s2?ticket={route.ticket(session_id='s1')}") as socket:
        assert await closed(socket) == 4004
    url = f"{route.root}/ws/s1?ticket={route.ticket()}"
    async with connect(url, origin="https://evil.example") as socket:  # pyright: ignore[reportArgumentType]
        assert await closed(socket) == 1008
        assert socket.close_reason == "origin_not_allowed"
    own = f"http://127.0.0.1:{settings.http_port}"
    async with connect(url, origin=own) as socket:  # pyright: ignore[reportArgumentType]
        assert json.loads(await socket.recv())["type"] == "connection_established"


async def test_beyond_its_places_the_edge_says_so(tmp_path: Path, route: Route):
    small = EdgeChild(settings_of(tmp_path, edge_max_connections=1))
    small.start()
    try:
        route.root = f"ws://127.0.0.1:{small.address[1]}"
        async with connect(f"{route.root}/ws/s1?ticket={route.ticket()}") as socket:
            await socket.recv()
            assert await route.refused(route.ticket()) == (503, "at_capacity")
            await (await socket.ping())
    finally:
        small.stop()


async def test_it_is_started_again_when_it_dies(tmp_path: Path):
    child = EdgeChild(settings_of(tmp_path))
    child.start()
    try:
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: child.pid not in (None, first) and child.answers(), "another one answers")
        assert child.starts == 2
    finally:
        child.stop()
    assert child.pid is None
    assert not child.answers()


def test_its_key_is_its_owners_only(edge: EdgeChild, settings: Settings):
    folder = Path(edge.config).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(edge.config).stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "admin.sock").stat().st_mode) == 0o600
    assert KEY not in Path(edge.config).read_text()
    with contextlib.suppress(FileNotFoundError):
        assert KEY not in Path(f"/proc/{edge.pid}/cmdline").read_text()


def test_a_port_that_is_taken_is_named(edge: EdgeChild, settings: Settings):
    second = EdgeChild(settings)
    try:
        with pytest.raises(EdgeFailed, match=str(settings.edge_port)):
            second.start()
    finally:
        second.stop()
    assert edge.answers()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 3", "does not run"),
        ("echo 'Feature list : +EPOLL -OPENSSL'", "built with OpenSSL"),
        ("[ $1 = -vv ] && echo +OPENSSL; [ $1 = -v ] || [ $1 = -vv ]", "too old"),
    ],
)
def test_a_binary_that_cannot_do_it_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
):
    fake = tmp_path / "haproxy"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o700)
    monkeypatch.setenv("RAY_SERVE_HAPROXY_BINARY_PATH", str(fake))
    child = EdgeChild(settings_of(tmp_path))
    try:
        with pytest.raises(EdgeFailed, match=told):
            child.start()
    finally:
        child.stop()


def test_the_bundled_binary_can_do_it():
    assert edge_usable() is None


def test_where_a_ticket_may_lead(tmp_path: Path):
    own = settings_of(tmp_path)
    assert destinations(own, None) == ("127.0.0.1/32",)
    joined = own.model_copy(update={"ray_address": "10.0.0.1:6379"})
    assert destinations(joined, "10.0.0.5") == (*PRIVATE_NETWORKS, "10.0.0.5")
    narrow = joined.model_copy(update={"edge_destinations": ("10.1.0.0/16",)})
    assert destinations(narrow, "10.0.0.5") == ("10.1.0.0/16",)
    assert "-m ip 10.1.0.0/16 }" in edge_config(narrow, "key", "admin.sock")


def test_no_conversation_is_longer_than_its_tunnel(tmp_path: Path):
    long = settings_of(tmp_path, max_duration_s=7200.0, grace_s=120.0)
    assert "timeout tunnel 7380s" in edge_config(long, "key", "admin.sock")
