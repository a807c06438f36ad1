"""A child process of the launcher that is started again when it dies, with growing pauses."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from serve_app.children import end

log = logging.getLogger(__name__)

#: The first pause before a dead child is started again, and the longest; each is twice the one before.
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0
#: A child that has lived so long was well: the pauses begin anew.
_WELL_S = 30.0


class WatchedChild:
    """Runs ``spawn`` in a thread of its own for as long as the child is wanted.

    That thread is the child's parent in the eyes of the kernel: a child that is to die with its parent dies with it.

    Args:
        name: What it is, for the log.
        spawn: Starts the process. An OSError counts as a process that died at once.
        patience_s: Seconds it has to end when asked to.

    Attributes:
        starts: How often it was started.
    """

    def __init__(self, name: str, spawn: Callable[[], subprocess.Popen[Any]], patience_s: float) -> None:
        self._name, self._spawn, self._patience_s = name, spawn, patience_s
        self._process: subprocess.Popen[Any] | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it; returns at once."""
        self._thread = threading.Thread(target=self._watch, daemon=True, name=self._name)
        self._thread.start()

    def stop(self) -> None:
        """End it and wait for that. Idempotent."""
        self._stopping.set()
        end(self._process, self._patience_s)
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(self._patience_s)
            end(self._process, self._patience_s)  # one that was being started meanwhile

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def _watch(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            began, code = time.monotonic(), self._run()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > _WELL_S:
                pause = _FIRST_PAUSE_S
            log.warning("the %s ended (%s); starting it again in %g s", self._name, code, pause)
            self._stopping.wait(pause)
            pause = min(_LONGEST_PAUSE_S, 2 * pause)

    def _run(self) -> int | str:
        """One life of the child: its exit code, or why it has not begun."""
        self._process = None
        self.starts += 1
        try:
            self._process = process = self._spawn()
        except OSError as error:
            return type(error).__name__
        return process.wait()
