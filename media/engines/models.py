"""Where the model files are and how onnxruntime runs them: the one place that knows both.

The files come inside packages of the lock file. They are found through the import system's *finder* and read
as data: the code of those packages is never imported. Nothing is ever downloaded.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import onnxruntime as ort
from numpy.typing import NDArray

from media.errors import MediaError, MediaErrorCode


def model_file(package: str, *parts: str) -> Path:
    """Path of a data file inside an installed package, without importing the package.

    Args:
        package: Top-level import name, such as ``moonshine_voice``.
        parts: Path of the file inside the package.

    Raises:
        MediaError: ``model_missing`` when the package or the file is not there.
    """
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        path = Path(folder).joinpath(*parts)
        if path.is_file():
            return path
    message = f"{'/'.join(parts)} of the package {package!r} is not installed (run: uv sync --frozen)"
    raise MediaError(MediaErrorCode.MODEL_MISSING, message)


def load_session(path: Path, *, threads: int = 1, arena: bool = True) -> ort.InferenceSession:
    """An onnxruntime session on the CPU whose threads sleep when they have nothing to do.

    Args:
        path: ``.onnx`` or ``.ort`` file.
        threads: Intra-op threads. With 1 the calling thread does all the work, which is what makes a session
            usable in a process that was forked after the session was made.
        arena: Keep freed memory for the next run. Off for tiny models that live in many processes.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = 3
    # A spinning worker burns a core between two requests, which other actors need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(session: ort.InferenceSession, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """Run a session whose outputs are all dense tensors; they come in the order of the graph."""
    return cast("list[NDArray[Any]]", session.run(None, dict(inputs)))
