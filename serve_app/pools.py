"""Which pools the server has and how large they are, from the settings. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from actors.engine_actors import RecogniserActor, SecondLookActor, UnderstandingActor, VoiceActor
from actors.pool import PoolSpec
from actors.tool_actor import ToolActor
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class TitledSpec(PoolSpec):
    """A pool with the name people see while it starts."""

    title: str = ""


def pool_specs(settings: Settings) -> list[TitledSpec]:
    """Recognisers, voice, understanding and tools; engines that OpenAI stands in for stay, to fall back on."""
    threads = settings.engine_threads

    def engine(kind: str, title: str, actor_class: object, count: int) -> TitledSpec:
        return TitledSpec(kind, actor_class, (threads,), count, count, title=title)

    second = [engine("second_look", "Second recogniser", SecondLookActor, 1)]
    return [
        TitledSpec(
            "recognisers",
            RecogniserActor,
            (threads, settings.second_look == "off"),
            settings.recognisers,
            settings.recognisers,
            title="Recogniser",
        ),
        engine("voices", "Voice", VoiceActor, settings.voices),
        engine("understanding", "Understanding", UnderstandingActor, settings.understanding),
        TitledSpec(
            "tools",
            ToolActor,
            (settings,),
            settings.tool_actors_min,
            settings.tool_actors_max,
            title="Tools",
        ),
        *(second if settings.second_look == "auto" else []),
    ]
