"""`make bench-ws`: server CPU per 2,048-byte audio message on its way from the client into the session actor.

Counts the CPU time of the server's own processes over a steady stream of messages and takes away what the same
processes use while the same conversation is open and silent. By the ingress (behind HAProxy, and behind Ray Serve's
default proxy) or by the direct route (``--route``), each in a fresh server. The recogniser, voice, tool and Ray
housekeeping processes are reported, and not counted: a message does not pass through them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from bench.report import machine, print_result, print_table, rounded
from bench.server_process import ServerProcess
from hero365_client import Hero365Client, VoiceConnection
from hero365_client.pacing import Pacer

MESSAGE_BYTES = 2048
MESSAGES = 1500
MESSAGES_PER_S = 40.0
IDLE_S = 15.0
_SETTLE_S = 3.0
_THROUGH_THE_INGRESS = ("proxy", "ingress", "session")
_DIRECTLY = ("edge", "session")
#: What can be measured, by name, with the server it takes: HAProxy in front of the ingress, and further settings.
_HAPROXY, _DEFAULT_PROXY, _DIRECT = "HAProxy", "default proxy", "direct"
_SERVERS: dict[str, tuple[bool, dict[str, str]]] = {
    _HAPROXY: (True, {}),
    _DEFAULT_PROXY: (False, {}),
    _DIRECT: (True, {"MEDIA_ROUTE": "direct"}),
}
_ROUTES = {
    "serve": (_HAPROXY, _DEFAULT_PROXY),
    "direct": (_DIRECT,),
    "both": (_HAPROXY, _DIRECT),
}
_RESULTS = {
    _HAPROXY: "us_per_message",
    _DEFAULT_PROXY: "us_per_message_default_proxy",
    _DIRECT: "us_per_message_direct",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One server: CPU per message and role in µs, and the idle share of a core per role."""

    us_per_message: dict[str, float]
    idle_percent: dict[str, float]

    @property
    def path_us(self) -> float:
        """What a message costs from client to session actor."""
        path = _DIRECTLY if "edge" in self.us_per_message else _THROUGH_THE_INGRESS
        return sum(self.us_per_message.get(role, 0.0) for role in path)


def role_of(process: psutil.Process) -> str:
    """What a process is in the message's path, by the title that HAProxy or Ray gives it."""
    try:
        title = " ".join(process.cmdline()) or process.name()
        name = process.name()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return "gone"
    if name == "haproxy" and "edge.cfg" in title:
        return "edge"
    if name == "haproxy" or "ray::ProxyActor" in title:
        return "proxy"
    if "ray::ServeReplica" in title:
        return "ingress"
    if "ray::SessionActor" in title:
        return "session"
    if "ray::HAProxyManager" in title:
        return "proxy manager"
    return "other"


def cpu_by_role(processes: Iterable[psutil.Process]) -> dict[str, float]:
    """User plus system CPU seconds so far, by role."""
    used: dict[str, float] = {}
    for process in processes:
        role = role_of(process)
        try:
            times = process.cpu_times()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        used[role] = used.get(role, 0.0) + times.user + times.system
    return used


def per_message(
    busy: dict[str, float], busy_s: float, idle: dict[str, float], idle_s: float, messages: int
) -> Measured:
    """CPU above idle, spread over the messages.

    Args:
        busy: CPU seconds by role while the messages went through, over ``busy_s`` seconds.
        busy_s: How long that took.
        idle: CPU seconds by role in silence, over ``idle_s`` seconds.
        idle_s: How long that was.
        messages: How many messages went through.
    """
    return Measured(
        {
            role: (used - idle.get(role, 0.0) / idle_s * busy_s) / messages * 1e6
            for role, used in busy.items()
        },
        {role: used / idle_s * 100 for role, used in idle.items()},
    )


async def _stretch(
    server: ServerProcess, connection: VoiceConnection, messages: int, seconds: float
) -> tuple[dict[str, float], float]:
    before, begun = cpu_by_role(server.processes()), time.monotonic()
    if messages:
        silence = bytes(MESSAGE_BYTES)
        pacer = Pacer(time.monotonic, 1 / MESSAGES_PER_S)
        for _ in range(messages):
            await pacer.wait()
            await connection.send_audio(silence)
    else:
        await asyncio.sleep(seconds)
    after, ended = cpu_by_role(server.processes()), time.monotonic()
    return {role: used - before.get(role, 0.0) for role, used in after.items()}, ended - begun


async def measure(server: ServerProcess, messages: int) -> Measured:
    """Open one conversation and measure it idle, then with messages."""
    async with Hero365Client(server.base_url, server.token()) as client:
        session = await client.start()
        async with await client.connect(session) as connection:
            await asyncio.sleep(_SETTLE_S + 5.0)  # the greeting is spoken and the warm pool refilled
            idle, idle_s = await _stretch(server, connection, 0, IDLE_S)
            await _stretch(server, connection, int(MESSAGES_PER_S * _SETTLE_S), 0.0)
            busy, busy_s = await _stretch(server, connection, messages, 0.0)
        await client.stop(session.session_id)
    return per_message(busy, busy_s, idle, idle_s, messages)


def main() -> int:
    """Measure the servers of the route and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument(
        "--route",
        choices=tuple(_ROUTES),
        default="serve",
        help="serve: HAProxy and the default proxy; direct: the edge; both: HAProxy and the edge",
    )
    arguments = parser.parse_args()
    found: dict[str, Measured] = {}
    for name in _ROUTES[arguments.route]:
        haproxy, settings = _SERVERS[name]
        with ServerProcess(haproxy=haproxy, settings=settings) as server:
            print(f"  {name}: server up after {server.started_in_s:.1f} s", file=sys.stderr)
            found[name] = asyncio.run(measure(server, arguments.messages))
    roles = sorted({role for measured in found.values() for role in measured.us_per_message})
    print_table(
        "CPU per message, µs above idle",
        ("part", *found),
        [[role, *(rounded(each.us_per_message.get(role)) for each in found.values())] for role in roles],
    )
    print_result(
        {
            **{key: rounded(found[name].path_us) for name, key in _RESULTS.items() if name in found},
            "message_bytes": MESSAGE_BYTES,
            "messages": arguments.messages,
            "by_part": {
                name: {role: rounded(value) for role, value in each.us_per_message.items()}
                for name, each in found.items()
            },
            "idle_percent_of_a_core": {
                name: {role: rounded(value, 2) for role, value in each.idle_percent.items()}
                for name, each in found.items()
            },
            "machine": machine(),
        }
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
