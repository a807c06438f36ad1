"""A run that stands still until the user has answered a question, in memory or as JSON in a checkpoint.

The executor issues confirmations; the Agents SDK's approval only carries them. Nothing here asks or answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents import Agent
from agents.items import ToolApprovalItem
from agents.result import RunResultStreaming
from agents.run_state import RunState

from conversation.history import Turn
from conversation.tool_calls import CallEntry
from tools.envelope import ToolCall, ToolResult


class CheckpointRefused(Exception):  # noqa: N818  (named as the code reads)
    """A checkpoint that cannot be gone on from; ``code`` is stable."""

    code = "checkpoint_refused"


@dataclass(slots=True)
class Pending:
    """A confirmation the user has been asked for.

    Attributes:
        run: The stopped run: its result, or what ``to_json`` made of it.
        entry: The call that is asked about.
        confirmation_id: Of the executor's question.
        asked: All calls the run waits for, by call id; the user is asked for one at a time.
    """

    run: RunResultStreaming | Mapping[str, Any]
    entry: CallEntry
    confirmation_id: str
    asked: dict[str, CallEntry]

    async def state(self, agent: Agent[Any]) -> RunState[Any]:
        """The stopped run, ready for decisions; ``agent`` finds the agents of a run that was restored."""
        if isinstance(self.run, RunResultStreaming):
            return self.run.to_state()
        return await RunState.from_json(agent, dict(self.run))

    def to_json(self, turns: Sequence[Turn]) -> dict[str, Any]:
        """As a JSON object; turns as their places in ``turns``."""
        run = self.run.to_state().to_json() if isinstance(self.run, RunResultStreaming) else dict(self.run)
        return {
            "run": run,
            "call_id": self.entry.call_id,
            "confirmation_id": self.confirmation_id,
            "asked": [_entry_json(entry, turns) for entry in self.asked.values()],
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any], turns: Sequence[Turn]) -> Pending:
        """Read what ``to_json`` wrote. Raises CheckpointRefused."""
        try:
            asked = {each["call_id"]: _entry_of(each, turns) for each in body["asked"]}
            return cls(body["run"], asked[body["call_id"]], body["confirmation_id"], asked)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise CheckpointRefused("no readable confirmation") from error


def approval_item(state: RunState[Any], call_id: str) -> ToolApprovalItem:
    """The run's question about a call. Raises CheckpointRefused when the run does not wait for it."""
    for item in state.get_interruptions():
        if call_id_of(item) == call_id:
            return item
    raise CheckpointRefused("the run does not wait for this call")


def call_id_of(item: ToolApprovalItem) -> str:
    """The id of the call that an approval is about."""
    raw: Any = item.raw_item
    found = raw.get("call_id", "") if isinstance(raw, dict) else getattr(raw, "call_id", "")
    return str(found)


def _entry_json(entry: CallEntry, turns: Sequence[Turn]) -> dict[str, Any]:
    return {
        "call_id": entry.call_id,
        "call": entry.call.to_json(),
        "turn": next((at for at, turn in enumerate(turns) if turn is entry.turn), -1),
        "result": entry.result.to_json() if entry.result else None,
    }


def _entry_of(body: Mapping[str, Any], turns: Sequence[Turn]) -> CallEntry:
    turn = turns[body["turn"]]
    result = ToolResult.from_json(body["result"]) if body["result"] else None
    return CallEntry(body["call_id"], ToolCall.from_json(body["call"]), turn, result=result)
