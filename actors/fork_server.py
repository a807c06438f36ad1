"""The fork server: a process with the session's libraries loaded, from which session workers are forked.

A program of the launcher's (``python -m actors.fork_server SOCKET [responses|chat]``), not an actor. It has no event
loop, no thread that does anything while it forks, and no engine session. Without it workers start the ordinary way,
only slower and larger.
"""

from __future__ import annotations

import array
import asyncio
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

#: Threads of a worker that may draw ids; Ray's own are about 30.
_SEEDS_OF_A_WORKER = 128


def main(path: str, openai: str | None = None) -> None:
    """Serve fork requests on the UNIX socket ``path`` until killed; ``openai`` as in ``warm_up``."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    _preload(openai)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        Path(path).unlink(missing_ok=True)
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            request, descriptors = _receive(connection)
            if request is None:
                connection.close()
                continue
            _import_ray(request["env"])
            try:
                connection.sendall(b"1")  # before the fork: whoever gave up waiting starts the worker himself
            except OSError:
                pass
            else:
                _fork(listener, request, descriptors, connection)
            connection.close()
            for descriptor in descriptors:
                os.close(descriptor)
            _move_random_numbers_on()


def _preload(openai: str | None) -> None:
    """Load what sessions need, without Ray (its C++ side keeps the environment it is imported with)."""
    for name in ("redis.asyncio", "conversation.assembly", "tools.catalogue"):
        importlib.import_module(name)
    from conversation.warm_up import warm_up
    from media.silero import shared_model

    shared_model()
    asyncio.run(warm_up(openai=openai))
    gc.collect()
    gc.freeze()


def _import_ray(environment: dict[str, str]) -> None:
    """Import Ray with the environment of the first worker that is asked for; later calls do nothing."""
    if "ray" in sys.modules:
        return
    os.environ.update(environment)
    # The actors that sessions call, too: who gets a handle loads its class.
    called = (
        "actors.pool",
        "actors.engine_actors",
        "actors.tool_actor",
        "actors.delivery",
        "actors.session_pool",
    )
    for name in ("ray", "ray._private.worker", "actors.session", *called):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    _move_random_numbers_on()


def _fork(
    listener: socket.socket, request: dict[str, Any], descriptors: list[int], connection: socket.socket
) -> None:
    """Fork from a thread of its own, which is the child's main thread then.

    Ray draws its ids from generators that each thread seeds from a pool of the process. The main thread's was seeded
    when Ray was imported: every child that went on with it would give its objects and tasks the same ids.
    """

    def fork() -> None:
        if os.fork() == 0:
            listener.close()
            _become(request, descriptors, connection)

    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()


def _move_random_numbers_on() -> None:
    """Use up as many seeds of Ray's pool as a worker's threads can need, so that no two children share one."""
    import ray

    for _ in range(_SEEDS_OF_A_WORKER):
        thread = threading.Thread(target=ray.NodeID.from_random)
        thread.start()
        thread.join()


def _receive(connection: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    descriptors = array.array("i")
    space = socket.CMSG_SPACE(3 * descriptors.itemsize)
    head, ancillary, _flags, _address = connection.recvmsg(4, space)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    size, body = int.from_bytes(head, "little"), b""
    while len(body) < size:
        chunk = connection.recv(size - len(body))
        if not chunk:
            return None, list(descriptors)
        body += chunk
    return json.loads(body) if size else None, list(descriptors)


def _become(request: dict[str, Any], descriptors: list[int], connection: socket.socket) -> None:
    """In the child: take over the worker's environment and run its script. Never returns."""
    code = 1
    try:
        connection.close()
        os.setsid()  # Ray ends a worker by its process group
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        sys.argv = list(request["argv"])
        runpy.run_path(sys.argv[0], run_name="__main__")
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
