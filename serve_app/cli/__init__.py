"""The command line: ``hero365`` and ``python -m serve_app.cli``. Importing it must stay cheap."""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    from serve_app.cli.app import run

    raise SystemExit(run())
