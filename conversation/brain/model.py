"""The local brain: a model of the Agents SDK that needs no key and no network.

One instance a session. It understands requests for the tools it is given, fills their parameters over several turns and
speaks their results. It never runs a tool itself and never says that something was done that no tool has confirmed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from agents.items import TResponseInputItem
from agents.tool import FunctionTool

from conversation.brain import completeness, relief, replies, stream
from conversation.brain.answers import Answer, classify_answer
from conversation.brain.dialogue import Dialogue, Step
from conversation.brain.doubts import Hearings, doubtful, other_readings, writes
from conversation.brain.frames import FRAMES
from conversation.brain.limits import limit_words, reply_limit
from conversation.brain.prepared_model import PreparedModel
from conversation.brain.results import read_outcome
from conversation.brain.state import DialogueState, Frame
from conversation.model_request import ModelRequest
from conversation.providers import Understanding


@dataclass(frozen=True, slots=True)
class _Input:
    """The end of the input: the last user message, and what came before and after it."""

    text: str
    before: tuple[Mapping[str, Any], ...]
    after: tuple[Mapping[str, Any], ...]


class LocalBrain(PreparedModel):
    """Agents SDK model without a language model.

    Attributes:
        is_driving: Replies of at most 20 words, nothing with more than one open question.
        safety_mode: Replies of at most 50 words.
        hearings: How the utterances of the user were heard; what is not in it was typed.
    """

    def __init__(
        self,
        understanding: Understanding,
        *,
        clock: Callable[[], datetime],
        timezone: ZoneInfo,
        state: DialogueState | None = None,
    ) -> None:
        """Take the ranking of tools, a clock of aware times, the business time zone and, when restored, the state."""
        self._dialogue = Dialogue(state or DialogueState(), understanding, clock, timezone)
        self._before_turn = self._dialogue.state.to_json()
        self._offered = frozenset(FRAMES)
        self.safety_mode = False
        self.hearings = Hearings()

    @property
    def is_driving(self) -> bool:
        """Whether the user is driving."""
        return self._dialogue.is_driving

    @is_driving.setter
    def is_driving(self, value: bool) -> None:
        self._dialogue.is_driving = value

    @property
    def state(self) -> DialogueState:
        """The memory of the conversation; checkpoint it with ``to_json``, set it to restore."""
        return self._dialogue.state

    @state.setter
    def state(self, state: DialogueState) -> None:
        self._dialogue.state = state
        self._before_turn = state.to_json()

    @property
    def focus(self) -> dict[str, str]:
        """What "it" and "the second one" mean now, for ``ToolCall.focus``."""
        return dict(self._dialogue.state.focus)

    @property
    def parts_left(self) -> int:
        """How many parts of the request that is being answered are still to be done."""
        return len(self.state.queue) + (self.state.running is not None)

    def begin_turn(self) -> None:
        """A turn of the user begins: ``withdraw_turn`` goes back to here.

        To be called before the SDK runs: a yes or no to a read-back resumes its run and never comes here as words.
        """
        self._before_turn = self.state.to_json()

    def withdraw_turn(self) -> None:
        """Forget the last user turn, which turned out to be only the beginning of an utterance."""
        self._dialogue.state = DialogueState.from_json(self._before_turn)

    def answered_elsewhere(self, source: str | list[TResponseInputItem], said: str) -> None:
        """Another model has answered: keep up with what is spoken of, so that this one can step in."""
        relief.forget_open(self.state)
        self.state.said = said or self.state.said
        for made in relief.calls_made(_read_input(source).after):
            self.state.remember(made.outcome.focus)

    async def completeness(self, text: str) -> completeness.Completeness:
        """Whether ``text`` is a whole request now. Changes nothing. Raises EngineUnavailable."""
        return await completeness.judge(self._dialogue, text, self._offered)

    # --- one response -----------------------------------------------------------------------------------

    async def prepare(self, request: ModelRequest) -> tuple[str, list[stream.Item]]:
        """Take the user's words or a tool's result. Raises EngineUnavailable when no engine can rank the words."""
        schemas = {
            tool.name: tool.params_json_schema for tool in request.tools if isinstance(tool, FunctionTool)
        }
        offered = self._offered = frozenset(schemas) & frozenset(FRAMES)
        given = _read_input(request.source)
        output = _last_output(given.after)
        if output is None:
            self._catch_up(given)
            before = self.state.to_json()
            step = await self._dialogue.user_turn(given.text, offered)
            step = await self._asked_about(step, given.text, before, offered)
        elif self.state.running is not None and self.state.running.call_id == output.get("call_id"):
            step = self._dialogue.tool_result(read_outcome(output.get("output")), offered)
        else:
            self._catch_up(given)
            made = relief.calls_made(given.after)
            step = await relief.step_in(self._dialogue, given.text, made, offered)
        return self._items(step, schemas)

    async def _asked_about(self, step: Step, text: str, before: str, offered: frozenset[str]) -> Step:
        """The step, or a question in its place when the words that lead to a write may have been others.

        ``before`` is the state that the words met.
        """
        heard = self.hearings.of(text)
        meant = (
            writes(step, self.state) if heard is not None and classify_answer(text) is not Answer.YES else []
        )
        if heard is None or not meant:
            return step
        others: list[list[Frame]] = []
        for reading in other_readings(heard):
            other = self._dialogue.as_before(DialogueState.from_json(before))
            others.append(writes(await other.user_turn(reading, offered), other.state))
        asked = doubtful(meant, others, heard.confidence, in_doubt=bool(heard.alternatives))
        return self._dialogue.ask_first(step, asked)

    def _catch_up(self, given: _Input) -> None:
        """A call that was interrupted or not confirmed has its output in the history, before the new message."""
        running = self.state.running
        if running is None:
            return
        outputs = [item for item in given.before if item.get("type") == "function_call_output"]
        output = next((item for item in reversed(outputs) if item.get("call_id") == running.call_id), None)
        self._dialogue.absorb(read_outcome(output.get("output") if output else None))

    def _items(self, step: Step, schemas: Mapping[str, Mapping[str, Any]]) -> tuple[str, list[stream.Item]]:
        state = self.state
        state.calls += 1
        serial = f"{state.turn}_{state.calls}"
        items: list[stream.Item] = []
        text = self._text(step)
        if text:
            state.said = state.said if step.passing else text
            # What is said before a call is followed by what is said after it.
            items.append(stream.message(f"msg_{serial}", f"{text} " if step.call else text))
        if step.call is not None:
            step.call.call_id = f"call_{serial}"
            step.call.asking = None
            state.running = step.call
            arguments = _arguments(step.call.slots, schemas.get(step.call.tool, {}))
            items.append(stream.function_call(f"fc_{serial}", step.call.call_id, step.call.tool, arguments))
        return f"resp_{serial}", items

    def _text(self, step: Step) -> str:
        """What is said; at the end of an answer also that the end of the request was not understood."""
        limit = reply_limit(self.is_driving, self.safety_mode)
        if not self.state.missed or step.call is not None or not step.text:
            return limit_words(step.text, limit)
        self.state.missed = False
        text = limit_words(step.text, limit and limit - len(replies.MISSED.split()))
        return f"{replies.MISSED} {text}" if text.endswith("?") else f"{text} {replies.MISSED}"


def _arguments(slots: Mapping[str, str], schema: Mapping[str, Any]) -> str:
    """The parameters as JSON: only those that the tool has, numbers where its schema wants numbers only."""
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties") or {})
    body: dict[str, Any] = {}
    for name, value in slots.items():
        if properties and name not in properties:
            continue
        kind = properties.get(name, {}).get("type")
        body[name] = _number(value) if kind in {"integer", "number"} else value
    return json.dumps(body, ensure_ascii=False)


def _number(text: str) -> int | float | str:
    """The number in ``text``; a text that holds none is left to the tool's own validation."""
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _read_input(source: str | list[TResponseInputItem]) -> _Input:
    if isinstance(source, str):
        return _Input(source, (), ())
    items = [cast("Mapping[str, Any]", item) for item in source]
    users = [index for index, item in enumerate(items) if item.get("role") == "user"]
    if not users:
        return _Input("", tuple(items), ())
    last = users[-1]
    return _Input(_text_of(items[last].get("content")), tuple(items[:last]), tuple(items[last + 1 :]))


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [
        cast("Mapping[str, Any]", part) for part in cast("list[Any]", content) if isinstance(part, Mapping)
    ]
    return " ".join(str(part["text"]) for part in parts if part.get("text")).strip()


def _last_output(items: tuple[Mapping[str, Any], ...]) -> Mapping[str, Any] | None:
    """The newest function output when the model is asked to go on from it."""
    for item in reversed(items):
        if item.get("type") == "function_call_output":
            return item
        if item.get("role") == "user":
            return None
    return None
