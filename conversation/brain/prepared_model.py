"""A model that has its whole response before it streams it, as one without a language model has."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator

from agents.items import ModelResponse, TResponseStreamEvent
from agents.usage import Usage

from conversation.brain import stream
from conversation.model_request import ModelRequest, RequestModel


class PreparedModel(RequestModel):
    """Text sentence by sentence, then at most one call; both ways of asking give the same."""

    @abstractmethod
    async def prepare(self, request: ModelRequest) -> tuple[str, list[stream.Item]]:
        """The id of the response and its items. Raises EngineUnavailable when no engine can rank the words."""

    async def respond(self, request: ModelRequest) -> ModelResponse:
        """One response as a whole; see ``stream``."""
        response_id, items = await self.prepare(request)
        return ModelResponse(output=list(items), usage=Usage(requests=1), response_id=response_id)

    async def stream(self, request: ModelRequest) -> AsyncIterator[TResponseStreamEvent]:
        """One response as stream events. Raises EngineUnavailable when no engine can rank the utterance."""
        response_id, items = await self.prepare(request)
        for event in stream.events(response_id, items):
            yield event
