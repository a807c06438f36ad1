"""How a speech-to-speech model is reached: data from the settings, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from config.settings import Settings
from conversation.fallback.circuits import Circuit, Circuits, Part
from conversation.usage import Meter

_OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class RealtimeAccess:
    """Where the Realtime API is, with whose key, which models are asked for, and whether it is worth asking now.

    The ``meter`` is the conversation's.
    """

    key: str = field(repr=False)
    url: str
    model: str
    transcribe_model: str
    circuit: Circuit
    meter: Meter


def realtime_access(settings: Settings, circuits: Circuits, meter: Meter) -> RealtimeAccess:
    """That of the settings. Raises ValueError without a key."""
    if settings.openai_api_key is None:
        raise ValueError("OPENAI_API_KEY is not set")
    base = (settings.openai_base_url or _OPENAI).rstrip("/").replace("http", "ws", 1)
    return RealtimeAccess(
        key=settings.openai_api_key.get_secret_value(),
        url=f"{base}/realtime?{urlencode({'model': settings.openai_realtime_model})}",
        model=settings.openai_realtime_model,
        transcribe_model=settings.openai_transcribe_model,
        circuit=circuits[Part.CONVERSING],
        meter=meter,
    )
