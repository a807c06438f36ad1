"""Puts the agent loop of a conversation together: what it asks, whom it tells, and where its answers come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from conversation.agent_loop import AgentLoop
from conversation.guardrails.guard import Guard, GuardedTools
from conversation.options import SessionOptions
from conversation.realtime.hearing import SharedHearing
from conversation.spec import SessionSpec
from conversation.team.team import Team
from tools.envelope import Caller, ToolCall, ToolResult

if TYPE_CHECKING:
    from conversation.assembly import Assembled, Providers


def agent_loop(
    providers: Providers,
    team: Team,
    guard: Guard,
    find: Callable[[], Assembled],
    hearing: SharedHearing | None,
    epoch: int,
) -> AgentLoop:
    """The loop; with a ``hearing`` that the provider shares, one that can answer by speech."""
    make: Callable[..., AgentLoop] = AgentLoop
    if providers.realtime is not None and hearing is not None:
        # Only a server with OpenAI has it loaded: it takes 5 MB.
        from conversation.realtime.wiring import speaking_loop

        make = speaking_loop(providers.realtime, team, guard, find, hearing)
    return make(
        build_agent=team.build,
        tools=GuardedTools(providers.tools, guard),
        catalogue=providers.catalogue,
        caller=lambda: _caller(find().spec, find().options),
        focus=lambda: find().brain.focus,
        observer=_Late(find),
        epoch=epoch,
        hear=lambda text: find().hears(text),
        unhear=guard.unsaid,
        on_withdraw=lambda: find().withdraw_turn(),
        on_finish=lambda: find().turn_finished(),
        on_handoff=lambda source, target: find().handed_over(source, target),
    )


class _Late:
    """An observer that is known only when everything is put together."""

    def __init__(self, find: Callable[[], Assembled]) -> None:
        self._find = find

    def tool_started(self, call_id: str, call: ToolCall) -> None:
        self._find().tool_started(call_id, call)

    def tool_progress(self, call_id: str, call: ToolCall, ms: float) -> None:
        self._find().tool_progress(call_id, call, ms)

    def tool_finished(self, call_id: str, call: ToolCall, result: ToolResult, ms: float) -> None:
        self._find().tool_finished(call_id, call, result, ms)


def _caller(spec: SessionSpec, options: SessionOptions) -> Caller:
    return Caller(
        business_id=spec.business_id,
        user_id=spec.user_id,
        session_id=spec.session_id,
        is_driving=options.is_driving,
        location=options.location,
    )
