"""Who answers a turn: the personal agent with all tools, or the orchestrator with its five specialists.

Builds the SDK's agents and remembers who spoke last; it runs nothing and does no I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from agents import Agent, FunctionTool, ModelSettings, handoff
from agents.models.interface import Model

from conversation.brain.model import LocalBrain
from conversation.fallback.model import FallbackModel
from conversation.options import AgentType, SessionOptions
from conversation.spec import SessionSpec
from conversation.team import instructions
from conversation.team.roles import HANDOFF_PREFIX, ORCHESTRATOR, PERSONAL, SPECIALISTS, has_tool
from conversation.team.routing_model import RoutingModel


class Team:
    """The agents of one conversation.

    Args:
        spec: Whose conversation it is.
        options: The options as they are now.
        brain: The local brain, also when another model thinks.
        model: A model other than the local brain (OpenAI), or None.
        now: The time in the business time zone.
    """

    def __init__(
        self,
        spec: SessionSpec,
        options: Callable[[], SessionOptions],
        brain: LocalBrain,
        model: Model | None,
        now: Callable[[], datetime],
    ) -> None:
        self._spec = spec
        self._options = options
        self._brain = brain
        self._model = model
        self._now = now
        self._routing = RoutingModel(brain)
        self._speaker = ORCHESTRATOR
        self._before_turn = ORCHESTRATOR
        self._tools: list[FunctionTool] = []
        self._kind: tuple[AgentType, float | None] | None = None
        self._made: dict[str, Agent[Any]] = {}

    @property
    def speaker(self) -> str:
        """Name of the agent that speaks now."""
        return self._speaker if self._options().agent_type == "orchestrated" else PERSONAL

    @property
    def minute(self) -> datetime:
        """The minute that the agents are told."""
        return self._now().replace(second=0, microsecond=0)

    @speaker.setter
    def speaker(self, name: str) -> None:
        known = {ORCHESTRATOR, *SPECIALISTS.values()}
        self._speaker = name if name in known else ORCHESTRATOR

    def handed_over(self, _source: str, target: str) -> None:
        """Another agent speaks from now on, also in the next turn."""
        self.speaker = target

    def withdraw_turn(self) -> None:
        """The last user turn is taken back: who spoke before it speaks again."""
        self._speaker = self._before_turn

    def build(self, tools: list[FunctionTool]) -> Agent[Any]:
        """The agent that a turn begins with; the others of its team hang on its hand-offs."""
        options = self._options()
        if isinstance(self._model, FallbackModel):
            personal = options.agent_type == "personal"
            self._model.equip(self._brain, self._brain if personal else self._routing)
            self._model.begin_turn()
        self._before_turn = self._speaker
        return self.members(tools)[self.speaker]

    def members(self, tools: list[FunctionTool]) -> dict[str, Agent[Any]]:
        """All agents of the team, by name."""
        options = self._options()
        kind = (options.agent_type, options.temperature)
        # Made once, as making them takes about as long as a turn of theirs.
        if tools is not self._tools or kind != self._kind:
            self._routing.tools = self._tools = tools
            settings = ModelSettings(temperature=options.temperature)
            make = self._alone if options.agent_type == "personal" else self._together
            self._kind, self._made = kind, make(settings)
        return self._made

    def _together(self, settings: ModelSettings) -> dict[str, Agent[Any]]:
        """The orchestrator and the specialists, by name."""
        model = self._model or self._routing
        team: dict[str, Agent[Any]] = {
            ORCHESTRATOR: Agent(
                name=ORCHESTRATOR,
                instructions=self._told(instructions.orchestrator),
                model=model,
                model_settings=settings,
                handoff_description="Finds out whose part a request is.",
            )
        }
        for topic, name in SPECIALISTS.items():
            team[name] = Agent(
                name=name,
                instructions=self._told(partial(instructions.specialist, topic=topic)),
                model=model,
                model_settings=settings,
                tools=[tool for tool in self._tools if has_tool(topic, tool.name)],
                handoff_description=f"Does {instructions.WORK[topic]}.",
            )
        for agent in team.values():
            agent.handoffs = [_to(other) for other in team.values() if other is not agent]
        return team

    def _alone(self, settings: ModelSettings) -> dict[str, Agent[Any]]:
        """The agent that does everything."""
        agent: Agent[Any] = Agent(
            name=PERSONAL,
            instructions=self._told(lambda shared: shared),
            model=self._model or self._brain,
            model_settings=settings,
            tools=list(self._tools),
        )
        return {PERSONAL: agent}

    def _told(self, words: Callable[[str], str]) -> Callable[[Any, Agent[Any]], str]:
        """Instructions as they are when the model is asked: options and time change."""

        def told(_context: Any, _agent: Agent[Any]) -> str:
            return words(instructions.common(self._spec, self._options(), self._now()))

        return told


def _to(agent: Agent[Any]) -> Any:
    return handoff(agent, tool_name_override=f"{HANDOFF_PREFIX}{agent.name}")
