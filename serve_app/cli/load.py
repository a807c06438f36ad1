"""``hero365 load``: the load test, which is a bench and not installed with the server. Hands everything over to it."""

from __future__ import annotations

import importlib
from typing import Annotated, Any

from cyclopts import Parameter


def load(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
    """Hold many conversations at once, or compare two load tests; ``--help`` of ``python -m bench.load`` says how.

    Exit status 0: what was asked for was held; 1: it was not; 2: it cannot be asked for like that.
    """
    try:
        bench: Any = importlib.import_module("bench.load.__main__")
    except ModuleNotFoundError:
        raise SystemExit(
            "The load test is part of the repository: run it from a clone, after `make install`."
        ) from None
    raise SystemExit(bench.main(arguments))
