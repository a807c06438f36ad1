"""Which pools the server has and how large they are, from the settings. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from actors.engine_actors import RecogniserActor, UnderstandingActor, VoiceActor
from actors.pool import PoolSpec
from actors.tool_actor import ToolActor
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class TitledSpec(PoolSpec):
    """A pool with the name people see while it starts."""

    title: str = ""


def pool_specs(settings: Settings) -> list[TitledSpec]:
    """Recogniser, voice, understanding and tools; engines that OpenAI stands in for are still there to fall back on."""
    threads = settings.engine_threads

    def engine(kind: str, title: str, actor_class: object, count: int) -> TitledSpec:
        return TitledSpec(kind, actor_class, (threads,), count, count, title=title)

    return [
        engine("recognisers", "Recogniser", RecogniserActor, settings.recognisers),
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
    ]
