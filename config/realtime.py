"""Settings of speech to speech: whether OpenAI's Realtime API hears, thinks and speaks, and with which model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class RealtimeSettings(BaseSettings):
    """What the Realtime provider is asked with."""

    openai_realtime: Literal["on", "off"] = Field(
        "off",
        alias="OPENAI_REALTIME",
        description="Whether conversations are speech to speech by the Realtime API unless they ask otherwise.",
    )
    openai_realtime_model: str = Field(
        "gpt-realtime",
        alias="OPENAI_REALTIME_MODEL",
        description="Model that hears, answers and speaks in a speech-to-speech conversation.",
    )
