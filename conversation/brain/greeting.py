"""The first thing a caller hears: time of day, their name, their business.

Pure; the clock is an argument and local to the business.
"""

from __future__ import annotations

from datetime import datetime


def greeting(now: datetime, user_name: str | None, business_name: str | None, is_driving: bool) -> str:
    """The greeting at ``now`` (business time zone). In driving mode it is one short sentence."""
    part = "morning" if 4 <= now.hour < 12 else "afternoon" if now.hour < 18 and now.hour >= 12 else "evening"
    first = (user_name or "").split()
    hello = f"Good {part}, {first[0]}." if first else f"Good {part}."
    if is_driving:
        return f"{hello[:-1]}, what do you need?"
    if business_name:
        return f"{hello} This is your assistant at {business_name}. What can I do for you?"
    return f"{hello} What can I do for you?"
