"""Workers that come out of the fork server are alike in what they have loaded and in nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import actors

WORKER = """
import random, secrets, signal, threading, uuid
import ray

drawn = [ray.NodeID.from_random().hex(), random.random(), secrets.token_hex(8), uuid.uuid4().hex]
for _ in range(12):
    thread = threading.Thread(target=lambda: drawn.append(ray.NodeID.from_random().hex()))
    thread.start()
    thread.join()
signal.signal(signal.SIGUSR1, lambda *_: None)  # only the main thread may
assert threading.current_thread() is threading.main_thread()
print(*drawn, flush=True)
"""


@pytest.fixture
def socket() -> Iterator[str]:
    """The socket of a running fork server."""
    with tempfile.TemporaryDirectory(prefix="h365-fork-") as folder:
        path = f"{folder}/fork.sock"
        process = subprocess.Popen(
            [sys.executable, "-m", "actors.fork_server", path], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield path
        process.kill()
        process.wait()
        process.stdout.close()


def test_no_two_workers_draw_the_same_ids(socket: str, tmp_path: Path) -> None:
    script = tmp_path / "default_worker.py"
    script.write_text(WORKER)
    shim = Path(actors.__file__).with_name("fork_shim.py")
    environment = {**os.environ, "H365_FORK_SOCKET": socket, "H365_FORK_PYTHON": "/bin/false"}
    drawn: list[str] = []
    for _ in range(4):
        run = subprocess.run(
            [sys.executable, "-SEs", str(shim), str(script)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        values = run.stdout.split()
        assert len(values) == 16, run.stderr
        drawn += values
    assert len(set(drawn)) == len(drawn), "two workers share an id"
