"""The edge HAProxy of the direct route, as a child of the launcher: started, looked after, started again when it dies.

The same binary that Ray Serve's HAProxy mode uses. Without one that can check tickets the server does not start: the
direct route was asked for, and nothing else stands in for it silently.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from config.keys import ticket_key
from config.settings import Settings
from serve_app.children import die_with_parent
from serve_app.edge_config import HEALTH_PATH, edge_config
from serve_app.haproxy import haproxy_binary, haproxy_usable
from serve_app.ports import is_free
from serve_app.watched_child import WatchedChild

log = logging.getLogger(__name__)

_CHECK_TIMEOUT_S = 10.0
_START_TIMEOUT_S = 15.0
_STOP_TIMEOUT_S = 5.0
_TEMPORARY = "/tmp"  # noqa: S108  (TMPDIR can be too long for a socket; the folder made in it is private)


class EdgeFailed(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """The edge cannot run or did not start; the text says why and what to do."""

    code = "edge_failed"


def edge_usable() -> str | None:
    """None when a HAProxy that can check tickets runs here, else the reason why not."""
    reason = haproxy_usable()
    if reason is not None:
        return f"The direct route needs HAProxy. {reason}"
    try:
        run = subprocess.run(  # noqa: S603  (the path comes from the installed package)
            [haproxy_binary() or "", "-vv"],
            capture_output=True,
            text=True,
            timeout=_CHECK_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "The direct route needs HAProxy, and its binary does not run on this machine."
    if "+OPENSSL" not in run.stdout:
        return "The direct route needs a HAProxy that is built with OpenSSL; this one cannot check tickets."
    return None


class EdgeChild:
    """One HAProxy process in front of the session actors.

    Args:
        settings: With ``media_route`` ``direct``.
        node: Address of this node in a cluster that is joined; its session actors may listen there too.

    Attributes:
        config: Its configuration file; it holds the key of tickets.
    """

    def __init__(self, settings: Settings, node: str | None = None) -> None:
        self._settings = settings
        self._node = node
        self._dir = Path(tempfile.mkdtemp(prefix="h365-edge-", dir=_TEMPORARY))  # mode 0700
        self.config = self._dir / "edge.cfg"
        self._log = settings.data_dir / "edge.log"
        self._binary = ""
        self._child = WatchedChild("edge HAProxy", self._spawn, _STOP_TIMEOUT_S)

    def start(self) -> None:
        """Start and wait until it answers. Raises EdgeFailed."""
        reason = edge_usable()
        if reason is not None:
            raise EdgeFailed(f"{reason} Set MEDIA_ROUTE=serve to do without.")
        if not all(is_free(port, self.address[0]) for port in self._ports):
            raise EdgeFailed(f"The edge HAProxy does not start: one of its ports {self._ports} is in use.")
        self._binary = str(haproxy_binary())
        self._write()
        self._log.unlink(missing_ok=True)
        self._child.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self.answers():
            if self.starts > 1 or time.monotonic() > deadline:
                reason = self._complaint()
                self.stop()
                raise EdgeFailed(f"The edge HAProxy does not start: {reason}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it and wait for that. Idempotent."""
        self._child.stop()
        shutil.rmtree(self._dir, ignore_errors=True)

    @property
    def address(self) -> tuple[str, int]:
        """Where it answers on this machine."""
        host = self._settings.http_host
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), self._settings.edge_port  # noqa: S104

    @property
    def _ports(self) -> tuple[int, int]:
        return self._settings.edge_port, self._settings.edge_metrics_port

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid

    @property
    def starts(self) -> int:
        """How often it was started."""
        return self._child.starts

    def answers(self) -> bool:
        """Whether the process runs and answers."""
        if self.pid is None:
            return False
        connection = http.client.HTTPConnection(*self.address, timeout=1.0)
        try:
            connection.request("GET", HEALTH_PATH)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _write(self) -> None:
        """The configuration, readable by its owner only, and checked. Raises EdgeFailed."""
        key, admin = ticket_key(self._settings), str(self._dir / "admin.sock")
        text = edge_config(self._settings, key, admin, self._node)
        descriptor = os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        run = subprocess.run(  # noqa: S603  (the path comes from the installed package)
            [self._binary, "-c", "-f", str(self.config)],
            capture_output=True,
            text=True,
            timeout=_CHECK_TIMEOUT_S,
            check=False,
        )
        if run.returncode != 0:
            # Not the text of HAProxy: it shows the line at fault, which may be the one with the key.
            raise EdgeFailed(
                "This HAProxy does not take the edge's configuration; it may be too old (2.8 is not)."
            )

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603  (the path comes from the installed package)
                [self._binary, "-db", "-f", str(self.config)],
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )

    def _complaint(self) -> str:
        """What HAProxy says is wrong: the end of its first alert, for people."""
        with contextlib.suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            alerts = [line for line in lines if "[ALERT]" in line]
            if alerts:
                return alerts[0].partition(" : ")[2] or alerts[0]
        return "it does not answer."
