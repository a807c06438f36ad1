"""A conversation with the real brain and ranker through the SDK's runner; the tools answer as a test tells them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from agents import Agent, FunctionTool, RunConfig, Runner
from agents.tool_context import ToolContext

from conversation.brain.frames import FRAMES
from conversation.brain.model import LocalBrain
from conversation.brain.state import DialogueState
from conversation.understanding.local import InProcessUnderstanding
from conversation.understanding.ranker import IntentRanker
from media.engines.minilm import MiniLmEmbedder
from tools.catalogue import TOOLS
from tools.envelope import ToolError, ToolErrorType, ToolResult

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)  # a Tuesday


@dataclass(frozen=True)
class Reply:
    """What the brain did in one turn: text deltas in order, and the calls with their arguments."""

    deltas: tuple[str, ...]
    calls: tuple[tuple[str, dict[str, Any]], ...]
    call_ids: tuple[str, ...]
    order: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.deltas)

    @property
    def call(self) -> tuple[str, dict[str, Any]]:
        assert len(self.calls) == 1, f"expected one call, got {self.calls} and {self.text!r}"
        return self.calls[0]


class Talk:
    """One session. ``answers`` queues a result for the next call of a tool; without one a call succeeds."""

    def __init__(self, ranker: IntentRanker, offered: Iterable[str] | None = None) -> None:
        self.ranker = ranker
        self.offered = set(offered or FRAMES)
        self.brain = self._brain(None)
        self.history: list[Any] = []
        self.answers: dict[str, list[ToolResult | str]] = {}
        self.needs_yes: set[str] = set()
        self._calls: list[tuple[str, dict[str, Any]]] = []
        self._order: list[str] = []
        self.last_result: Any = None

    def _brain(self, state: DialogueState | None) -> LocalBrain:
        return LocalBrain(InProcessUnderstanding(self.ranker), clock=lambda: NOW, timezone=ZONE, state=state)

    def restore(self) -> None:
        """Go on with a new brain that knows only the saved state."""
        self.brain = self._brain(DialogueState.from_json(self.brain.state.to_json()))

    def will(self, tool: str, *results: ToolResult | str) -> None:
        self.answers.setdefault(tool, []).extend(results)

    async def say(self, text: str) -> Reply:
        self.brain.begin_turn()  # as the agent loop does
        self.history.append({"role": "user", "content": text})
        return await self._run(self.history)

    async def decide(self, approve: bool) -> Reply:
        """Answer the SDK's pending approval of the last turn."""
        self.brain.begin_turn()
        state = self.last_result.to_state()
        item = self.last_result.interruptions[0]
        if approve:
            state.approve(item)
        else:
            state.reject(
                item, rejection_message=ToolResult(False, "The user did not confirm this.").to_json()
            )
        return await self._run(state)

    async def _run(self, source: Any) -> Reply:
        self._calls, self._order = [], []
        agent = Agent(
            name="assistant", model=self.brain, tools=[self._tool(name) for name in sorted(self.offered)]
        )
        run = Runner.run_streamed(agent, source, run_config=RunConfig(tracing_disabled=True))
        deltas: list[str] = []
        ids: list[str] = []
        async for event in run.stream_events():
            if event.type != "raw_response_event":
                continue
            if event.data.type == "response.output_text.delta":
                deltas.append(event.data.delta)
                self._order.append("text")
            if event.data.type == "response.output_item.done" and event.data.item.type == "function_call":
                ids.append(event.data.item.call_id)
        self.last_result = run
        if not run.interruptions:
            self.history = run.to_input_list()
        return Reply(tuple(deltas), tuple(self._calls), tuple(ids), tuple(self._order))

    def _tool(self, name: str) -> FunctionTool:
        async def invoke(_context: ToolContext[Any], arguments: str) -> str:
            self._calls.append((name, json.loads(arguments)))
            self._order.append(name)
            queued = self.answers.get(name)
            result = queued.pop(0) if queued else ToolResult(True, f"{name} is done.")
            return result if isinstance(result, str) else result.to_json()

        return FunctionTool(
            name=name,
            description=TOOLS[name].description if name in TOOLS else name,
            params_json_schema=TOOLS[name].json_schema()
            if name in TOOLS
            else {"type": "object", "properties": {}},
            on_invoke_tool=invoke,
            strict_json_schema=False,
            needs_approval=name in self.needs_yes,
        )


@dataclass
class Results:
    """Results as the tools give them."""

    job: dict[str, str] = field(
        default_factory=lambda: {
            "job": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
            "job_label": "leak repair for Maria Garcia",
            "contact": "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
            "contact_label": "Maria Garcia",
        }
    )

    def done(self, summary: str, **focus: str) -> ToolResult:
        return ToolResult(True, summary, focus=focus)

    def about_job(self, summary: str) -> ToolResult:
        return ToolResult(True, summary, focus=dict(self.job))

    def ambiguous(self, kind: str, summary: str, *candidates: str) -> ToolResult:
        ids = ",".join(f"00000000-0000-0000-0000-{index:012d}" for index in range(1, len(candidates) + 1))
        error = ToolError(ToolErrorType.AMBIGUOUS, summary, candidates=candidates)
        return ToolResult(False, summary, focus={f"{kind}_list": ids}, error=error)

    def refused(self, error_type: ToolErrorType, summary: str, **details: Any) -> ToolResult:
        return ToolResult(False, summary, error=ToolError(error_type, summary, **details))


@pytest.fixture(scope="session")
def ranker() -> IntentRanker:
    return IntentRanker(MiniLmEmbedder())


@pytest.fixture
def new_talk(ranker: IntentRanker) -> Callable[..., Talk]:
    def make(offered: Iterable[str] | None = None) -> Talk:
        return Talk(ranker, offered)

    return make


@pytest.fixture
def talk(new_talk: Callable[..., Talk]) -> Talk:
    return new_talk()


@pytest.fixture
def results() -> Results:
    return Results()
