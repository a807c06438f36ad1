"""The Realtime API over HTTP: client secrets, and what WebRTC would need. Refusals have the shape of OpenAI's API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal, cast

from fastapi import APIRouter, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field, model_validator

from protocols.openai_realtime.config import Facts, SessionConfig
from protocols.openai_realtime.errors import Refused
from protocols.openai_realtime.facts import MODEL, recogniser_of
from protocols.openai_realtime.items import new_id
from serve_app.client_secrets import PREFIX, ClientSecret, ClientSecrets
from serve_app.dependencies import Deps
from serve_app.errors import ApiError, as_api_error
from serve_app.realtime_access import authenticated, key_of

_KEY = HTTPBearer(auto_error=False, description="Access token (JWT) of the Hero365 account")


class ExpiresAfter(BaseModel):
    """When a client secret expires."""

    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(default=600, ge=10, le=7200)


class SecretRequest(BaseModel):
    """A client secret that is asked for; what is null counts as left out."""

    expires_after: ExpiresAfter = ExpiresAfter()
    session: dict[str, Any] = Field(default_factory=lambda: {"type": "realtime"})

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        given = cast("dict[str, Any]", body)
        return {name: value for name, value in given.items() if value is not None}


class SecretResponse(BaseModel):
    """A client secret: its value, when it expires (seconds since the epoch), what its sessions begin with."""

    value: str
    expires_at: int
    session: dict[str, Any]


class RealtimeErrorInfo(BaseModel):
    """What was refused and why, as OpenAI's API says it; ``code`` is stable."""

    type: Literal["invalid_request_error", "server_error"]
    message: str
    param: str | None
    code: str


class RealtimeErrorResponse(BaseModel):
    """The body of every refusal."""

    error: RealtimeErrorInfo


class _Route(APIRoute):
    """A route whose refusals are in the words of OpenAI's API."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as refused:
                return _refusal(400, refused.code, str(refused), refused.param)
            except RequestValidationError as error:
                finding = error.errors()[0]
                param = ".".join(str(part) for part in finding["loc"][1:]) or None
                return _refusal(400, "invalid_value", f"{param or 'body'}: {finding['msg']}", param)
            except Exception as error:
                known = as_api_error(error)
                headers = known.response().headers
                kept = {
                    name: headers[name] for name in ("retry-after", "www-authenticate") if name in headers
                }
                return _refusal(known.status, known.code, known.message, headers=kept)

        return handled


_REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": RealtimeErrorResponse} for code in (400, 401, 403, 413, 429, 500, 503, "default")
}
router = APIRouter(tags=["realtime"], route_class=_Route, responses=_REFUSALS, dependencies=[Security(_KEY)])


@router.post("/v1/realtime/client_secrets")
async def client_secret(request: Request, deps: Deps, body: SecretRequest | None = None) -> SecretResponse:
    """An ephemeral key for one user in one business, with the session object its sessions begin with."""
    caller, preset = await authenticated(request, deps, [])
    if preset or key_of(request, []).startswith(PREFIX):
        raise ApiError(401, "invalid_api_key", "A client secret cannot make another one.")
    await deps.limits.admit_control(caller.user_id, caller.business_id)
    asked = body or SecretRequest()
    facts = Facts(
        session_id=new_id("sess"),
        model=str(asked.session.get("model") or MODEL),
        voices=deps.capabilities.voices,
        voice=deps.capabilities.defaults.voice,
        recogniser=recogniser_of(deps.settings),
        expires_at=int(deps.clock() + deps.settings.max_duration_s),
        preset={},
    )
    config = SessionConfig(facts)
    config.update(asked.session)
    secret = ClientSecret(caller.user_id, caller.business_id, asked.session)
    value = await ClientSecrets(deps.redis).issue(secret, asked.expires_after.seconds)
    expires_at = int(deps.clock()) + asked.expires_after.seconds
    return SecretResponse(value=value, expires_at=expires_at, session=config.shown)


@router.post(
    "/v1/realtime/calls",
    status_code=501,
    response_model=RealtimeErrorResponse,
    response_description="WebRTC is not enabled on this server",
)
async def calls(request: Request, deps: Deps) -> JSONResponse:
    """WebRTC signalling: not enabled on this server."""
    await authenticated(request, deps, [])
    message = "WebRTC is not enabled on this server; connect to /v1/realtime with a WebSocket."
    return _refusal(501, "webrtc_not_enabled", message)


def _refusal(
    status: int, code: str, message: str, param: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return JSONResponse(body, status, headers=headers)
