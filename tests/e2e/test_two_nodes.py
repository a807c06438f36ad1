"""Two nodes of a cluster on one machine, each by ``hero365 node``, and a server that joins them.

Ray gives nodes on one machine the same address; their names tell them apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.server_process import ServerProcess
from hero365_client import Hero365Client, ResponseDone, Resumed, VoiceConnection
from serve_app.children import die_with_parent, end
from serve_app.ports import free_ports, own_serve_ports
from tests.support.polling import eventually

pytestmark = [pytest.mark.load, pytest.mark.timeout(280)]  # 100 s: `make test-cluster`

NODES = ("first", "second")
WHERE = """
import json, ray
from ray._private.state import actors
ray.init(address={address!r}, logging_level="error", log_to_driver=False)
names = {{each["NodeID"]: each["NodeName"] for each in ray.nodes() if each["Alive"]}}
alive = [each for each in actors().values() if each["State"] == "ALIVE"]
sessions = [each for each in alive if each["ActorClassName"] == "SessionActor"]
places = [[each["Pid"], names[each["Address"]["NodeID"]]] for each in sessions]
print("FOUND", json.dumps([sorted(names.values()), places]))
"""


@contextmanager
def node(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    """``hero365 node`` in a process of its own."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "serve_app.cli", "node", *arguments],
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        left = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        end(process, 40.0)
        for each in psutil.wait_procs(left, timeout=5.0)[1]:
            each.kill()


def surroundings(http: int, folder: Path) -> dict[str, str]:
    """The environment of a node that shares this machine with another one."""
    stats, metrics = free_ports(2)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HERO365_", "RAY_"))}
    return {
        **kept,
        "RAY_AUTH_MODE": "disabled",
        "RAY_ADDRESS": "",
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
        "HERO365_DATA_DIR": str(folder),
        "HERO365_HTTP_PORT": str(http),
        "RAY_SERVE_WORKER_PROXY_HTTP_PORT": str(http),
        "HERO365_HAPROXY_STATS_PORT": str(stats),
        "HERO365_HAPROXY_METRICS_PORT": str(metrics),
    }


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, dict[str, psutil.Process]]]:
    """The address of a cluster of two nodes, and the process of each by its name."""
    gcs, client, first_agent, second_agent, first_http, second_http = free_ports(6)
    address = f"127.0.0.1:{gcs}"
    common = ["--object-store-memory=100000000", "--disable-usage-stats", "--num-cpus=1"]
    head = [
        *("--head", f"--port={gcs}", f"--ray-client-server-port={client}", "--include-dashboard=false"),
        *(f"--node-name={NODES[0]}", f"--dashboard-agent-listen-port={first_agent}"),
        f"--temp-dir=/tmp/h365-ray-{gcs}",
    ]
    worker = [
        f"--address={address}",
        *(f"--node-name={NODES[1]}", f"--dashboard-agent-listen-port={second_agent}"),
    ]
    inner = own_serve_ports()
    with ExitStack() as nodes:
        first = nodes.enter_context(
            node([*head, *common], surroundings(first_http, tmp_path) | inner, tmp_path / "head.log")
        )
        second = nodes.enter_context(
            node([*worker, *common], surroundings(second_http, tmp_path) | inner, tmp_path / "worker.log")
        )
        yield address, dict(zip(NODES, (first, second), strict=True))


def look(address: str) -> tuple[list[str], list[tuple[int, str]]]:
    """The nodes, and the session actors (process id, node); nothing while the cluster does not answer."""
    run = subprocess.run(
        [sys.executable, "-c", WHERE.format(address=address)],
        env={**os.environ, "RAY_AUTH_MODE": "disabled"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = [line for line in run.stdout.splitlines() if line.startswith("FOUND ")]
    return tuple(json.loads(found[0][6:])) if found else ([], [])  # pyright: ignore[reportReturnType]


@pytest.fixture
async def joined(
    cluster: tuple[str, dict[str, psutil.Process]],
) -> AsyncIterator[tuple[str, Hero365Client, dict[str, psutil.Process]]]:
    """A server that has joined the cluster: its address, a client, the nodes."""
    address, nodes = cluster
    await eventually(lambda: look(address)[0] == list(NODES), "both nodes are up", 90)
    settings = {
        "HERO365_RAY_ADDRESS": address,
        "RAY_AUTH_MODE": "disabled",
        "HERO365_MAX_SESSIONS": "4",
        "HERO365_WARM_SESSIONS": "1",
    }
    with ServerProcess(settings=settings) as server:
        async with Hero365Client(server.base_url, server.token()) as client:
            yield address, client, nodes


async def answered(connection: VoiceConnection, text: str) -> None:
    done: list[Any] = []
    connection.listen(lambda event: done.append(event) if isinstance(event, ResponseDone) else None)
    await connection.send_text(text)
    await eventually(lambda: done, f"an answer to {text}", 40)


async def test_conversations_spread_over_the_nodes_and_are_resumed_on_each(
    joined: tuple[str, Hero365Client, dict[str, psutil.Process]],
) -> None:
    address, client, nodes = joined
    async with AsyncExitStack() as lines:
        sessions = [await client.start() for _ in range(4)]
        connections = [await lines.enter_async_context(await client.connect(each)) for each in sessions]
        actors = look(address)[1]
        assert {where for _pid, where in actors} == set(NODES)
        by_node = [sum(where == each for _pid, where in actors) for each in NODES]
        assert min(by_node) >= 2, by_node
        for pid, where in actors:  # each out of the fork server of its own node
            assert nodes[where].pid in {parent.pid for parent in psutil.Process(pid).parents()}
            assert "actors.fork_server" in " ".join(psutil.Process(pid).parent().cmdline())
        for each in connections:
            resumed: list[Any] = []
            each.listen(
                lambda event, seen=resumed: seen.append(event) if isinstance(event, Resumed) else None
            )
            each._ws.transport.abort()
            await eventually(lambda seen=resumed: seen, "it is resumed", 40)
            await answered(each, "what time is it?")
    for each in sessions:
        await client.stop(each.session_id)
