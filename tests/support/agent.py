"""An agent loop with a scripted model, the real catalogue, the SDK's real runner and tools that answer as told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from agents import Agent
from agents.testing import ScriptedModel, assistant_message, function_call

from conversation.agent_loop import AgentLoop, ConfirmationAsked, TextDelta
from tests.support.fake_engines import FakeTools
from tools.catalogue import TOOLS
from tools.envelope import Caller, ToolCall, ToolError, ToolErrorType, ToolResult

NAMES = ("get_pending_invoices", "create_invoice", "set_reminder", "create_job", "get_current_time")
CALLER = Caller("business", "user", "session")


def text(words: str) -> list[Any]:
    """A model step that says ``words``."""
    return [assistant_message(words)]


def calls(*wanted: tuple[str, str, dict[str, Any]], say: str = "") -> list[Any]:
    """A model step of (call id, tool, arguments) calls, after saying something."""
    spoken = [assistant_message(say)] if say else []
    return [
        *spoken,
        *(function_call(name, arguments, call_id=call_id) for call_id, name, arguments in wanted),
    ]


def asks_first(call: ToolCall) -> ToolResult:
    """What the executor does with money: a question first, the deed with the confirmation id."""
    if call.name != "create_invoice" or call.confirmation_id is not None:
        return ToolResult(True, f"{call.name} done")
    question = "Invoice to Sarah for 300 dollars. Shall I create it?"
    number = f"confirm-{call.ordinal}"
    error = ToolError(ToolErrorType.NEEDS_CONFIRMATION, question, read_back=question, confirmation_id=number)
    return ToolResult(False, question, error=error)


@dataclass
class Watch:
    """What the loop tells about tools."""

    started: list[str] = field(default_factory=list[str])
    progress: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    finished: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])

    def tool_started(self, call_id: str, call: ToolCall) -> None:
        self.started.append(call_id)

    def tool_progress(self, call_id: str, call: ToolCall, ms: float) -> None:
        self.progress.append((call_id, ms))

    def tool_finished(self, call_id: str, call: ToolCall, result: ToolResult, ms: float) -> None:
        assert ms >= 0
        self.finished.append((call_id, result.ok))


class Assistant:
    """The loop and everything it touches."""

    def __init__(self, *steps: Any, tools: FakeTools | None = None) -> None:
        self.model = ScriptedModel(steps)
        self.tools = tools or FakeTools(asks_first)
        self.watch = Watch()
        self.loop = AgentLoop(
            build_agent=lambda tools: Agent(
                name="test", instructions="Help.", model=self.model, tools=list(tools)
            ),
            tools=self.tools,
            catalogue={name: TOOLS[name] for name in NAMES},
            caller=lambda: CALLER,
            focus=lambda: {"contact": "sarah"},
            observer=self.watch,
        )

    async def answer(self, words: str, heard: str | None = None) -> tuple[str, list[ConfirmationAsked]]:
        """One whole turn: what was said, what was asked. All of it is heard unless told otherwise."""
        said, asked = "", list[ConfirmationAsked]()
        async for event in self.loop.answer(words):
            if isinstance(event, TextDelta):
                said += event.text
            elif isinstance(event, ConfirmationAsked):
                asked.append(event)
        self.loop.finish(heard if heard is not None else said + "".join(each.read_back for each in asked))
        return said, asked

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The history's items of a type."""
        return [item for item in self.loop.history.input_items() if item.get("type") == kind]

    def last_input(self) -> Iterable[Any]:
        """What the model saw last."""
        call = self.model.last_call
        assert call is not None
        return call.input
