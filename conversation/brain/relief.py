"""The local brain in the middle of another model's turn: goes on from the calls that were made, and repeats none.

What was written is told, never done again; what is left of the request is done when nothing was written yet, else the
user is asked first. What was only read may be read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, cast

from conversation.brain.course import Step
from conversation.brain.dialogue import Dialogue
from conversation.brain.frames import FRAMES
from conversation.brain.results import Outcome, read_outcome
from conversation.brain.state import DialogueState, Frame


@dataclass(frozen=True, slots=True)
class Made:
    """A call of another model's, and what came of it."""

    tool: str
    arguments: str
    call_id: str
    outcome: Outcome

    @property
    def changes(self) -> bool:
        """Whether it can have changed something."""
        return self.tool not in FRAMES or FRAMES[self.tool].changes

    @property
    def wrote(self) -> bool:
        """Whether it has changed something, or may have."""
        return self.changes and (self.outcome.ok or self.outcome.error == "unavailable")


def calls_made(items: Sequence[Mapping[str, Any]]) -> list[Made]:
    """The calls among ``items`` (Responses format) that have come back."""
    outputs = {item.get("call_id"): item for item in items if item.get("type") == "function_call_output"}
    return [
        Made(
            str(item.get("name")),
            str(item.get("arguments") or ""),
            str(item["call_id"]),
            read_outcome(outputs[item["call_id"]].get("output")),
        )
        for item in items
        if item.get("type") == "function_call" and item.get("call_id") in outputs
    ]


async def step_in(dialogue: Dialogue, text: str, made: Sequence[Made], offered: Set[str]) -> Step:
    """The next step of the turn that ``text`` began. Raises EngineUnavailable when nothing can rank it."""
    tools = {each.tool for each in made}
    wrote = any(each.wrote for each in made)
    trial = dialogue.as_before(DialogueState.from_json(dialogue.state.to_json()))
    first = await trial.user_turn(text, offered)
    planned = [*([first.call] if first.call is not None else []), *trial.state.queue]
    left = [frame for frame in planned if frame.tool not in tools]
    if not wrote and (left or trial.state.frame is not None):
        return await dialogue.user_turn(text, offered)
    return _told(dialogue, text, made, left if wrote else [], offered)


def forget_open(state: DialogueState) -> None:
    """Another model has answered: what this brain had asked or put off is no longer open."""
    state.frame = state.running = None
    state.queue, state.offer, state.suspended = [], [], []


def _told(dialogue: Dialogue, text: str, made: Sequence[Made], left: list[Frame], offered: Set[str]) -> Step:
    """Tell what was written, or else what was read last."""
    state = dialogue.state
    forget_open(state)
    state.turn += 1
    telling = [each for each in made if each.changes] or list(made[-1:])
    said: list[str] = []
    step = Step("")
    for each in made:
        state.running = _frame(each, text)
        if each not in telling:
            dialogue.absorb(each.outcome)
            continue
        if each is telling[-1]:
            state.queue = [_asked_first(frame) for frame in left]
        step = dialogue.tool_result(each.outcome, offered)
        if step.text and each is not telling[-1]:
            said.append(step.text)
    return Step(" ".join([*said, step.text]).strip(), step.call)


def _asked_first(frame: Frame) -> Frame:
    frame.ask_first = frame.ask_first or FRAMES[frame.tool].changes
    return frame


def _frame(made: Made, text: str) -> Frame | None:
    """The other model's call as a request of this brain's; None for a tool that it does not know."""
    if made.tool not in FRAMES:
        return None
    try:
        body: Any = json.loads(made.arguments or "{}")
    except ValueError:
        body = {}
    slots = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    given = {name: str(value) for name, value in slots.items() if value is not None}
    return Frame(made.tool, given, text, call_id=made.call_id)
