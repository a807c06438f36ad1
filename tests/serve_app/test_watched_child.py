"""A child that is looked after, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from serve_app.watched_child import WatchedChild
from tests.support.polling import eventually


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])


async def test_a_child_that_dies_is_started_again_and_one_that_is_stopped_is_not() -> None:
    child = WatchedChild("sleeper", sleeper, 5.0)
    child.start()
    try:
        first = await eventually(lambda: child.pid, "it runs")
        os.kill(first, signal.SIGKILL)
        second = await eventually(lambda: child.pid != first and child.pid, "it runs again")
        assert child.starts == 2
    finally:
        child.stop()
    assert child.pid is None
    assert child.starts == 2
    assert second != first


async def test_what_cannot_be_run_is_tried_again() -> None:
    def missing() -> subprocess.Popen[bytes]:
        return subprocess.Popen(["/nonexistent/program"])

    child = WatchedChild("nothing", missing, 5.0)
    child.start()
    await eventually(lambda: child.starts >= 2, "the second try")
    child.stop()
    assert child.pid is None
    child.stop()
