"""The Ray actors, thin: they carry what the other packages are."""

from __future__ import annotations

from importlib.resources import files


def fork_shim_source() -> str:
    """Text of the shim that stands where Ray expects a Python executable."""
    return files("actors").joinpath("fork_shim.py").read_text(encoding="utf-8")
