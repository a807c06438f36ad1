"""Wires an agent loop that answers by speech: its line, the agents that speak, and when it is used at all."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

from agents.realtime import RealtimeAgent
from agents.realtime.model import RealtimeModelConfig

from conversation.agent_loop import AgentLoop
from conversation.fallback.breaker import State
from conversation.guardrails.guard import Guard
from conversation.realtime.access import RealtimeAccess
from conversation.realtime.hearing import SharedHearing
from conversation.realtime.line import line_settings
from conversation.realtime.lines import Lines
from conversation.realtime.loop import RealtimeLoop
from conversation.realtime.team import speaking_team
from conversation.team.team import Team
from media.engines.hibari import SPEEDS

if TYPE_CHECKING:
    from conversation.assembly import Assembled


def speaking_loop(
    access: RealtimeAccess,
    team: Team,
    guard: Guard,
    find: Callable[[], Assembled],
    hearing: SharedHearing,
) -> Callable[..., AgentLoop]:
    """What makes the loop, given what every agent loop is given."""
    lines = _lines(access, team, find, hearing)

    def by_speech() -> bool:
        return find().options.speech_to_speech and access.circuit.state is not State.OPEN

    hearing.shares = lines.enabled = by_speech
    return partial(RealtimeLoop, lines=lines, circuit=access.circuit, correct=guard.user_meant)


def _lines(
    access: RealtimeAccess, team: Team, find: Callable[[], Assembled], hearing: SharedHearing
) -> Lines:
    def settings() -> RealtimeModelConfig:
        options = find().options
        return line_settings(
            access, voice=options.voice, speed=SPEEDS[options.voice_speed], language=options.language
        )

    def tools() -> list[Any]:
        return find().loop.offered_tools()

    def agent(wants: Callable[[str], bool]) -> RealtimeAgent[Any]:
        return speaking_team(team, tools(), wants)

    def agent_key() -> Hashable:
        # The instructions tell the time, and follow the options.
        return team.speaker, id(tools()), find().options, team.minute

    lines = Lines(settings, agent, agent_key, hearing)
    lines.used, lines.models = access.meter.add, (access.model, access.transcribe_model)
    return lines
