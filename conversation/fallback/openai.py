"""OpenAI's ears, mind and voice with the embedded ones behind them. Builds objects only; does no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from openai import AsyncOpenAI

from config.settings import Settings
from conversation.fallback.circuits import Circuits
from conversation.fallback.ears import FallbackRecogniser
from conversation.fallback.model import FallbackModel
from conversation.fallback.voice import FallbackVoice
from conversation.metered_model import MeteredModel
from conversation.openai_ears import OpenAIEars
from conversation.openai_model import openai_model
from conversation.openai_speech import OpenAIRecogniser, OpenAIVoice, openai_recogniser
from conversation.providers import Recogniser, Voice
from conversation.usage import Meter


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a conversation gets."""

    recogniser: FallbackRecogniser
    model: FallbackModel
    thinking: MeteredModel
    voice: FallbackVoice
    ears: OpenAIEars | OpenAIRecogniser

    async def close(self) -> None:
        """End what stays open while nobody speaks."""
        await self.ears.close()


def guarded_openai(
    settings: Settings,
    client: AsyncOpenAI,
    circuits: Circuits,
    *,
    recogniser: Recogniser,
    voice: Voice,
    language: str,
    meter: Meter,
) -> Guarded:
    """OpenAI in front of the embedded ``recogniser`` and ``voice``; the model gets its local brain from the team."""
    once = client.with_options(max_retries=0)  # what is tried again, and when, is decided by the circuits
    ears = openai_recogniser(settings, once, language, meter)
    thinking = openai_model(settings, once, meter)
    return Guarded(
        FallbackRecogniser(ears, recogniser, circuits),
        FallbackModel(thinking, circuits),
        thinking,
        FallbackVoice(OpenAIVoice(once, settings.openai_voice_model, meter), voice, circuits),
        ears,
    )
