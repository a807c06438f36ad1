"""The rehearsal goes through everything that a real conversation with OpenAI does, and asks nobody."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from conversation import rehearsal
from conversation.rehearsal import Stage, rehearse


@pytest.mark.parametrize(
    ("api", "thinks"), [("responses", "/v1/responses"), ("chat", "/v1/chat/completions")]
)
async def test_everything_is_asked_once(api: str, thinks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    class Watched(Stage):
        def __call__(self, request: httpx2.Request) -> httpx2.Response:
            body = (
                json.loads(request.content) if request.headers["content-type"] == "application/json" else None
            )
            asked.append((request.url.path, body))
            return super().__call__(request)

    monkeypatch.setattr(rehearsal, "Stage", Watched)
    monkeypatch.setattr(rehearsal, "_rehearsed", set())
    await rehearse(api)
    assert [path for path, _ in asked] == ["/v1/audio/transcriptions", thinks, thinks, "/v1/audio/speech"]
    assert "call_1" in json.dumps(asked[2][1]), "the tool was called and its result given"
    await rehearse(api)
    assert len(asked) == 4, "once in a process"
