"""Who acts: the tenant, the user and the spoken call that a unit of work belongs to.

Comes from the authenticated session, never from what a model or a client wrote into a request body.
"""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM_USER = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting party within one business.

    Attributes:
        business_id: The tenant.
        user_id: The member who acts.
        session_id: Voice session, if any.
        turn: Number of the user turn in the session, if any.
        call_key: Idempotency key of the tool call, if any.
        is_system: True for our own schedulers and the seed, which act with an owner's permissions.
    """

    business_id: str
    user_id: str
    session_id: str | None = None
    turn: int | None = None
    call_key: str | None = None
    is_system: bool = False

    @classmethod
    def system(cls, business_id: str) -> Actor:
        """The software itself, within one business."""
        return cls(business_id=business_id, user_id=SYSTEM_USER, is_system=True)
