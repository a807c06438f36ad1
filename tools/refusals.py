"""What a tool says when it does not do what was asked: typed refusals with a sentence to speak.

Handlers raise these; only the executor catches them. A refusal never carries raw exception text.
"""

from __future__ import annotations

from collections.abc import Sequence

from tools.envelope import ToolError, ToolErrorType
from tools.spoken.say import say_choice

_OFFERED = 3


class Refused(Exception):  # noqa: N818  (a refusal is an answer, not a fault)
    """Carries the typed error; ``focus`` lets "the second one" pick from what was offered."""

    def __init__(self, error: ToolError, focus: dict[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.focus = focus or {}


class NeedsConfirmation(Exception):  # noqa: N818  (a question, not a fault)
    """The effect waits for a yes to ``read_back``."""

    def __init__(self, read_back: str) -> None:
        super().__init__(read_back)
        self.read_back = read_back


def invalid(field: str, message: str, allowed: Sequence[str] = ()) -> Refused:
    """An argument that cannot be used; ``message`` asks for a better one."""
    return Refused(ToolError(ToolErrorType.VALIDATION, message, field=field, allowed=tuple(allowed)))


def not_found(message: str, candidates: Sequence[str] = (), focus: dict[str, str] | None = None) -> Refused:
    """Nothing answers to the reference; ``candidates`` come close."""
    return Refused(ToolError(ToolErrorType.NOT_FOUND, message, candidates=tuple(candidates)), focus)


def almost_found(message: str, candidates: Sequence[str], focus: dict[str, str] | None = None) -> Refused:
    """Nothing answers to the reference, as ``message`` says; asks whether one of the first ``candidates`` is meant."""
    return not_found(f"{message} Did you mean {say_choice(candidates[:_OFFERED])}?", candidates, focus)


def ambiguous(message: str, candidates: Sequence[str], focus: dict[str, str] | None = None) -> Refused:
    """Several things answer to the reference; ``message`` asks which."""
    return Refused(ToolError(ToolErrorType.AMBIGUOUS, message, candidates=tuple(candidates)), focus)


def forbidden(message: str, field: str | None = None) -> Refused:
    """The caller may not do this, at all or now."""
    return Refused(ToolError(ToolErrorType.FORBIDDEN, message, field=field))


def unavailable(message: str) -> Refused:
    """It cannot be done now; trying later can work."""
    return Refused(ToolError(ToolErrorType.UNAVAILABLE, message))
