"""Contracts of the tools that belong to no specialist: the day, the clock, reminders, the weather."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from tools.arguments import SpokenDate
from tools.spec import Arguments, Effect, ToolSpec, Topic
from tools.weather.topic import WeatherTopic, topic_in


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


def _topic(value: object) -> object:
    if not isinstance(value, str) or value.strip().lower() in set(WeatherTopic):
        return value.strip().lower() if isinstance(value, str) else value
    return topic_in(value) or WeatherTopic.OVERALL


class GetWeatherInfo(Arguments):
    """Arguments of get_weather_info."""

    location: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Where, as the user said it: a town ('Springfield, Illinois'), a job ('the Lee job', 'it') or "
            "a contact ('Maria's house'). Left out: where the user is.",
        ),
    ] = None
    when: Annotated[
        SpokenDate | None,
        Field(description="The day or time asked about, in the user's words; left out: today."),
    ] = None
    about: Annotated[
        WeatherTopic,
        BeforeValidator(_topic),
        Field(
            description="What is asked: 'clothes' for jackets and coats, 'overall' for the weather as such."
        ),
    ] = WeatherTopic.OVERALL


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
    ToolSpec(
        name="get_weather_info",
        description="Tell the weather at a place, at a job or where the user is, now or in the days to come.",
        examples=("Is it going to rain at the Ortega job?", "How cold does it get tonight?"),
        topic=Topic.GENERAL,
        effect=Effect.READ,
        arguments=GetWeatherInfo,
        timeout_s=6.0,
    ),
)
