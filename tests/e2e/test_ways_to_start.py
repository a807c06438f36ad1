"""The server in processes of its own, started in the ways that the run's shared server is not."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.server_process import ServerProcess
from config.settings import Settings
from hero365_client import Hero365Client, ResponseText
from serve_app.children import die_with_parent
from serve_app.fork_child import SLOW_TICK
from serve_app.haproxy import haproxy_environment
from serve_app.ports import free_ports, own_serve_ports
from tests.support.polling import eventually

pytestmark = [pytest.mark.server, pytest.mark.timeout(400)]

_LIST_ACTORS = """
import ray
ray.init(address={address!r}, logging_level="error", log_to_driver=False)
names = [each["name"] for each in ray.util.list_named_actors(all_namespaces=True)]
print("ACTORS", sorted(names))
"""


async def talk(server: ServerProcess, meanwhile: Callable[[], None] = lambda: None) -> str:
    """One typed turn over the real ingress; what was answered. ``meanwhile`` is called before the end."""
    said: list[str] = []

    def listen(event: object) -> None:
        if isinstance(event, ResponseText):
            said.append(event.text)

    async with Hero365Client(server.base_url, server.token()) as client:
        session = await client.start()
        async with await client.connect(session) as connection:
            connection.listen(listen)
            await connection.send_text("who owes me money")
            await eventually(lambda: [text for text in said if "owe" in text.lower()], "an answer", 40)
            meanwhile()
        await client.stop(session.session_id)
    return " ".join(said)


def forked(server: ServerProcess) -> int:
    """Session actors of this server whose process came out of its fork server."""
    count = 0
    for process in server.processes():
        try:
            line = " ".join(process.cmdline())
            if "ray::SessionActor" in line and "fork_server" in " ".join(
                psutil.Process(process.ppid()).cmdline()
            ):
                count += 1
        except psutil.NoSuchProcess:
            continue
    return count


async def test_actors_start_the_ordinary_way_without_the_fork_server() -> None:
    with ServerProcess(settings={"HERO365_FORK_SERVER": "off"}) as server:
        assert "owe" in (await talk(server)).lower()
        assert forked(server) == 0


def fork_servers(server: ServerProcess, but: int = 0) -> list[psutil.Process]:
    """The fork server's own process, if it is not ``but``."""
    found: list[psutil.Process] = []
    for child in server.processes()[0].children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.pid != but and "actors.fork_server" in " ".join(child.cmdline()):
                found.append(child)
    return found


def serves(fork_server: psutil.Process) -> bool:
    """Whether it has loaded everything and takes orders."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(fork_server.cmdline()[3])
    except (OSError, IndexError, psutil.NoSuchProcess):
        return False
    return True


def libraries_of_sessions(server: ServerProcess) -> str:
    """The files that the server's session actors have mapped."""
    maps: list[str] = []
    for process in server.processes():
        try:
            if "ray::SessionActor" in " ".join(process.cmdline()):
                maps.append(Path(f"/proc/{process.pid}/maps").read_text())
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            continue
    return "\n".join(maps)


async def test_actors_come_out_of_the_fork_server_and_load_no_database() -> None:
    mapped: list[str] = []
    with ServerProcess(settings={"HERO365_FORK_SERVER": "auto"}) as server:
        answer = await talk(server, lambda: mapped.append(libraries_of_sessions(server)))
        assert "owe" in answer.lower()
        assert forked(server) >= 1
        (first,) = fork_servers(server)
        first.kill()
        await eventually(
            lambda: any(map(serves, fork_servers(server, but=first.pid))), "a new one serves", 90
        )
        assert "owe" in (await talk(server)).lower()
        await eventually(lambda: forked(server) >= 1, "a session out of the new fork server", 60)
    assert "numpy" in mapped[0]
    for library in ("sqlalchemy", "greenlet", "asyncpg"):
        assert library not in mapped[0]
    assert (SLOW_TICK.name in mapped[0]) == SLOW_TICK.exists()


@pytest.fixture
def ray_cluster(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A Ray cluster that somebody else has started: its address, and the settings of a server that joins it."""
    port, client_port, agent_port, stats, metrics, http = free_ports(6)
    folder = tempfile.mkdtemp(prefix="h365-ray-")  # a short path: sockets live there
    ports: dict[str, Any] = {
        "haproxy_stats_port": stats,
        "haproxy_metrics_port": metrics,
        "http_port": http,
    }
    haproxy = haproxy_environment(Settings(**ports))
    environment = {**os.environ, **haproxy, **own_serve_ports(), "RAY_AUTH_MODE": "disabled"}
    command = [
        str(Path(sys.executable).with_name("ray")),
        *("start", "--head", "--block", "--include-dashboard=false", "--disable-usage-stats"),
        *("--node-ip-address=127.0.0.1", f"--port={port}", f"--ray-client-server-port={client_port}"),
        *(f"--dashboard-agent-listen-port={agent_port}", f"--temp-dir=/tmp/h365-ray-{port}"),
        "--object-store-memory=100000000",
    ]
    with (tmp_path / "ray.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
    try:
        yield f"127.0.0.1:{port}", {"RAY_ADDRESS": f"127.0.0.1:{port}", "RAY_AUTH_MODE": "disabled"}
    finally:
        left = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        for each in psutil.wait_procs([psutil.Process(process.pid), *left], timeout=10)[1]:
            each.kill()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def actors_of(address: str) -> list[str] | None:
    """Named actors of the cluster, None while it does not answer."""
    program = _LIST_ACTORS.format(address=address)
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled"}
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = [line for line in run.stdout.splitlines() if line.startswith("ACTORS ")]
    return (
        None
        if not found
        else [name.strip(" '\"") for name in found[0][7:].strip("[]").split(",") if name.strip()]
    )


async def test_a_server_joins_a_cluster_and_leaves_it_as_it_was(
    ray_cluster: tuple[str, dict[str, str]],
) -> None:
    address, settings = ray_cluster
    await eventually(lambda: actors_of(address) is not None, "the cluster is up", 90)
    with ServerProcess(settings=settings) as server:
        assert "owe" in (await talk(server)).lower()
        here = actors_of(address) or []
        assert any("session" in name for name in here), here
    left = [name for name in actors_of(address) or [] if "SERVE" not in name]
    assert left == []
