"""The personal agent: its instructions, its model (local brain or OpenAI) and its tools, as an SDK agent.

Builds objects only; nothing here runs a turn or does I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agents import Agent, FunctionTool, ModelSettings
from agents.models.interface import Model
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI

from config.settings import Settings
from conversation.options import SessionOptions
from conversation.spec import SessionSpec

_BASE = """\
You are the voice assistant of {business}, a home-services business. You speak with {user}, who runs it.
It is {now} in the business time zone ({zone}).
Acknowledge briefly, give the result, offer the next step. Speak as people speak: short sentences, numbers and dates
as one would say them, no markup, no lists with bullets. Ask when something is missing or unclear; never guess a name,
a date or an amount. Pass names, dates and references to the tools as they were said. Never mention tools, ids or
databases. Say only what the tools have returned."""
_DRIVING = "The user is driving: at most 20 words, no lists longer than three, yes-or-no questions only."
_SAFETY = "Safety mode: at most 50 words."


def instructions(spec: SessionSpec, options: SessionOptions, now: datetime) -> str:
    """The system prompt for a turn that begins at ``now`` (business time zone)."""
    parts = [
        _BASE.format(
            business=spec.business_name,
            user=spec.user_name or "the owner",
            now=now.strftime("%A, %B %d, %Y, %I:%M %p"),
            zone=spec.timezone,
        )
    ]
    if options.is_driving:
        parts.append(_DRIVING)
    if options.safety_mode:
        parts.append(_SAFETY)
    if options.location is not None and options.location.address:
        parts.append(f"The user is at {options.location.address}.")
    if options.instructions:
        parts.append(options.instructions)
    return "\n".join(parts)


def agent_builder(
    spec: SessionSpec, options: Callable[[], SessionOptions], model: Model, now: Callable[[], datetime]
) -> Callable[[list[FunctionTool]], Agent[Any]]:
    """A function that makes the agent of a turn out of the tools on offer."""

    def build(tools: list[FunctionTool]) -> Agent[Any]:
        chosen = options()
        return Agent(
            name="Hero365",
            instructions=instructions(spec, chosen, now()),
            model=model,
            model_settings=ModelSettings(temperature=chosen.temperature),
            tools=list(tools),
        )

    return build


def openai_client(settings: Settings) -> AsyncOpenAI:
    """The OpenAI client of the settings' key and base URL. Raises ValueError without a key."""
    if settings.openai_api_key is None:
        raise ValueError("OPENAI_API_KEY is not set")
    return AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout=30.0,
        max_retries=1,
    )


def openai_model(settings: Settings, client: AsyncOpenAI) -> Model:
    """The OpenAI model that thinks when a key is set."""
    return OpenAIResponsesModel(model=settings.openai_model, openai_client=client)
