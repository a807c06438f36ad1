"""Turns a step of the dialogue into what the Agents SDK expects of a model: response items and stream events.

Pure construction. Text goes out one sentence a delta, so that speech can start with the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseCreatedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
    ResponseUsage,
)
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from conversation.brain.limits import sentences

MODEL_NAME = "hero365-local"

Item = ResponseOutputMessage | ResponseFunctionToolCall


def message(item_id: str, text: str) -> ResponseOutputMessage:
    """An assistant message."""
    part = ResponseOutputText(type="output_text", text=text, annotations=[], logprobs=[])
    return ResponseOutputMessage(
        id=item_id, type="message", role="assistant", status="completed", content=[part]
    )


def function_call(item_id: str, call_id: str, name: str, arguments: str) -> ResponseFunctionToolCall:
    """A function call; ``arguments`` is a JSON object."""
    return ResponseFunctionToolCall(
        id=item_id, call_id=call_id, name=name, arguments=arguments, type="function_call", status="completed"
    )


def deltas(text: str) -> list[str]:
    """``text`` cut into its sentences; joined they are the text again, up to blanks between sentences."""
    parts = sentences(text)
    joined = [f"{part} " for part in parts[:-1]] + parts[-1:]
    if joined and text.endswith(" "):
        joined[-1] += " "
    return joined


def response(response_id: str, items: list[Item]) -> Response:
    """The finished response. No tokens are counted: the local brain reads none."""
    usage = ResponseUsage(
        input_tokens=0,
        output_tokens=0,
        total_tokens=0,
        input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
        output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
    )
    return Response(
        id=response_id,
        created_at=0,
        model=MODEL_NAME,
        object="response",
        output=list(items),
        tool_choice="auto",
        tools=[],
        parallel_tool_calls=False,
        status="completed",
        usage=usage,
    )


def events(response_id: str, items: list[Item]) -> Iterator[TResponseStreamEvent]:
    """The stream of a response, in the order in which the Responses API sends it."""
    finished = response(response_id, items)
    opened = finished.model_copy(update={"output": [], "status": "in_progress", "usage": None})
    number = 0
    yield ResponseCreatedEvent(type="response.created", response=opened, sequence_number=number)
    for index, item in enumerate(items):
        for event in _item_events(item, index):
            number += 1
            event.sequence_number = number
            yield event
    yield ResponseCompletedEvent(type="response.completed", response=finished, sequence_number=number + 1)


def _item_events(item: Item, index: int) -> Iterator[TResponseStreamEvent]:
    empty = (
        item.model_copy(update={"content": [], "status": "in_progress"})
        if isinstance(item, ResponseOutputMessage)
        else item.model_copy(update={"arguments": "", "status": "in_progress"})
    )
    yield ResponseOutputItemAddedEvent(
        type="response.output_item.added", item=empty, output_index=index, sequence_number=0
    )
    if isinstance(item, ResponseOutputMessage):
        yield from _text_events(item, index)
    yield ResponseOutputItemDoneEvent(
        type="response.output_item.done", item=item, output_index=index, sequence_number=0
    )


def _text_events(item: ResponseOutputMessage, index: int) -> Iterator[TResponseStreamEvent]:
    part = item.content[0]
    if not isinstance(part, ResponseOutputText):
        return
    yield ResponseContentPartAddedEvent(
        type="response.content_part.added",
        part=part.model_copy(update={"text": ""}),
        item_id=item.id,
        output_index=index,
        content_index=0,
        sequence_number=0,
    )
    for delta in deltas(part.text):
        yield ResponseTextDeltaEvent(
            type="response.output_text.delta",
            delta=delta,
            logprobs=[],
            item_id=item.id,
            output_index=index,
            content_index=0,
            sequence_number=0,
        )
    yield ResponseTextDoneEvent(
        type="response.output_text.done",
        text=part.text,
        logprobs=[],
        item_id=item.id,
        output_index=index,
        content_index=0,
        sequence_number=0,
    )
    yield ResponseContentPartDoneEvent(
        type="response.content_part.done",
        part=part,
        item_id=item.id,
        output_index=index,
        content_index=0,
        sequence_number=0,
    )
