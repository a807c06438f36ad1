"""The one error a command raises to end with a message for people. Carries no traceback."""

from __future__ import annotations


class CommandFailed(Exception):  # noqa: N818  (named as it reads where it is raised)
    """A command cannot go on; the text is for people."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
