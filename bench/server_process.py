"""A server in a process of its own for a bench: real ``hero365 up``, private data, free ports, stopped at the end.

Never touches a server it did not start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psutil

from config.settings import Settings
from serve_app.children import die_with_parent, end
from serve_app.cli.access import owner_token
from serve_app.cli.books import Books, read_books
from serve_app.cli.private import private_environment

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 60.0
#: How the launcher says that everything is up.
_READY = "Ready after"


class ServerDidNotStart(RuntimeError):  # noqa: N818
    """The server ended or did not answer in time; the text carries the end of what it printed."""


class ServerProcess:
    """``with ServerProcess() as server``: a seeded server at ``server.base_url``.

    Args:
        haproxy: HAProxy in front of the ingress; False takes Ray Serve's default proxy.
        settings: Further variables, for example ``{"HERO365_IDLE_TIMEOUT_S": "3600"}``.
    """

    def __init__(self, *, haproxy: bool = True, settings: dict[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hero365-bench-")
        own = private_environment(Path(self._folder.name) / "data", haproxy=haproxy)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HERO365_")}
        self._environment = {**kept, **own, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = Path(self._folder.name) / "server.log"
        self.base_url = f"http://127.0.0.1:{own['HERO365_HTTP_PORT']}"
        self.data_dir = Path(own["HERO365_DATA_DIR"])
        self.started_in_s = 0.0

    def __enter__(self) -> ServerProcess:
        begun = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "serve_app.cli", "up"],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        try:
            self._wait_until_ready(begun + START_TIMEOUT_S)
        except BaseException:
            self._stop()
            raise
        self.started_in_s = time.monotonic() - begun
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def token(self) -> str:
        """An access token of the seeded owner, valid for four hours."""
        return owner_token(self._settings(), ttl_s=4 * 3600)

    def books(self) -> Books:
        """What the server's database says now."""
        from business.seed import DEMO_BUSINESS_ID

        return read_books(self._settings().database_url, DEMO_BUSINESS_ID)

    def _settings(self) -> Settings:
        return Settings.model_validate({"data_dir": self.data_dir, "DATABASE_URL": ""})

    def processes(self) -> list[psutil.Process]:
        """The server's process and all below it, as they are now."""
        assert self._process is not None
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def _wait_until_ready(self, deadline: float) -> None:
        """Wait for the word of the server itself: it answers a moment before HAProxy knows the ingress's replicas."""
        assert self._process is not None
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise ServerDidNotStart(f"it ended with {self._process.returncode}: {self._tail()}")
            if _READY in self._log.read_text(errors="replace"):
                return
            time.sleep(0.2)
        raise ServerDidNotStart(f"not ready after {START_TIMEOUT_S:g} s: {self._tail()}")

    def _stop(self) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            left = psutil.Process(process.pid).children(recursive=True)
            end(process, STOP_TIMEOUT_S)
            for child in psutil.wait_procs(left, timeout=5.0)[1]:  # what outlived its parent
                child.kill()
        self._folder.cleanup()

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]
