"""One scripted turn through the Agents SDK, so that no caller pays for its first one (127 ms measured, then 5 ms)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from agents import Agent, FunctionTool, RunConfig, Runner
from agents.testing import ScriptedModel, assistant_message, function_call
from agents.tool_context import ToolContext

from conversation.hearing.language import language
from conversation.name_book import ordinary_words


async def warm_up(*, openai: str | None = None) -> None:
    """Run a tool call and an answer that touch nothing and reach nobody; read the word lists.

    With ``openai``, the API that is asked there, the same with OpenAI's models.
    """
    if openai is not None:
        await import_module("conversation.rehearsal").rehearse(openai)
    ordinary_words()
    language()

    async def nothing(_context: ToolContext[Any], _arguments: str) -> str:
        return "{}"

    async def never(_context: object, _arguments: dict[str, Any], _call_id: str) -> bool:
        return False

    tool = FunctionTool("nothing", "Does nothing.", {"type": "object", "properties": {}}, nothing, False)
    tool.needs_approval = never
    model = ScriptedModel(
        [[function_call("nothing", "{}", call_id="warm_up")], [assistant_message("Ready.")]]
    )
    agent: Agent[Any] = Agent(name="warm-up", model=model, tools=[tool])
    result = Runner.run_streamed(agent, "Ready?", run_config=RunConfig(tracing_disabled=True))
    async for _event in result.stream_events():
        pass
