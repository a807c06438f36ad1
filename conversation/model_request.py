"""What the Agents SDK asks of a model, in one piece, and the model that takes it so.

The SDK passes a dozen arguments to two methods. Models that stand before another pass all of them on: they override
``respond`` and ``stream`` and hand the request over.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

from agents.agent_output import AgentOutputSchemaBase
from agents.handoffs import Handoff
from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from agents.model_settings import ModelSettings
from agents.models.interface import Model, ModelTracing
from agents.tool import Tool
from openai.types.responses.response_prompt_param import ResponsePromptParam


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request; the fields are the arguments of ``agents.Model.get_response``, ``options`` the keyword ones."""

    instructions: str | None
    source: str | list[TResponseInputItem]
    settings: ModelSettings
    tools: list[Tool]
    schema: AgentOutputSchemaBase | None
    handoffs: list[Handoff]
    tracing: ModelTracing
    options: dict[str, Any]

    async def response_of(self, model: Model) -> ModelResponse:
        """What ``model`` makes of it, as a whole."""
        return await model.get_response(*self._arguments, **self.options)

    def events_of(self, model: Model) -> AsyncGenerator[TResponseStreamEvent]:
        """What ``model`` makes of it, as it comes. To be closed by who asks."""
        events = model.stream_response(*self._arguments, **self.options)
        return cast("AsyncGenerator[TResponseStreamEvent]", events)

    @property
    def _arguments(self) -> tuple[Any, ...]:
        return (
            self.instructions, self.source, self.settings, self.tools, self.schema, self.handoffs, self.tracing
        )  # fmt: skip


class RequestModel(Model, ABC):
    """A model of the SDK that is asked by ``ModelRequest``."""

    @abstractmethod
    async def respond(self, request: ModelRequest) -> ModelResponse:
        """One response as a whole."""

    @abstractmethod
    def stream(self, request: ModelRequest) -> AsyncIterator[TResponseStreamEvent]:
        """One response as it comes."""

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """``respond``, as the SDK calls it."""
        options = _options(previous_response_id, conversation_id, prompt)
        return await self.respond(
            ModelRequest(
                system_instructions, input, model_settings, tools, output_schema, handoffs, tracing, options
            )
        )

    def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """``stream``, as the SDK calls it."""
        options = _options(previous_response_id, conversation_id, prompt)
        return self.stream(
            ModelRequest(
                system_instructions, input, model_settings, tools, output_schema, handoffs, tracing, options
            )
        )


def _options(
    previous_response_id: str | None, conversation_id: str | None, prompt: ResponsePromptParam | None
) -> dict[str, Any]:
    return {
        "previous_response_id": previous_response_id,
        "conversation_id": conversation_id,
        "prompt": prompt,
    }
