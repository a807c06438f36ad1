"""The OpenAI model that thinks when a key is set, and its client. Builds objects only; does no I/O."""

from __future__ import annotations

from agents.models.interface import Model
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI

from config.settings import Settings


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
    """The OpenAI model of the settings."""
    return OpenAIResponsesModel(model=settings.openai_model, openai_client=client)
