"""``hero365 node``: one node of a cluster in the foreground, in place of ``ray start``. Hands everything over."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


def node(
    *arguments: Annotated[str, Parameter(allow_leading_hyphen=True)],
    up: bool = False,
) -> int:
    """Start Ray on this machine with what the server needs on every node, and stay until Ctrl-C or SIGTERM.

    Args:
        arguments: Those of ``ray start``: ``--head --port=6379``, or ``--address=HOST:6379``.
        up: Also start the server, which joins this head node.
    """
    from config.logs import setup_logging
    from config.settings import load_settings
    from serve_app.cli.failure import CommandFailed
    from serve_app.node import Node, NodeFailed, run_until_signalled

    settings = load_settings()
    setup_logging(settings)
    try:
        return run_until_signalled(Node(settings, arguments, serve=up))
    except NodeFailed as error:
        raise CommandFailed(str(error)) from error
