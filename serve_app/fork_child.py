"""Runs the fork server as a child of the launcher and makes Ray start workers through it.

Optional: where it does not start, or Ray behaves differently, workers start the ordinary way, only slower. So do those
that are asked for between its death and its next life.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from serve_app.children import die_with_parent
from serve_app.watched_child import WatchedChild

log = logging.getLogger(__name__)

_START_TIMEOUT_S = 40.0
_STOP_TIMEOUT_S = 5.0
#: Built by ``make install`` where a C compiler is.
SLOW_TICK = Path(__file__).resolve().parents[1] / "actors" / "native" / "slow_tick.so"


class ForkChild:
    """The fork server's process and the shim that stands for Python.

    Args:
        openai: The API by which sessions ask OpenAI, None when they do not.
        slow_tick: Workers look for signals every 200 ms instead of 10, where that part has been built.

    Attributes:
        executable: What session actors name as ``py_executable``.
    """

    def __init__(self, *, openai: str | None = None, slow_tick: bool = True) -> None:
        self._preload = {"LD_PRELOAD": _preloaded(SLOW_TICK)} if slow_tick and SLOW_TICK.exists() else {}
        self._openai = [openai] if openai else []
        self._dir = Path(tempfile.mkdtemp(prefix="hero365-fork-"))
        self._socket = self._dir / "fork.sock"
        self.executable = str(self._dir / "python")
        self._child = WatchedChild("fork server", self._spawn, _STOP_TIMEOUT_S)
        self._ready = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        """Variables the shim reads; to be set before Ray starts."""
        return {"H365_FORK_SOCKET": str(self._socket), "H365_FORK_PYTHON": sys.executable}

    def launch(self) -> None:
        """Start loading; ``wait`` tells when it is ready."""
        from actors import fork_shim_source

        Path(self.executable).write_text(f"#!{sys.executable} -SEs\n{fork_shim_source()}", encoding="utf-8")
        Path(self.executable).chmod(0o700)
        self._child.start()

    def wait(self) -> bool:
        """Wait until it serves; False (with a warning) when it does not."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._ready.wait(0.05):
            if self._child.starts > 1 or time.monotonic() > deadline:
                log.warning(
                    "The fork server does not start; session actors start the ordinary way, only slower."
                )
                self._child.stop()
                return False
        return True

    def _spawn(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603  (our own program)
            [sys.executable, "-m", "actors.fork_server", str(self._socket), *self._openai],
            stdout=subprocess.PIPE,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"} | self._preload,
            preexec_fn=die_with_parent,
            start_new_session=True,
            text=True,
        )
        threading.Thread(target=self._hear, args=(process,), daemon=True, name="fork server start").start()
        return process

    def _hear(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None and process.stdout.readline().strip() == "ready":
            self._ready.set()

    def stop(self) -> None:
        """End it, after Ray: without the shim no worker starts. Idempotent."""
        self._child.stop()
        shutil.rmtree(self._dir, ignore_errors=True)


@contextlib.contextmanager
def ray_python(executable: str) -> Generator[None]:
    """While Ray is started in here, it takes ``executable`` (the shim) for its Python."""
    services: Any = importlib.import_module("ray._private.services")

    class _Sys:
        def __getattr__(self, name: str) -> Any:
            return getattr(sys, name)

    patched = _Sys()
    patched.executable = executable  # pyright: ignore[reportAttributeAccessIssue]
    services.sys = patched
    try:
        yield
    finally:
        services.sys = sys


def _preloaded(library: Path) -> str:
    """``LD_PRELOAD`` with the library before what is there already."""
    return " ".join([str(library), *os.environ.get("LD_PRELOAD", "").split()])
