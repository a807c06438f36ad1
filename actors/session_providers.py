"""What one session hears, thinks, speaks and acts with: the pools, and OpenAI in front. Builds; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ray.actor import ActorHandle
from redis.asyncio import Redis

from actors.circuits import SharedCircuits
from actors.journal import RedisJournal
from actors.pool import PoolClient
from actors.providers import (
    PooledRecogniser,
    PooledSecondRecogniser,
    PooledTools,
    PooledUnderstanding,
)
from config.settings import Settings
from conversation.assembly import Providers
from conversation.durable_calls import DurableCalls
from conversation.fallback.circuits import Circuits
from conversation.fallback.openai import Guarded, guarded_openai
from conversation.openai_model import openai_client
from conversation.prepared_voice import PreparedVoice
from conversation.realtime.access import realtime_access
from conversation.spec import SessionSpec
from conversation.usage import Meter
from media.silero import shared_model
from tools.catalogue import TOOLS


@dataclass(slots=True)
class SessionProviders:
    """What was made.

    Attributes:
        providers: For the assembly.
        tools: Its hands.
        voice: Its voice, with what was prepared.
        circuits: The breakers in front of OpenAI, or None without it.
        guarded: OpenAI's parts, to be closed; or None.
    """

    providers: Providers
    tools: DurableCalls
    voice: PreparedVoice
    circuits: SharedCircuits | None = None
    guarded: Guarded | None = None


def session_providers(
    spec: SessionSpec,
    settings: Settings,
    redis: Redis,
    pools: ActorHandle[Any],
    hands: PooledTools,
    voice: PreparedVoice,
) -> SessionProviders:
    """The providers of the session of ``spec``; ``voice`` is the embedded one."""
    tools = DurableCalls(hands, RedisJournal(redis), TOOLS, calls_per_minute=settings.tool_calls_per_minute)
    providers = Providers(
        recogniser=PooledRecogniser(PoolClient(pools, "recognisers")),
        voice=voice,
        understanding=PooledUnderstanding(PoolClient(pools, "understanding")),
        tools=tools,
        catalogue=TOOLS,
        scorer=shared_model(),
        meter=Meter(settings.price_list, lambda: datetime.now(ZoneInfo(spec.timezone)).date()),
    )
    made = SessionProviders(providers, tools, voice)
    if settings.second_look == "auto":
        providers.second = PooledSecondRecogniser(PoolClient(pools, "second_look"))
    if settings.openai_enabled:
        _add_openai(made, spec, settings, redis)
    return made


def _add_openai(made: SessionProviders, spec: SessionSpec, settings: Settings, redis: Redis) -> None:
    providers, circuits = made.providers, Circuits(settings)
    guarded = guarded_openai(
        settings,
        openai_client(settings),
        circuits,
        recogniser=providers.recogniser,
        voice=made.voice,
        language=spec.options.language,
        meter=providers.meter,
    )
    # A speech-to-speech model hears for itself; there the embedded ears take the turns.
    if not spec.options.speech_to_speech:
        providers.second, providers.recogniser = None, guarded.recogniser
    providers.model, providers.choose_model = guarded.model, guarded.thinking.use
    providers.realtime = realtime_access(settings, circuits, providers.meter)
    made.circuits, made.guarded = SharedCircuits(circuits, redis), guarded
    made.voice = providers.voice = PreparedVoice(guarded.voice)
