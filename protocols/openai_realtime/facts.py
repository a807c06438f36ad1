"""What a Realtime door has to know of a session, from its spec and the settings."""

from __future__ import annotations

from config.settings import Settings
from conversation.options import capabilities_of
from conversation.spec import SessionSpec
from protocols.openai_realtime.config import Facts

#: What a client is told that it talks to when it names no model.
MODEL = "gpt-realtime"


def recogniser_of(settings: Settings) -> str:
    """Name of what recognises speech."""
    return settings.openai_transcribe_model if settings.openai_enabled else "moonshine"


def facts_of(spec: SessionSpec, settings: Settings, model: str | None) -> Facts:
    """The facts of ``spec`` for a client that names ``model``."""
    capabilities = capabilities_of(settings)
    lasts_s = min(spec.options.max_duration_s, settings.max_duration_s)
    return Facts(
        session_id=spec.session_id,
        model=model or MODEL,
        voices=capabilities.voices,
        voice=spec.options.voice,
        recogniser=recogniser_of(settings),
        expires_at=int(spec.created_at.timestamp() + lasts_s),
        preset=spec.preset,
    )
