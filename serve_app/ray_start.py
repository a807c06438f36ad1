"""``python -m serve_app.ray_start …``: ``ray start …``, with workers started by the shim where there is one.

A program of ``serve_app.node``, which sets the environment before this imports Ray. Ends when the node does.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any

#: Path of the shim that stands for Python; not set without a fork server.
SHIM = "H365_FORK_SHIM"


def main(arguments: Sequence[str]) -> None:
    """Start the node of these arguments of ``ray start`` and stay; ends the process with Ray's exit code."""
    from ray.scripts import scripts

    from serve_app.fork_child import ray_python

    command: Any = scripts.cli
    shim = os.environ.get(SHIM)
    with ray_python(shim) if shim else contextlib.nullcontext():
        command.main(args=["start", *arguments], prog_name="ray")


if __name__ == "__main__":
    main(sys.argv[1:])
