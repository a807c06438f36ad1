"""One node of a Ray cluster: the fork server, ``ray start`` and, on the head, the server that joins it.

The parent of these processes: starts them with the variables that HAProxy and Ray need on every node, ends them in
the right order, and ends itself when Ray or the server does. Decides nothing about the cluster.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack

from config.settings import Settings
from serve_app.children import die_with_parent, end
from serve_app.declared import check_shared
from serve_app.fork_child import ForkChild
from serve_app.haproxy import choose_proxy
from serve_app.launcher import node_environment
from serve_app.ray_start import SHIM

log = logging.getLogger(__name__)

_LOOK_S = 0.5
_HEAD_TIMEOUT_S = 60.0
#: Conversations end, actors and the application are taken away.
_SERVER_PATIENCE_S = 60.0
#: Ray drains its node for this long (30 s unless told) before it ends; the processes want some time after that.
_RAY_DRAIN = "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S"
_RAY_DRAIN_S = 30.0
_RAY_PATIENCE_S = 20.0
_GCS_PORT = "6379"
_HEAD_FLAG = "--head"


class NodeFailed(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """The node cannot be started, or ended by itself; the text says which part and why."""

    code = "node_failed"


def check(arguments: Sequence[str], *, serve: bool) -> None:
    """Raise NodeFailed for arguments that start no node."""
    head = _HEAD_FLAG in arguments
    address = _value(arguments, "--address")
    if head == (address is not None):
        raise NodeFailed(
            "Give either --head or --address=HOST:PORT of the head node, and what else `ray start` takes."
        )
    if serve and not head:
        raise NodeFailed("--up starts the server beside the head node; give --head with it.")


class Node:
    """A node by the settings of the environment.

    Args:
        settings: The same on every node of the cluster.
        arguments: Of ``ray start``; ``--block`` is added.
        serve: Start the server too, which joins the cluster of this head and takes over what an earlier one left.

    Raises:
        NodeFailed: The arguments start no node.
        SettingsError: A setting is missing that all nodes have to share.
    """

    def __init__(self, settings: Settings, arguments: Sequence[str], *, serve: bool = False) -> None:
        check(arguments, serve=serve)
        if serve:
            check_shared(settings)
        self._settings = settings
        self._arguments = [*arguments, *([] if "--block" in arguments else ["--block"])]
        self._serve = serve
        self._asked_to_stop = threading.Event()

    def run(self) -> int:
        """Run until ``stop`` or until a part ends by itself; the exit code. Raises NodeFailed."""
        with ExitStack() as parts:
            environment = {**os.environ, **self.environment()}
            if self._settings.fork_server == "auto" and sys.platform == "linux":
                environment |= self._fork(parts)
            patience_s = _RAY_PATIENCE_S + float(environment.get(_RAY_DRAIN) or _RAY_DRAIN_S)
            ray = self._start(["serve_app.ray_start", *self._arguments], environment, patience_s, parts)
            processes = {"Ray": ray}
            if self._serve:
                self._await_head(ray)
                joined = environment | {"HERO365_RAY_ADDRESS": self._address}
                processes["The server"] = self._start(
                    ["serve_app.cli", "up", "--take-over"], joined, _SERVER_PATIENCE_S, parts
                )
            while not self._asked_to_stop.wait(_LOOK_S):
                for name, process in processes.items():
                    if process.poll() is not None:
                        raise NodeFailed(f"{name} ended with exit code {process.returncode}.")
        return 0

    def stop(self, *_signal: object) -> None:
        """Ask ``run`` to end; may be called from a signal handler."""
        self._asked_to_stop.set()

    def environment(self) -> dict[str, str]:
        """The variables that Ray and its workers need on this node."""
        proxy = choose_proxy(self._settings)
        if proxy.warning:
            log.warning("%s", proxy.warning)
        return node_environment(self._settings, proxy)

    def _fork(self, parts: ExitStack) -> dict[str, str]:
        """Start the fork server; the variables by which workers find it."""
        settings = self._settings
        openai = settings.openai_api if settings.openai_enabled else None
        fork = ForkChild(openai=openai, slow_tick=settings.slow_tick == "auto")
        parts.callback(fork.stop)
        fork.launch()
        return {**fork.environment, SHIM: fork.executable}

    def _start(
        self, module: list[str], environment: dict[str, str], patience_s: float, parts: ExitStack
    ) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  (our own programs)
            [sys.executable, "-m", *module],
            env=environment,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
        parts.callback(end, process, patience_s)
        return process

    @property
    def _address(self) -> str:
        host = _value(self._arguments, "--node-ip-address") or "127.0.0.1"
        return f"{host}:{_value(self._arguments, '--port') or _GCS_PORT}"

    def _await_head(self, ray: subprocess.Popen[bytes]) -> None:
        host, _, port = self._address.rpartition(":")
        waited = 0.0
        while waited < _HEAD_TIMEOUT_S and not self._asked_to_stop.is_set():
            if ray.poll() is not None:
                raise NodeFailed(f"Ray ended with exit code {ray.returncode}.")
            try:
                with socket.create_connection((host, int(port)), timeout=1.0):
                    return
            except OSError:
                self._asked_to_stop.wait(_LOOK_S)
                waited += _LOOK_S
        if not self._asked_to_stop.is_set():
            raise NodeFailed(f"The head node does not answer at {self._address} after {_HEAD_TIMEOUT_S:g} s.")


def _value(arguments: Sequence[str], name: str) -> str | None:
    """The value of ``--name=value`` or ``--name value``; None when it is not given."""
    for number, argument in enumerate(arguments):
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
        if argument == name and number + 1 < len(arguments):
            return arguments[number + 1]
    return None


def run_until_signalled(node: Node) -> int:
    """Run in the foreground until SIGINT or SIGTERM; the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, node.stop)
    return node.run()
