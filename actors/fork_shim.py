"""Stands where Ray expects a Python executable: hands worker starts to the fork server, runs all else for real.

Started as ``python -SEs`` a few milliseconds before every worker, so it imports next to nothing and never Ray.
Environment: ``H365_FORK_SOCKET`` (the fork server's UNIX socket; without one all is run for real),
``H365_FORK_PYTHON`` (the real executable; without it the one that runs this).
"""

import array
import json
import os
import socket
import sys

_SCRIPTS = ("setup_worker.py", "default_worker.py")


def main() -> None:
    """Send argv, environment, working directory and the standard descriptors, or exec the real Python."""
    arguments = sys.argv[1:]
    path = os.environ.get("H365_FORK_SOCKET", "")
    script = next((each for each in arguments if not each.startswith("-")), "")
    if (
        os.path.basename(script) in _SCRIPTS
        and path
        and _handed_over(path, arguments[arguments.index(script) :])
    ):
        return
    python = os.environ.get("H365_FORK_PYTHON") or sys.executable
    os.execv(python, [python, *arguments])  # noqa: S606  (the interpreter this stands for)


def _handed_over(path: str, arguments: list[str]) -> bool:
    request = json.dumps({"argv": arguments, "env": dict(os.environ), "cwd": os.getcwd()}).encode()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.settimeout(60)
            server.connect(path)
            descriptors = array.array("i", [0, 1, 2])
            server.sendmsg(
                [len(request).to_bytes(4, "little")],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors.tobytes())],
            )
            server.sendall(request)
            return server.recv(1) == b"1"
    except OSError:
        return False


main()
