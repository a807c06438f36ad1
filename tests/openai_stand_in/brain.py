"""The scripted brain of the stand-in: what it answers to a request of the Responses or the Chat Completions API."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

Item = ResponseOutputMessage | ResponseFunctionToolCall
Request = dict[str, Any]
Answer = Callable[[Request], Sequence[Item]]

_serial = itertools.count(1)


def says(text: str) -> ResponseOutputMessage:
    """An assistant message."""
    part = ResponseOutputText(type="output_text", text=text, annotations=[], logprobs=[])
    return ResponseOutputMessage(
        id=f"msg_{next(_serial):08x}", type="message", role="assistant", status="completed", content=[part]
    )


def calls(name: str, call_id: str = "", /, **arguments: Any) -> ResponseFunctionToolCall:
    """A function call."""
    number = next(_serial)
    return ResponseFunctionToolCall(
        id=f"fc_{number:08x}",
        call_id=call_id or f"call_{number:08x}",
        name=name,
        arguments=json.dumps(arguments),
        type="function_call",
        status="completed",
    )


@dataclass
class ScriptedBrain:
    """Answers with the steps of its script, then with ``otherwise``. Keeps every request.

    ``latency_s`` passes before an answer begins. A request that is repeated after a failed answer gets the same answer
    again: a step is used up when it was sent as a whole.
    """

    otherwise: Answer = lambda _request: [says("All right.")]
    steps: deque[Sequence[Item] | Answer] = field(default_factory=deque[Sequence[Item] | Answer])
    asked: list[Request] = field(default_factory=list[Request])
    sent_at: list[float] = field(default_factory=list[float])
    latency_s: float = 0.0

    def will(self, *steps: Sequence[Item] | Answer | Item) -> None:
        """Add steps; one item alone is a step of its own."""
        self.steps.extend([step] if isinstance(step, Item) else step for step in steps)

    def answer(self, request: Request) -> Sequence[Item]:
        """What to answer; ``sent`` has to follow when it was."""
        self.asked.append(request)
        step = self.steps[0] if self.steps else self.otherwise
        return step(request) if callable(step) else step

    def sent(self) -> None:
        """The answer went out as a whole."""
        self.sent_at.append(time.monotonic())
        if self.steps:
            self.steps.popleft()


def last_user_text(request: Request) -> str:
    """The latest words of the user in a request of either API."""
    items = request.get("input") or request.get("messages") or []
    if isinstance(items, str):
        return items
    for item in reversed(items):
        if item.get("role") == "user":
            content = item.get("content")
            if isinstance(content, str):
                return content
            return " ".join(str(part.get("text") or part.get("transcript") or "") for part in content or ())
    return ""
