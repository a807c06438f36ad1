"""An agent loop with a whole team: the real local brain (or a scripted model), fake tools, the SDK's real runner."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.models.interface import Model

from conversation.agent_loop import AgentLoop, ConfirmationAsked, TextDelta
from conversation.brain.model import LocalBrain
from conversation.brain.state import DialogueState
from conversation.options import AgentType, SessionOptions
from conversation.providers import Understanding
from conversation.spec import SessionSpec
from conversation.team.team import Team
from tests.support.agent import CALLER, Watch, asks_first
from tests.support.fake_engines import FakeTools
from tools.catalogue import TOOLS

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)  # a Tuesday


@dataclass
class Said:
    """What one turn brought: the text, the questions, the calls."""

    text: str
    asked: list[ConfirmationAsked]
    calls: list[tuple[str, dict[str, Any]]]
    handoffs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def tools(self) -> list[str]:
        return [name for name, _ in self.calls]


class TeamTalk:
    """One conversation with a team."""

    def __init__(
        self,
        understanding: Understanding,
        *,
        agent_type: AgentType = "orchestrated",
        model: Model | None = None,
        tools: FakeTools | None = None,
        state: DialogueState | None = None,
    ) -> None:
        self.understanding = understanding
        self.options = SessionOptions(agent_type=agent_type)
        self.spec = SessionSpec(
            "session", "user", "Alex", "business", "Acme", str(ZONE), self.options, datetime.now(UTC)
        )
        self.brain = LocalBrain(understanding, clock=lambda: NOW, timezone=ZONE, state=state)
        self.model = model
        self.team = Team(self.spec, lambda: self.options, self.brain, model, lambda: NOW)
        self.tools = tools or FakeTools(asks_first)
        self.handoffs: list[tuple[str, str]] = []
        self.loop = AgentLoop(
            build_agent=self.team.build,
            tools=self.tools,
            catalogue=TOOLS,
            caller=lambda: CALLER,
            focus=lambda: self.brain.focus,
            observer=Watch(),
            on_handoff=self._handed_over,
        )

    def _handed_over(self, source: str, target: str) -> None:
        self.team.handed_over(source, target)
        self.handoffs.append((source, target))

    def switch(self, agent_type: AgentType) -> None:
        """The user wants another kind of agent."""
        self.options = replace(self.options, agent_type=agent_type)

    def restored(self) -> TeamTalk:
        """Another process that knows only the checkpoint."""
        saved = json.loads(json.dumps({
            "loop": self.loop.checkpoint(), "brain": self.brain.state.to_json(), "speaker": self.team.speaker,
        }))  # fmt: skip
        other = TeamTalk(
            self.understanding,
            agent_type=self.options.agent_type,
            model=self.model,
            tools=FakeTools(self.tools.answer),
            state=DialogueState.from_json(saved["brain"]),
        )
        other.team.speaker = saved["speaker"]
        other.loop.epoch = 2
        other.loop.restore(saved["loop"])
        return other

    async def say(self, words: str) -> Said:
        """One whole turn, heard to its end."""
        before, self.handoffs = len(self.tools.calls), []
        text, asked = "", list[ConfirmationAsked]()
        async for event in self.loop.answer(words):
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, ConfirmationAsked):
                asked.append(event)
        self.loop.finish(text + "".join(each.read_back for each in asked))
        calls = [(call.name, json.loads(call.arguments)) for call in self.tools.calls[before:]]
        return Said(text.strip(), asked, calls, list(self.handoffs))
