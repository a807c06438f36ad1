"""The local brain as the model of every agent of a team: hands over where the agent at hand lacks the tool.

The brain understands a whole request at once, whoever speaks. A call that the current agent cannot make becomes a
hand-off to the agent that can, and is made there as it stands; an agent with nothing left to do hands back. It never
changes what the brain says or calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from agents.handoffs import Handoff
from agents.items import TResponseInputItem
from agents.tool import FunctionTool
from openai.types.responses import ResponseFunctionToolCall

from conversation.brain import replies, stream
from conversation.brain.model import LocalBrain
from conversation.brain.prepared_model import PreparedModel
from conversation.model_request import ModelRequest
from conversation.team.roles import HANDOFF_PREFIX, ORCHESTRATOR, owner_of


@dataclass(frozen=True, slots=True)
class _Held:
    """What the next agent says and calls when the hand-off with ``handoff_id`` is done."""

    handoff_id: str
    items: list[stream.Item]


class RoutingModel(PreparedModel):
    """The model of all agents of one conversation's team.

    Attributes:
        tools: All tools there are, whoever has them; set for every turn.
    """

    def __init__(self, brain: LocalBrain) -> None:
        self._brain = brain
        self.tools: Sequence[FunctionTool] = ()
        self._held: _Held | None = None
        self._handoffs = 0

    # --- one response -----------------------------------------------------------------------------------

    async def prepare(self, request: ModelRequest) -> tuple[str, list[stream.Item]]:
        """What the agent at hand says and calls. Raises EngineUnavailable when no engine can rank the words."""
        offered = {tool.name for tool in request.tools}
        held, self._held = self._held, None
        if held is not None and _last_call_id(request.source) == held.handoff_id:
            routed = self._routed(held.items, offered, request.handoffs, hands_back=bool(held.items))
            return f"resp_{held.handoff_id}", routed
        whole = replace(
            request, source=_without_handoffs(request.source), tools=list(self.tools), handoffs=[]
        )
        response_id, items = await self._brain.prepare(whole)
        return response_id, self._routed(items, offered, request.handoffs, hands_back=True)

    def _routed(
        self, items: list[stream.Item], offered: set[str], handoffs: list[Handoff], *, hands_back: bool
    ) -> list[stream.Item]:
        """``items`` with the call put off until somebody can make it."""
        call = next((item for item in items if isinstance(item, ResponseFunctionToolCall)), None)
        if call is None:
            asker = self._asker(offered)
            if asker is not None and (target := _to(handoffs, asker)):
                return [self._hand_over(target, items)]
            back = _to(handoffs, ORCHESTRATOR) if hands_back and not self._is_open else None
            return items if back is None else [*items, self._hand_over(back, [])]
        if call.name in offered:
            return items
        target = _to(handoffs, owner_of(call.name)) or _to(handoffs, ORCHESTRATOR)
        rest = [item for item in items if item is not call]
        if target is None:
            return [*rest, stream.message(f"msg_{call.id}", replies.no_tool())]
        return [*rest, self._hand_over(target, [call])]

    def _asker(self, offered: set[str]) -> str | None:
        """The agent whose question is being asked, when it is another than the one that speaks."""
        state = self._brain.state
        frame = state.frame or next(iter(state.offer), None)
        return owner_of(frame.tool) if frame is not None and frame.tool not in offered else None

    def _hand_over(self, target: Handoff, items: list[stream.Item]) -> ResponseFunctionToolCall:
        self._handoffs += 1
        serial = f"{self._brain.state.turn}_{self._handoffs}"
        self._held = _Held(f"handoff_{serial}", items)
        return stream.function_call(f"ho_{serial}", f"handoff_{serial}", target.tool_name, "{}")

    @property
    def _is_open(self) -> bool:
        """Whether the agent that speaks waits for an answer."""
        state = self._brain.state
        last = state.last
        return bool(state.frame or state.offer or (last is not None and last.outcome == "unconfirmed"))


def _to(handoffs: list[Handoff], agent: str) -> Handoff | None:
    return next((each for each in handoffs if each.agent_name == agent), None)


def _mapping(item: TResponseInputItem) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", item)


def _last_call_id(source: str | list[TResponseInputItem]) -> str | None:
    """The call that the newest item answers, if it answers one."""
    if isinstance(source, str) or not source:
        return None
    last = _mapping(source[-1])
    return last.get("call_id") if last.get("type") == "function_call_output" else None


def _without_handoffs(source: str | list[TResponseInputItem]) -> str | list[TResponseInputItem]:
    """What the brain may see: it knows nothing of hand-offs."""
    if isinstance(source, str):
        return source
    handed = {
        item.get("call_id")
        for item in map(_mapping, source)
        if item.get("type") == "function_call" and str(item.get("name", "")).startswith(HANDOFF_PREFIX)
    }
    return [item for item in source if not handed or _mapping(item).get("call_id") not in handed]
