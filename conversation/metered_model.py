"""A model that can be changed in mid-conversation, and whose tokens are counted, also those of broken-off answers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from agents.items import ModelResponse, TResponseStreamEvent
from agents.models.interface import Model
from agents.tool import FunctionTool
from openai.types.responses import ResponseUsage

from conversation.model_request import ModelRequest, RequestModel
from conversation.usage import Amounts, Meter, tokens_of


class MeteredModel(RequestModel):
    """A model that reports what it uses.

    Args:
        make: Makes the model of a name.
        name: The model that answers unless another is asked for.
        meter: Of this conversation.
    """

    def __init__(self, make: Callable[[str], Model], name: str, meter: Meter) -> None:
        self._make = make
        self._usual = self._name = name
        self._inner = make(name)
        self._meter = meter

    def use(self, name: str | None) -> None:
        """Answer with this model from the next response on; None for the usual one."""
        name = name or self._usual
        if name != self._name:
            self._name, self._inner = name, self._make(name)

    async def respond(self, request: ModelRequest) -> ModelResponse:
        """One response as a whole."""
        name = self._name
        response = await request.response_of(self._inner)
        used = response.usage
        if used.total_tokens:
            cached = used.input_tokens_details.cached_tokens
            self._meter.add(name, Amounts(1, 0, used.input_tokens, cached, used.output_tokens))
        else:
            letters = sum(len(json.dumps(each.model_dump())) for each in response.output)
            self._estimate(name, request, letters)
        return response

    async def stream(self, request: ModelRequest) -> AsyncIterator[TResponseStreamEvent]:
        """One response as it comes. What is broken off before its end was paid for, too."""
        usage: ResponseUsage | None = None
        began, letters = False, 0
        name = self._name
        try:
            async with contextlib.aclosing(request.events_of(self._inner)) as events:
                async for event in events:
                    began = True
                    letters += len(cast("Any", event).delta) if event.type.endswith(".delta") else 0
                    if event.type == "response.completed" or event.type == "response.incomplete":
                        usage = event.response.usage
                    yield event
        finally:
            if usage is not None and usage.total_tokens:
                cached = usage.input_tokens_details.cached_tokens
                self._meter.add(name, Amounts(1, 0, usage.input_tokens, cached, usage.output_tokens))
            elif began:
                self._estimate(name, request, letters)

    def _estimate(self, name: str, request: ModelRequest, letters: int) -> None:
        source = request.source
        asked = len(request.instructions or "") + len(
            source if isinstance(source, str) else json.dumps(source, default=str)
        )
        asked += sum(
            len(each.description) + len(json.dumps(each.params_json_schema))
            for each in request.tools
            if isinstance(each, FunctionTool)
        )
        self._meter.add(name, Amounts(1, 1, tokens_of(asked), 0, tokens_of(letters)))
