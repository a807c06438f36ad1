"""The agents of a conversation for speech to speech: the same instructions, tools and hand-offs as the written ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agents import FunctionTool
from agents.handoffs import Handoff
from agents.realtime import RealtimeAgent, realtime_handoff
from agents.run_context import RunContextWrapper
from agents.tool_context import ToolContext

from conversation.team.roles import HANDOFF_PREFIX
from conversation.team.team import Team

_GONE_ON = '{"ok": false, "summary": "The user has gone on; nothing was done."}'


def speaking_team(team: Team, tools: list[FunctionTool], wanted: Callable[[str], bool]) -> RealtimeAgent[Any]:
    """The agent that speaks now, with the others on its hand-offs. ``wanted`` says whether to make a call still."""
    guarded = {tool.name: _while_wanted(tool, wanted) for tool in tools}
    agents: dict[str, RealtimeAgent[Any]] = {}
    for name, written in team.members(tools).items():
        agents[name] = RealtimeAgent(
            name=name,
            handoff_description=written.handoff_description,
            instructions=_told(written.instructions),
            tools=[guarded[tool.name] for tool in written.tools],
        )
    for agent in agents.values():
        agent.handoffs = [_to(other) for other in agents.values() if other is not agent]
    return agents[team.speaker]


def _told(instructions: Any) -> Callable[[Any, Any], str]:
    return lambda context, agent: instructions(context, agent)


def _to(agent: RealtimeAgent[Any]) -> Handoff[Any, RealtimeAgent[Any]]:
    return realtime_handoff(agent, tool_name_override=f"{HANDOFF_PREFIX}{agent.name}")


def _while_wanted(tool: FunctionTool, wanted: Callable[[str], bool]) -> FunctionTool:
    """The tool, but not for a call that comes when the user has gone on: the SDK does not cancel tools."""
    invoke, asks = tool.on_invoke_tool, tool.needs_approval

    async def invoke_wanted(context: ToolContext[Any], arguments: str) -> Any:
        return await invoke(context, arguments) if wanted(context.tool_call_id) else _GONE_ON

    async def asks_wanted(context: RunContextWrapper[Any], arguments: dict[str, Any], call_id: str) -> bool:
        if not callable(asks):
            return asks
        return wanted(call_id) and await asks(context, arguments, call_id)

    return replace(tool, on_invoke_tool=invoke_wanted, needs_approval=asks_wanted if callable(asks) else asks)
