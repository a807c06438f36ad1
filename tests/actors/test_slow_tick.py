"""The slowed tick: short one-shot timers of the main thread, and nothing else, are lengthened."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "actors" / "native" / "slow_tick.c"

#: Sets one-shot and repeating timers and prints what the kernel says is left of each, in ms.
PROGRAM = """
import ctypes, json, threading
libc = ctypes.CDLL(None, use_errno=True)
Spec = ctypes.c_long * 4  # interval s, ns; value s, ns

def left(interval_ms, value_ms):
    fd, spec, now = libc.timerfd_create(1, 0), Spec(0, interval_ms * 10**6, 0, value_ms * 10**6), Spec()
    assert libc.timerfd_settime(fd, 0, ctypes.byref(spec), None) == 0
    assert libc.timerfd_gettime(fd, ctypes.byref(now)) == 0
    return now[2] * 1000 + now[3] / 10**6

found = {"tick": left(0, 9), "longer": left(0, 50), "repeated": left(9, 9)}
thread = threading.Thread(target=lambda: found.update(elsewhere=left(0, 9)))
thread.start()
thread.join()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        if os.environ.get("CI"):
            pytest.fail("no C compiler")
        pytest.skip("no C compiler")
    made = tmp_path_factory.mktemp("native") / "slow_tick.so"
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, "-o", str(made), str(SOURCE)], check=True)
    return made


def timers(preload: Path | None) -> dict[str, float]:
    environment = dict(os.environ) | ({"LD_PRELOAD": str(preload)} if preload else {})
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_only_the_short_timers_of_the_main_thread_are_slow(library: Path) -> None:
    found = timers(library)
    assert 150 < found["tick"] <= 200
    assert found["longer"] <= 50
    assert found["repeated"] <= 9
    assert found["elsewhere"] <= 9


def test_without_it_nothing_is() -> None:
    assert timers(None)["tick"] <= 9
