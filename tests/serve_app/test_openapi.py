"""The OpenAPI description: valid, complete, and honest about errors."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.openapi.models import OpenAPI

PREFIX = "/api/v1/voice-agent"
ROUTES = {
    ("post", "/openai/start"),
    ("post", "/openai/ticket"),
    ("post", "/openai/status"),
    ("post", "/openai/stop"),
    ("post", "/openai/config"),
    ("get", "/openai/sessions"),
    ("get", "/openai/tools"),
    ("get", "/openai/health"),
    ("post", "/openai/health"),
    ("get", "/data/{kind}.csv"),
    ("post", "/data/{kind}"),
    ("get", "/usage"),
    ("post", "/v1/realtime/client_secrets"),
    ("post", "/v1/realtime/calls"),
    *{
        ("get", f"/{book}{one}")
        for book in ("contacts", "jobs", "projects", "estimates", "invoices")
        for one in ("", "/{entity_id}")
    },
}


def described(app: FastAPI) -> dict[str, Any]:
    document = app.openapi()
    OpenAPI.model_validate(document)
    return document


def test_every_route_is_described(app: FastAPI):
    paths: dict[str, dict[str, Any]] = described(app)["paths"]
    found = {(method, path.removeprefix(PREFIX)) for path, methods in paths.items() for method in methods}
    assert found == ROUTES


def test_operation_ids_are_unique(app: FastAPI):
    paths: dict[str, dict[str, Any]] = described(app)["paths"]
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


def test_refusals_are_described_and_422_is_not_promised(app: FastAPI):
    for path, methods in described(app)["paths"].items():
        for operation in methods.values():
            assert "422" not in operation["responses"]
            if not path.endswith("/health"):
                assert {"400", "401", "403", "429", "503"} <= set(operation["responses"])
                assert operation["security"] == [{"HTTPBearer": []}]
            else:
                assert "security" not in operation


def test_options_are_described_with_what_is_allowed(app: FastAPI):
    schema = described(app)["components"]["schemas"]["StartRequest"]
    assert schema["additionalProperties"] is False
    assert {"voice", "voice_speed", "language", "temperature", "is_driving", "location"} <= set(
        schema["properties"]
    )


async def test_docs_are_served(app: FastAPI):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://voice.test") as client:
        page, document = await client.get("/docs"), await client.get("/openapi.json")
    assert "Hero365 Voice" in page.text
    assert document.json()["openapi"].startswith("3.")
