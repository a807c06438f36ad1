"""Thinks with the provider's model, and with the local brain when the provider does not answer as it should.

It stands where the Agents SDK asks for one response, so what was done before in the turn is in the input and stays
done: an attempt that failed has made no call, since calls begin when a response is complete. What it has said is not
said again. It runs no tool.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from agents.models.interface import Model
from openai.types.responses import (
    Response,
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseTextDeltaEvent,
)

from conversation.brain import stream
from conversation.brain.model import LocalBrain
from conversation.brain.replies import is_lost
from conversation.fallback.circuits import TRIES, Circuits, Part
from conversation.fallback.failures import BrokenAnswer
from conversation.fallback.patience import in_time
from conversation.model_request import ModelRequest, RequestModel
from media.sentences import SentenceSplitter

#: Said before the local brain answers what the provider's model had begun to.
AGAIN: Final = "Let me start again."
#: Said, once an outage, when the local brain does not understand what the provider's model might have.
PLAIN_ONLY: Final = "For the moment I can only follow plain requests."
_GO_ON: Final = "Your answer was cut off after these words. Go on from there; repeat nothing of it."
_BEGINNINGS: Final = frozenset(
    {"response.output_text.delta", "response.output_item.added", "response.completed"}
)
_FAILED: Final = frozenset({"response.failed", "response.incomplete", "error"})


@dataclass(slots=True)
class _Said:
    """What the attempts at one response have given to be said."""

    sentences: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


class FallbackModel(RequestModel):
    """A model over two. ``equip`` it before use.

    Args:
        remote: The provider's model.
        circuits: Of this conversation.
    """

    def __init__(self, remote: Model, circuits: Circuits) -> None:
        self._remote = remote
        self._circuits = circuits
        self._local: Model | None = None
        self._brain: LocalBrain | None = None
        self._told = False

    def equip(self, brain: LocalBrain, local: Model) -> None:
        """Give it the local brain, and the model that is made of it for the agents at hand."""
        self._brain, self._local = brain, local

    def begin_turn(self) -> None:
        """The user has said something."""
        self._circuits.begin_turn()

    async def respond(self, request: ModelRequest) -> ModelResponse:
        """One response of the provider's model as a whole, for work beside the conversation: nobody steps in."""
        return await request.response_of(self._remote)

    async def stream(self, request: ModelRequest) -> AsyncIterator[TResponseStreamEvent]:
        """One response: text by the sentence, then the whole. Raises EngineUnavailable when neither can think."""
        said = _Said()
        circuit = self._circuits[Part.THINKING]
        for _ in range(0 if self._circuits.is_local(Part.THINKING) else TRIES):
            attempt = circuit.begin()
            if attempt is None:
                break
            try:
                async with contextlib.aclosing(self._remotely(request, said)) as events:
                    async for event in events:
                        if event.type == "response.completed":
                            circuit.succeeded(attempt)
                            self._answered(request, said)
                        yield event
                return
            except (GeneratorExit, asyncio.CancelledError):
                circuit.abandoned(attempt)
                raise
            except Exception as error:  # whatever a provider does wrong, the user is answered
                if not circuit.failed(attempt, error).may_try_again:
                    break
        self._circuits.fall_back(Part.THINKING)
        circuit.on_local(Part.THINKING)
        for event in await self._locally(request, said):
            yield event

    @property
    def _counts_words(self) -> bool:
        """Whether a sentence is shortened as a whole, and so must stay one."""
        return self._brain is not None and (self._brain.is_driving or self._brain.safety_mode)

    def _answered(self, request: ModelRequest, said: _Said) -> None:
        self._told = False
        if self._brain is not None:
            self._brain.answered_elsewhere(request.source, said.text)

    # --- the provider's model

    async def _remotely(self, request: ModelRequest, said: _Said) -> AsyncGenerator[TResponseStreamEvent]:
        """One attempt. Text goes out when it is surely to be said, so that a broken end is not."""
        before = said.text
        splitter = SentenceSplitter(early_clause=not before and not self._counts_words)
        items: list[ResponseOutputItem] = []
        delta: ResponseTextDeltaEvent | None = None
        async for event in self._events(request, before):
            if event.type == "response.output_text.delta":
                delta = event
                for sentence in splitter.push(event.delta):
                    said.sentences.append(sentence)
                    yield _saying(delta, sentence)
            elif event.type == "response.output_item.done":
                items.append(event.item)
            elif event.type in _FAILED:
                raise BrokenAnswer(event.type)
            elif event.type == "response.completed":
                response = event.response
                response.output = response.output or items
                _check(response, request, has_text=bool(said.sentences) or delta is not None)
                for sentence in splitter.flush() if delta is not None else []:
                    said.sentences.append(sentence)
                    yield _saying(cast("ResponseTextDeltaEvent", delta), sentence)
                if before:
                    response.output.insert(0, stream.message(f"msg_before_{response.id}", before))
                yield event
                return
        raise BrokenAnswer("the stream ended early")

    async def _events(self, request: ModelRequest, before: str) -> AsyncGenerator[TResponseStreamEvent]:
        times = self._circuits.settings
        answer = replace(request, source=_after(request.source, before)).events_of(self._remote)
        patient = in_time(
            answer, times.thinking_timeout_s, times.thinking_gap_s, lambda event: event.type in _BEGINNINGS
        )
        async with contextlib.aclosing(patient) as events:
            async for event in events:
                yield event

    # --- the local brain

    async def _locally(self, request: ModelRequest, said: _Said) -> list[TResponseStreamEvent]:
        if self._local is None:
            raise RuntimeError("a fallback model has to be equipped")
        response = await request.response_of(self._local)
        items = [item for item in response.output if isinstance(item, stream.Item)]
        preface = [AGAIN] if said.sentences else []
        if not self._told and any(
            isinstance(item, ResponseOutputMessage) and _is_lost(item) for item in items
        ):
            self._told = True
            preface.append(PLAIN_ONLY)
        if preface:
            text = " ".join(preface) + " "
            items.insert(0, stream.message(f"msg_preface_{response.response_id}", text))
        return list(stream.events(response.response_id or "resp_local", items))


def _after(source: str | list[TResponseInputItem], said: str) -> str | list[TResponseInputItem]:
    """The input for another attempt, when ``said`` has been said already."""
    if not said:
        return source
    items: list[Any] = [{"role": "user", "content": source}] if isinstance(source, str) else list(source)
    items.append({"role": "assistant", "content": said})
    items.append({"role": "developer", "content": _GO_ON})
    return cast("list[TResponseInputItem]", items)


def _saying(delta: ResponseTextDeltaEvent, sentence: str) -> ResponseTextDeltaEvent:
    """The end of the line makes sure that it is said at once."""
    return delta.model_copy(update={"delta": f"{sentence}\n"})


def _check(response: Response, request: ModelRequest, *, has_text: bool) -> None:
    """Raises BrokenAnswer for a response that neither says nor does anything, or calls what there is not."""
    calls = [item.name for item in response.output if isinstance(item, ResponseFunctionToolCall)]
    callable_names = {tool.name for tool in request.tools} | {each.tool_name for each in request.handoffs}
    if not calls and not has_text:
        raise BrokenAnswer("an empty answer")
    if unknown := set(calls) - callable_names:
        raise BrokenAnswer(f"calls of {len(unknown)} tools that there are not")


def _is_lost(item: ResponseOutputMessage) -> bool:
    return is_lost("".join(getattr(part, "text", "") for part in item.content))
