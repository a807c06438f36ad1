"""The Ray actors, thin: they carry what the other packages are."""

from __future__ import annotations

import shlex
import sys
from importlib.resources import files
from pathlib import Path


def fork_shim_source() -> str:
    """Text of the shim that stands where Ray expects a Python executable."""
    return files("actors").joinpath("fork_shim.py").read_text(encoding="utf-8")


def shim_command() -> str:
    """What session actors of a joined cluster name as ``py_executable``: the shim, by the Python that runs this.

    On a node with a fork server (``hero365 node``) the actor comes out of that, on any other it starts the ordinary
    way. Every node has to have the same code and its Python at the same place as this one.
    """
    shim = Path(__file__).with_name("fork_shim.py")
    return f"{shlex.quote(sys.executable)} -SEs {shlex.quote(str(shim))}"
