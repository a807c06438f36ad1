"""Settings of the fallback from OpenAI to the embedded engines. A part of ``config.settings.Settings``.

The waits are what a caller bears, not what a provider may take: a part that is late is done here instead.
"""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class FallbackSettings(BaseSettings):
    """How long OpenAI is waited for, and when it is not asked any more."""

    hearing_timeout_s: float = Field(
        3.0,
        ge=0.2,
        le=60,
        description="Longest wait for OpenAI's transcript of a sentence, in seconds; a caller notices more.",
    )
    thinking_timeout_s: float = Field(
        5.0,
        ge=0.2,
        le=300,
        description="Longest wait for the model's first word or call, in seconds; more for models that reason.",
    )
    thinking_gap_s: float = Field(
        3.0, ge=0.2, le=300, description="Longest pause within the model's answer, in seconds."
    )
    speaking_timeout_s: float = Field(
        2.5, ge=0.2, le=60, description="Longest wait for the first audio of a sentence, in seconds."
    )
    speaking_gap_s: float = Field(
        1.5,
        ge=0.2,
        le=60,
        description="Longest pause within a sentence's audio; its lead is used up by then.",
    )
    circuit_failures: int = Field(
        3, ge=1, le=100, description="Failures in a row after which OpenAI is left alone for a while."
    )
    circuit_open_s: float = Field(
        10.0, ge=0.1, le=3600, description="That while, in seconds; it doubles each time a probe fails."
    )
    circuit_longest_s: float = Field(
        120.0, ge=0.1, le=86_400, description="Longest time OpenAI is left alone before it is probed again."
    )
