"""Who may call: tokens, memberships, and which business a request is about."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from config.keys import access_key, ticket_key
from config.settings import Settings
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from tests.serve_app.conftest import MARIA, NOW, ROOFS, SPRINGS, STRANGER, TOM, Clock, client_of


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    claims = {"sub": MARIA, "user_id": MARIA, "iat": now, "exp": now + 600, **changes}
    return {name: value for name, value in claims.items() if value is not None}


async def _refusal(app: FastAPI, token: str | None, **headers: str) -> tuple[int, str]:
    async with client_of(app, token, **headers) as client:
        answer = await client.get("/openai/sessions")
    return answer.status_code, answer.json().get("error", {}).get("code", "")


async def test_without_a_token(app: FastAPI):
    assert await _refusal(app, None) == (401, "token_missing")
    assert await _refusal(app, None, Authorization="Basic bWU6bWU=") == (401, "token_missing")


async def test_a_refusal_asks_for_a_bearer_token(app: FastAPI):
    async with client_of(app) as client:
        answer = await client.get("/openai/sessions")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": int(NOW.timestamp()) - 60}, "token_expired"),
        ({"iat": int(NOW.timestamp()) + 3600}, "token_invalid"),
        ({"nbf": int(NOW.timestamp()) + 3600}, "token_invalid"),
        ({"exp": None}, "token_invalid"),
        ({"iat": None}, "token_invalid"),
        ({"sub": None}, "token_invalid"),
        ({"user_id": 7}, "token_invalid"),
        ({"user_id": ""}, "token_invalid"),
        ({"current_business_id": ["x"]}, "token_invalid"),
        ({"exp": "soon"}, "token_invalid"),
    ],
)
async def test_claims_that_are_not_good(app: FastAPI, settings: Settings, changes: dict[str, Any], code: str):
    token = jwt.encode(_claims(**changes), access_key(settings), algorithm="HS256")
    assert await _refusal(app, token) == (401, code)


async def test_signatures_that_are_not_ours(app: FastAPI, settings: Settings):
    key = access_key(settings)
    good = jwt.encode(_claims(), key, algorithm="HS256")
    header, payload, signature = good.split(".")
    forged = [
        jwt.encode(_claims(), "x" * 48, algorithm="HS256"),
        jwt.encode(_claims(), ticket_key(settings), algorithm="HS256"),
        jwt.encode(_claims(), None, algorithm="none"),
        jwt.encode(_claims(), key * 2, algorithm="HS512"),
        f"{header}.{payload}.",
        f"{header}.{jwt.encode(_claims(sub='other'), key, algorithm='HS256').split('.')[1]}.{signature}",
        "not-a-token",
        "..",
    ]
    assert await _refusal(app, good) == (200, "")
    for token in forged:
        assert await _refusal(app, token) == (401, "token_invalid"), token


async def test_a_token_stops_to_work_when_it_expires(
    app: FastAPI, token_of: Callable[..., str], clock: Clock
):
    token = token_of(MARIA, ttl_s=600)
    assert await _refusal(app, token) == (200, "")
    clock.now += 600 + 31
    assert await _refusal(app, token) == (401, "token_expired")


async def test_issuer_and_audience_are_checked_when_configured(
    make_deps: Callable[..., Dependencies], settings: Settings
):
    strict = settings.model_copy(update={"jwt_issuer": "hero365", "jwt_audience": "voice"})
    app = build_app(make_deps(settings=strict))

    def token(**changes: Any) -> str:
        return jwt.encode(_claims(**changes), access_key(settings), algorithm="HS256")

    assert await _refusal(app, token(iss="hero365", aud="voice")) == (200, "")
    assert await _refusal(app, token(iss="other", aud="voice")) == (401, "token_invalid")
    assert await _refusal(app, token(iss="hero365", aud="other")) == (401, "token_invalid")
    assert await _refusal(app, token()) == (401, "token_invalid")


async def test_memberships_come_from_the_database_not_from_the_token(app: FastAPI, settings: Settings):
    claims = _claims(
        sub=STRANGER,
        user_id=STRANGER,
        current_business_id=SPRINGS,
        business_memberships=[{"business_id": SPRINGS}],
    )
    token = jwt.encode(claims, access_key(settings), algorithm="HS256")
    assert await _refusal(app, token) == (403, "not_a_member")
    assert await _refusal(app, token, **{"X-Business-ID": SPRINGS}) == (403, "not_a_member")


async def test_a_removed_member_is_out_at_once(app: FastAPI, token_of: Callable[..., str]):
    assert await _refusal(app, token_of(TOM, ROOFS)) == (403, "not_a_member")
    assert await _refusal(app, token_of(TOM)) == (200, "")


async def _business(client: httpx.AsyncClient, path: str = "/openai/start", **headers: str) -> str:
    answer = await client.post(path, headers=headers)
    return (
        answer.json()["greeting"].split(" at ")[1].split(".")[0] if answer.status_code == 200 else answer.text
    )


async def test_where_the_business_comes_from(app: FastAPI, token_of: Callable[..., str]):
    in_query, in_header = f"/openai/start?business_id={ROOFS}", {"X-Business-ID": ROOFS}
    async with client_of(app, token_of(MARIA)) as client:
        assert await _business(client) == "Springs Plumbing"  # her first membership
    async with client_of(app, token_of(MARIA, ROOFS)) as client:
        assert await _business(client) == "Rhine Roofs"
    async with client_of(app, token_of(MARIA, SPRINGS)) as client:
        assert await _business(client, **in_header) == "Rhine Roofs"
        assert await _business(client, in_query, **{"X-Business-ID": SPRINGS}) == "Rhine Roofs"
        assert "not_a_member" in await _business(client, "/openai/start?business_id=biz_none")


@dataclass
class Issuer:
    """A token issuer with a key set on a real port, and how often it was asked."""

    url: str
    keys: list[dict[str, Any]]
    asked: int = 0
    broken: bool = False


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            self.send_response(500 if state.broken else 200)
            self.end_headers()
            self.wfile.write(json.dumps({"keys": state.keys}).encode())

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Issuer(f"http://127.0.0.1:{server.server_port}/jwks.json", [])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def _asymmetric(settings: Settings, issuer: Issuer, algorithm: str) -> Settings:
    return settings.model_copy(update={"jwt_algorithm": algorithm, "jwt_jwks_url": issuer.url})


def _public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, key_id: str) -> dict[str, Any]:
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    public: dict[str, Any] = json.loads(kind.to_jwk(key.public_key()))
    return {**public, "kid": key_id, "use": "sig"}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_key_sets(
    make_deps: Callable[..., Dependencies], settings: Settings, issuer: Issuer, clock: Clock, algorithm: str
):
    def fresh() -> Any:
        rsa_kind = algorithm == "RS256"
        return rsa.generate_private_key(65537, 2048) if rsa_kind else ec.generate_private_key(ec.SECP256R1())

    key, next_key, strange_key = fresh(), fresh(), fresh()
    issuer.keys = [_public(key, "one")]
    app = build_app(make_deps(settings=_asymmetric(settings, issuer, algorithm)))

    def token(signed_with: Any, key_id: str | None) -> str:
        headers = None if key_id is None else {"kid": key_id}
        return jwt.encode(_claims(), signed_with, algorithm=algorithm, headers=headers)

    assert await _refusal(app, token(key, "one")) == (200, "")
    assert await _refusal(app, token(key, None)) == (200, "")
    assert await _refusal(app, token(strange_key, "one")) == (401, "token_invalid")
    assert issuer.asked == 1  # cached
    hs256 = jwt.encode(_claims(), access_key(settings), algorithm="HS256", headers={"kid": "one"})
    assert await _refusal(app, hs256) == (401, "token_invalid")

    issuer.keys.append(_public(next_key, "two"))
    assert await _refusal(app, token(next_key, "two")) == (200, "")
    asked = issuer.asked
    for number in range(5):
        assert await _refusal(app, token(strange_key, f"unknown-{number}")) == (401, "token_invalid")
    assert issuer.asked == asked  # strangers cannot make the server ask again and again
    clock.now += 31
    assert await _refusal(app, token(strange_key, "unknown")) == (401, "token_invalid")
    assert issuer.asked == asked + 1


async def test_an_issuer_that_cannot_be_reached_is_our_trouble_not_the_callers(
    make_deps: Callable[..., Dependencies], settings: Settings, issuer: Issuer
):
    issuer.broken = True
    app = build_app(make_deps(settings=_asymmetric(settings, issuer, "RS256")))
    token = jwt.encode(
        _claims(), rsa.generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": "one"}
    )
    async with client_of(app, token) as client:
        answer = await client.get("/openai/sessions")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "issuer_unavailable"
    assert int(answer.headers["retry-after"]) >= 1


async def test_access_keys_are_made_per_installation(tmp_path: Path):
    assert access_key(Settings(data_dir=tmp_path / "a")) != access_key(Settings(data_dir=tmp_path / "b"))
