"""The client sends the same request as OpenAI's own, without walking through it."""

from __future__ import annotations

import json
from typing import Any

import httpx2 as httpx
import pytest
from openai import AsyncOpenAI

from conversation.openai_client import LeanOpenAI

MESSAGES: list[Any] = [
    {"role": "user", "content": "What time is it?"},
    {"role": "assistant", "content": "Ten."},
]
TOOL: Any = {
    "type": "function",
    "name": "search",
    "description": "Finds",
    "parameters": {
        "type": "object",
        "properties": {"query": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    },
    "strict": True,
}


def _client(kind: type[AsyncOpenAI], sent: list[dict[str, Any]]) -> AsyncOpenAI:
    def answer(request: httpx.Request) -> httpx.Response:
        sent.append({"path": request.url.path, "body": json.loads(request.content)})
        return httpx.Response(200, json={"id": "x", "object": "response", "output": [], "choices": []})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return kind(api_key="none", base_url="http://nowhere/v1", http_client=http)


async def _ask(client: AsyncOpenAI) -> None:
    extra: dict[str, Any] = {"seed": 3}
    await client.responses.create(
        model="m", input=MESSAGES, tools=[TOOL], temperature=0.3, instructions="Be brief.", extra_body=extra
    )
    await client.responses.create(model="m", input="plain words", include=["message.output_text.logprobs"])
    async with client.responses.with_streaming_response.create(
        model="m", input=MESSAGES, tools=[TOOL]
    ) as answer:
        await answer.read()
    chat_tool: Any = {"type": "function", "function": {"name": "search", "parameters": TOOL["parameters"]}}
    await client.chat.completions.create(model="m", messages=MESSAGES, tools=[chat_tool], temperature=0.0)
    await client.chat.completions.create(model="m", messages=MESSAGES)


@pytest.mark.parametrize("copied", [False, True])
async def test_the_requests_are_the_same(copied: bool) -> None:
    sent: dict[type[AsyncOpenAI], list[dict[str, Any]]] = {AsyncOpenAI: [], LeanOpenAI: []}
    for kind, requests in sent.items():
        client = _client(kind, requests)
        await _ask(client.with_options(max_retries=0) if copied else client)
    assert len(sent[LeanOpenAI]) == 5
    assert sent[LeanOpenAI] == sent[AsyncOpenAI]


async def test_what_the_caller_adds_himself_wins() -> None:
    sent: list[dict[str, Any]] = []
    await _client(LeanOpenAI, sent).responses.create(model="m", input=MESSAGES, extra_body={"input": "other"})
    assert sent[0]["body"] == {"model": "m", "input": "other"}
