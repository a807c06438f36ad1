"""Settings of OpenAI, or of a server that speaks its APIs. A part of ``config.settings.Settings``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from config.realtime import RealtimeSettings


class OpenAISettings(RealtimeSettings, BaseSettings):
    """Who is asked to hear, think and speak, and over which API."""

    openai_api_key: SecretStr | None = Field(
        None,
        alias="OPENAI_API_KEY",
        description="Key for OpenAI models. Without one everything runs on this machine.",
    )
    openai_base_url: str | None = Field(
        None,
        alias="OPENAI_BASE_URL",
        description="Base URL of an OpenAI-compatible API. Empty: OpenAI's own.",
    )
    openai_model: str = Field(
        "gpt-4.1-mini",
        alias="OPENAI_MODEL",
        description="Model that answers and calls tools when a key is set.",
    )
    openai_models: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        alias="OPENAI_MODELS",
        description="Further models that a conversation may ask for, separated by commas.",
    )
    openai_api: Literal["responses", "chat"] = Field(
        "responses",
        alias="OPENAI_API",
        description="API of the model: responses, or chat (Chat Completions), which most compatible servers speak.",
    )
    openai_transcribe_model: str = Field(
        "gpt-4o-mini-transcribe",
        alias="OPENAI_TRANSCRIBE_MODEL",
        description="Model that hears when a key is set.",
    )
    openai_transcription: Literal["auto", "realtime", "file"] = Field(
        "auto",
        alias="OPENAI_TRANSCRIPTION",
        description="How it is asked: realtime sends the speech once, as it is spoken; file uploads each utterance "
        "(most compatible servers). auto: realtime at OpenAI's own API, file elsewhere.",
    )
    openai_voice_model: str = Field(
        "gpt-4o-mini-tts", alias="OPENAI_VOICE_MODEL", description="Model that speaks when a key is set."
    )
    openai_voices: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        alias="OPENAI_VOICES",
        description="Voices of a compatible server, separated by commas, the usual one first. Empty: OpenAI's.",
    )
    provider: Literal["auto", "local", "openai"] = Field(
        "auto", description="Who thinks: auto takes OpenAI when OPENAI_API_KEY is set, else the local brain."
    )

    @field_validator("openai_models", "openai_voices", mode="before")
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    def without_openai(self) -> Self:
        """The same server, with the embedded engines alone."""
        return self.model_copy(update={"provider": "local"})

    @property
    def openai_enabled(self) -> bool:
        """Whether OpenAI models think and speak in this server."""
        return self.provider == "openai" or (self.provider == "auto" and self.openai_api_key is not None)
