"""Contracts of the tools that belong to no specialist: the day, the clock, reminders."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tools.arguments import SpokenDate
from tools.spec import Arguments, Effect, ToolSpec, Topic


class GetBusinessSummary(Arguments):
    """get_business_summary takes nothing."""


class GetCurrentTime(Arguments):
    """get_current_time takes nothing."""


class SetReminder(Arguments):
    """Arguments of set_reminder."""

    message: Annotated[
        str, Field(min_length=1, max_length=500, description="What to remind of, in the user's words.")
    ]
    reminder_time: SpokenDate


SPECS = (
    ToolSpec(
        name="get_business_summary",
        description="Tell how the business stands: jobs today, money owed, open estimates.",
        examples=("Give me the big picture", "How are we doing overall?"),
        topic=Topic.GENERAL,
        effect=Effect.READ,
        arguments=GetBusinessSummary,
    ),
    ToolSpec(
        name="get_current_time",
        description="Tell the time and date where the business is.",
        examples=("What's the time now?", "Which day is it?"),
        topic=Topic.GENERAL,
        effect=Effect.READ,
        arguments=GetCurrentTime,
    ),
    ToolSpec(
        name="set_reminder",
        description="Remind the user of something at a time.",
        examples=("Nudge me at five to lock the van", "Don't let me forget the permit tomorrow morning"),
        topic=Topic.GENERAL,
        effect=Effect.WRITE,
        arguments=SetReminder,
    ),
)
