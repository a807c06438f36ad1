"""Who answers a turn: the personal agent with all tools, or the orchestrator with its five specialists.

Builds the SDK's agents for every turn and remembers who spoke last; it runs nothing and does no I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agents import Agent, FunctionTool, ModelSettings, handoff
from agents.models.interface import Model

from conversation.brain.model import LocalBrain
from conversation.options import SessionOptions
from conversation.spec import SessionSpec
from conversation.team import instructions
from conversation.team.roles import HANDOFF_PREFIX, ORCHESTRATOR, PERSONAL, SPECIALISTS, has_tool
from conversation.team.routing_model import RoutingModel
from tools.spec import Topic


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

    @property
    def speaker(self) -> str:
        """Name of the agent that speaks now."""
        return self._speaker if self._options().agent_type == "orchestrated" else PERSONAL

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
        shared = instructions.common(self._spec, options, self._now())
        settings = ModelSettings(temperature=options.temperature)
        if options.agent_type == "personal":
            model = self._model or self._brain
            return Agent(
                name=PERSONAL, instructions=shared, model=model, model_settings=settings, tools=list(tools)
            )
        self._before_turn = self._speaker
        self._routing.tools = tools
        agents = self._agents(shared, settings, tools)
        return agents[self._speaker]

    def _agents(
        self, shared: str, settings: ModelSettings, tools: list[FunctionTool]
    ) -> dict[str, Agent[Any]]:
        model = self._model or self._routing
        agents: dict[str, Agent[Any]] = {
            ORCHESTRATOR: Agent(
                name=ORCHESTRATOR,
                instructions=instructions.orchestrator(shared),
                model=model,
                model_settings=settings,
                handoff_description="Finds out whose part a request is.",
            )
        }
        for topic, name in SPECIALISTS.items():
            agents[name] = Agent(
                name=name,
                instructions=instructions.specialist(shared, topic),
                model=model,
                model_settings=settings,
                tools=[tool for tool in tools if has_tool(topic, tool.name)],
                handoff_description=f"Does {_work(topic)}.",
            )
        for agent in agents.values():
            agent.handoffs = [_to(other) for other in agents.values() if other is not agent]
        return agents


def _to(agent: Agent[Any]) -> Any:
    return handoff(agent, tool_name_override=f"{HANDOFF_PREFIX}{agent.name}")


def _work(topic: Topic) -> str:
    return instructions.WORK[topic]
