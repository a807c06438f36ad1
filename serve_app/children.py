"""What every child process of the launcher has in common. Nothing else."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
#: The first process of a container is the parent of its children from the beginning, and of orphans too.
_PARENT_IS_FIRST = os.getpid() == 1


def die_with_parent() -> None:
    """In the child, before exec: the kernel ends it when the launcher dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1 and not _PARENT_IS_FIRST:
            os._exit(1)


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes] | None, patience_s: float) -> None:
    """End a child and wait for that: asked first, killed after ``patience_s`` seconds. None and the dead are fine."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
