"""The OpenAI model that thinks when a key is set, and its client. Builds objects only; does no I/O."""

from __future__ import annotations

from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from config.settings import Settings
from conversation.metered_model import MeteredModel
from conversation.openai_client import LeanOpenAI, tls
from conversation.usage import Meter


def openai_client(settings: Settings) -> AsyncOpenAI:
    """The OpenAI client of the settings' key and base URL. Raises ValueError without a key."""
    if settings.openai_api_key is None:
        raise ValueError("OPENAI_API_KEY is not set")
    return LeanOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout=30.0,
        max_retries=1,
        http_client=DefaultAsyncHttpxClient(verify=tls()),
    )


def openai_model(settings: Settings, client: AsyncOpenAI, meter: Meter) -> MeteredModel:
    """The model of the settings, over the API of the settings; ``meter`` counts its tokens."""
    kind = OpenAIChatCompletionsModel if settings.openai_api == "chat" else OpenAIResponsesModel
    return MeteredModel(lambda name: kind(model=name, openai_client=client), settings.openai_model, meter)
