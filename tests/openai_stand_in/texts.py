"""The Responses and Chat Completions endpoints of the stand-in: a script's items as checked streams."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseFunctionToolCall, ResponseStreamEvent, ResponseUsage
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails
from pydantic import TypeAdapter
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse

from conversation.brain.stream import events, response
from tests.openai_stand_in.brain import Item, ScriptedBrain
from tests.openai_stand_in.faults import ConnectionCut, Fault, Faults, answered_at_once
from tests.support.polling import elapse

_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
_WORDS_A_DELTA = 2


class Texts:
    """Both endpoints. They count tokens as words."""

    def __init__(self, brain: ScriptedBrain, faults: Faults) -> None:
        self._brain = brain
        self._faults = faults

    async def responses(self, request: HttpRequest) -> Response:
        """POST /v1/responses."""
        fault = self._faults.of("responses")
        if (refused := await answered_at_once(fault)) is not None:
            return refused
        body: dict[str, Any] = await request.json()
        items = list(self._brain.answer(body))
        await elapse(self._brain.latency_s)
        identity = f"resp_{len(self._brain.asked):08x}"
        usage = _usage(body, items)
        if not body.get("stream"):
            self._brain.sent()
            whole = response(identity, items).model_copy(update={"usage": usage, "model": body["model"]})
            return JSONResponse(whole.model_dump(mode="json", by_alias=True))
        return StreamingResponse(self._events(identity, items, usage, fault), media_type="text/event-stream")

    async def _events(
        self, identity: str, items: list[Item], usage: ResponseUsage, fault: Fault | None
    ) -> AsyncIterator[str]:
        for number, event in enumerate(events(identity, items)):
            if fault is not None and fault.kind == "cut" and number >= fault.after:
                raise ConnectionCut
            if fault is not None and fault.kind == "malformed" and number == 1:
                yield "event: response.output_item.added\ndata: {this is no JSON\n\n"
                return
            if event.type == "response.completed":
                event.response.usage = usage
            checked = _EVENT.validate_json(event.model_dump_json(by_alias=True))
            yield f"event: {checked.type}\ndata: {checked.model_dump_json(by_alias=True)}\n\n"
        self._brain.sent()

    async def chat(self, request: HttpRequest) -> Response:
        """POST /v1/chat/completions, streamed."""
        fault = self._faults.of("chat")
        if (refused := await answered_at_once(fault)) is not None:
            return refused
        body: dict[str, Any] = await request.json()
        items = list(self._brain.answer(body))
        await elapse(self._brain.latency_s)
        return StreamingResponse(self._chunks(body, items, fault), media_type="text/event-stream")

    async def _chunks(
        self, body: dict[str, Any], items: list[Item], fault: Fault | None
    ) -> AsyncIterator[str]:
        for number, chunk in enumerate(_chunks(body["model"], items, _usage(body, items))):
            if fault is not None and fault.kind == "cut" and number >= fault.after:
                raise ConnectionCut
            if fault is not None and fault.kind == "malformed" and number == 1:
                yield "data: {this is no JSON\n\n"
                return
            checked = ChatCompletionChunk.model_validate(chunk, strict=True)
            yield f"data: {checked.model_dump_json(by_alias=True, exclude_none=True)}\n\n"
        self._brain.sent()
        yield "data: [DONE]\n\n"


def _chunks(model: str, items: Sequence[Item], usage: ResponseUsage) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    index = 0
    for item in items:
        if isinstance(item, ResponseFunctionToolCall):
            call = {
                "index": index,
                "id": item.call_id,
                "type": "function",
                "function": {"name": item.name, "arguments": item.arguments},
            }
            deltas.append({"tool_calls": [call]})
            index += 1
        else:
            words = "".join(getattr(part, "text", "") for part in item.content).split(" ")
            groups = [words[at : at + _WORDS_A_DELTA] for at in range(0, len(words), _WORDS_A_DELTA)]
            deltas += [{"content": (" " if at else "") + " ".join(group)} for at, group in enumerate(groups)]
    reason = "tool_calls" if index else "stop"
    chunks = [_chunk(model, [{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
    chunks.append(_chunk(model, [{"index": 0, "delta": {}, "finish_reason": reason}]))
    counted = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    return [*chunks, _chunk(model, []) | {"usage": counted}]


def _chunk(model: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl_1",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
        "choices": choices,
    }


def _usage(body: dict[str, Any], items: Sequence[Item]) -> ResponseUsage:
    read = len(str(body.get("input") or body.get("messages") or "").split())
    written = sum(len(item.model_dump_json().split()) for item in items)
    return ResponseUsage(
        input_tokens=read,
        output_tokens=written,
        total_tokens=read + written,
        input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
        output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
    )
