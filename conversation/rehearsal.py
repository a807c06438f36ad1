"""One conversation with OpenAI that never leaves the process: it loads and builds what the first real one would.

The package compiles validators for what it reads when it reads it first, and so does the Agents SDK: 9 MB in every
session that talks. Rehearsed before a fork, no session pays for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import httpx2
from agents import Agent, FunctionTool, RunConfig, Runner
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from agents.tool_context import ToolContext
from openai import DefaultAsyncHttpxClient

from conversation.brain.stream import Item, events, function_call, message
from conversation.openai_client import LeanOpenAI, tls
from conversation.openai_speech import OpenAIRecogniser, OpenAIVoice
from conversation.usage import Meter

_PCM = bytes(3200)
_rehearsed: set[str] = set()


class Stage:
    """Answers as OpenAI would: first a call of the tool, then words."""

    def __init__(self) -> None:
        self._steps: list[Item] = [
            function_call("fc_1", "call_1", "nothing", "{}"),
            message("msg_1", "All is ready. Good luck."),
        ]

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """The answer to a request."""
        if request.url.path.endswith("/speech"):
            return httpx2.Response(200, content=_PCM, headers={"content-type": "audio/pcm"})
        if request.url.path.endswith("/transcriptions"):
            return httpx2.Response(200, json={"text": "Are you ready?"})
        step = self._steps.pop(0)
        streamed = _chat([step]) if request.url.path.endswith("/completions") else _responses([step])
        return httpx2.Response(200, content=streamed, headers={"content-type": "text/event-stream"})


def _responses(items: Sequence[Item]) -> bytes:
    return b"".join(
        f"event: {event.type}\ndata: {event.model_dump_json(by_alias=True)}\n\n".encode()
        for event in events("resp_1", list(items))
    )


def _chat(items: Sequence[Item]) -> bytes:
    (item,) = items
    call = '{"index":0,"id":"call_1","type":"function","function":{"name":"nothing","arguments":"{}"}}'
    delta = f'"tool_calls":[{call}]' if item.type == "function_call" else '"content":"All is ready."'
    head = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    chunks = (
        f'{head}[{{"index":0,"delta":{{{delta}}}}}]}}',
        f'{head}[{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}',
    )
    return "".join(f"data: {chunk}\n\n" for chunk in (*chunks, "[DONE]")).encode()


async def rehearse(api: str) -> None:
    """Hear, think, call a tool, answer and speak, by ``api`` ("responses" or "chat"); once in a process."""
    if api in _rehearsed:
        return
    _rehearsed.add(api)
    import_module("conversation.realtime.wiring")
    tls()
    stage = DefaultAsyncHttpxClient(transport=httpx2.MockTransport(Stage()))
    async with LeanOpenAI(
        api_key="none", base_url="http://rehearsal.invalid/v1", http_client=stage
    ) as client:
        meter = Meter()
        await OpenAIRecogniser(client, "whisper-1", "en", meter).recognise(_PCM)
        kind = OpenAIChatCompletionsModel if api == "chat" else OpenAIResponsesModel
        agent: Agent[Any] = Agent(
            name="rehearsal", model=kind(model="m", openai_client=client), tools=[_nothing()]
        )
        result = Runner.run_streamed(agent, "Are you ready?", run_config=RunConfig(tracing_disabled=True))
        async for _event in result.stream_events():
            pass
        async for _chunk in OpenAIVoice(client, "m", meter).speak("All is ready.", voice="a", speed=1.0):
            pass


def _nothing() -> FunctionTool:
    async def nothing(_context: ToolContext[Any], _arguments: str) -> str:
        return "{}"

    return FunctionTool("nothing", "Does nothing.", {"type": "object", "properties": {}}, nothing, False)
