"""What has been said and done, as the model sees it. Holds only heard words and bounded length; does no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MAX_TURNS = 40


@dataclass(slots=True, eq=False)
class Turn:
    """One exchange: what the user said, the tool items it led to, what the assistant was heard to say.

    Two turns are never the same, whatever was said in them.
    """

    user: str
    items: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    assistant: str = ""


class History:
    """The conversation as Agents SDK input items. The oldest turns are dropped beyond ``max_turns``."""

    def __init__(self, max_turns: int = MAX_TURNS) -> None:
        self._turns: list[Turn] = []
        self._max_turns = max_turns

    def begin(self, user: str) -> Turn:
        """A new turn of the user."""
        turn = Turn(user)
        self._turns.append(turn)
        del self._turns[: -self._max_turns]
        return turn

    def withdraw(self, turn: Turn) -> None:
        """Forget a turn that turned out to be only the beginning of an utterance."""
        if turn in self._turns:
            self._turns.remove(turn)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns kept, oldest first."""
        return tuple(self._turns)

    def input_items(self) -> list[Any]:
        """The items for ``Runner.run_streamed``: messages, function calls and their outputs, oldest first."""
        items: list[Any] = []
        for turn in self._turns:
            if turn.user:
                items.append({"role": "user", "content": turn.user})
            items.extend(turn.items)
            if turn.assistant:
                items.append({"role": "assistant", "content": turn.assistant})
        return items


def call_items(call_id: str, name: str, arguments: str, output: str) -> list[dict[str, Any]]:
    """A function call and its output as two items of the Responses format."""
    return [
        {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments},
        {"type": "function_call_output", "call_id": call_id, "output": output},
    ]
