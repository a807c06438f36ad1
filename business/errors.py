"""The errors of the business layer: a small typed hierarchy, each with a stable code.

``str(error)`` can be spoken to the user as it is. Nothing here names a table, a driver or another tenant's data.
"""

from __future__ import annotations

from typing import Any, ClassVar


class BusinessError(Exception):
    """Something the business refuses. ``code`` is stable and crosses every boundary."""

    code: ClassVar[str] = "business"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(BusinessError):  # noqa: N818  (named as the code reads)
    """No entity of ``kind`` answers to ``reference`` in this business."""

    code = "not_found"

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(
            f"I couldn't find that {kind}." if not reference else f"I couldn't find {kind} {reference}."
        )
        self.kind = kind
        self.reference = reference


class Ambiguous(BusinessError):  # noqa: N818  (named as the code reads)
    """More than one entity answers to ``reference``; ``candidates`` are labels to choose from."""

    code = "ambiguous"

    def __init__(self, kind: str, reference: str, candidates: tuple[str, ...]) -> None:
        super().__init__(f"There is more than one {kind} for {reference}: {', '.join(candidates)}.")
        self.kind = kind
        self.reference = reference
        self.candidates = candidates


class InvalidTransition(BusinessError):  # noqa: N818  (named as the code reads)
    """A state machine does not go from ``current`` to ``wanted``; ``allowed`` is where it does go.

    ``message`` replaces the sentence about the two statuses where ``wanted`` is an act and no status.
    """

    code = "invalid_transition"

    def __init__(
        self, kind: str, current: str, wanted: str, allowed: tuple[str, ...], message: str | None = None
    ) -> None:
        options = " or ".join(spoken(word) for word in allowed)
        end = f"It can become {options}." if allowed else "Nothing can follow that."
        usual = f"{_an(kind)} that is {spoken(current)} can't become {spoken(wanted)}. {end}"
        super().__init__(message or usual)
        self.kind = kind
        self.current = current
        self.wanted = wanted
        self.allowed = allowed


class Forbidden(BusinessError):  # noqa: N818  (named as the code reads)
    """The member's role does not allow it."""

    code = "forbidden"


class ValidationFailed(BusinessError):  # noqa: N818  (named as the code reads)
    """A value breaks a rule; ``field`` names it."""

    code = "validation"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(BusinessError):  # noqa: N818  (named as the code reads)
    """The wish collides with what is already there; ``details`` is JSON-able."""

    code = "conflict"

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details: dict[str, Any] = details or {}


class Unavailable(BusinessError):  # noqa: N818  (named as the code reads)
    """The database cannot take the work now; trying again later can succeed."""

    code = "unavailable"


class TenancyViolation(Exception):  # noqa: N818  (a bug in our code, never an answer to a user)
    """A statement or object tried to leave the tenant of its unit of work."""


def spoken(word: str) -> str:
    """``in_progress`` as one says it: ``in progress``."""
    return word.replace("_", " ")


def _an(kind: str) -> str:
    return f"{'An' if kind[:1].lower() in 'aeiou' else 'A'} {kind}"
