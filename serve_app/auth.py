"""Who calls: Bearer JWT in, a ``Principal`` with a membership read from the database out.

Never trusts a token's word about memberships, never takes user or business from a body, never logs a token.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from business.entities.memberships import Membership, Permission, Role
from business.entities.preferences import Preferences
from config.keys import access_key
from config.settings import Settings
from serve_app.errors import RETRY_UNAVAILABLE_S, ApiError

_JWKS_LIFESPAN_S = 600
_JWKS_REFRESH_EVERY_S = 30.0
_JWKS_TIMEOUT_S = 3
_LEEWAY_S = 30  # between the issuer's clock and ours


class BusinessOfUser(Protocol):
    """One business that a user belongs to, as the directory lists it."""

    @property
    def business_id(self) -> str: ...  # noqa: D102
    @property
    def business_name(self) -> str: ...  # noqa: D102
    @property
    def role(self) -> Role: ...  # noqa: D102
    @property
    def timezone(self) -> str: ...  # noqa: D102


class UserDirectory(Protocol):
    """Memberships across tenants; ``business.sql.database.Database.directory`` is one."""

    async def membership(self, user_id: str, business_id: str) -> Membership | None:
        """The user's membership in the business, None when there is none."""
        ...

    async def businesses_of(self, user_id: str) -> Sequence[BusinessOfUser]:
        """The businesses the user is an active member of, in the order of joining."""
        ...

    async def preferences(self, user_id: str, business_id: str) -> Preferences | None:
        """What the user wants remembered in the business, if anything."""
        ...

    async def ping(self) -> None:
        """One round trip to the database; raises when it cannot be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says. ``business_id`` is a wish, not a right."""

    user_id: str
    business_id: str | None


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller in one business, as the database knows it."""

    user_id: str
    user_name: str
    business_id: str
    business_name: str
    timezone: str
    role: Role
    permissions: frozenset[Permission]


class AccessTokens:
    """Verifies access tokens with the configured key or key set. ``clock``: seconds since the epoch."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._secret = access_key(settings) if settings.jwt_algorithm == "HS256" else None
        self._keys = _KeySet(settings.jwt_jwks_url, clock) if settings.jwt_jwks_url else None

    async def verify(self, token: str) -> Claims:
        """Check signature, expiry, issuer and audience.

        Raises:
            ApiError: 401, ``token_invalid`` or ``token_expired``; 503 when the key set cannot be read.
        """
        try:
            key = self._secret if self._secret is not None else await self._public_key(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[self._settings.jwt_algorithm],
                audience=self._settings.jwt_audience,
                issuer=self._settings.jwt_issuer,
                options={
                    "require": ["exp", "iat", "sub"],
                    "verify_aud": self._settings.jwt_audience is not None,
                    "verify_exp": False,  # judged below, by the injected clock
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.InvalidTokenError as error:
            raise _invalid() from error
        return self._checked(claims)

    def _checked(self, claims: dict[str, Any]) -> Claims:
        now = self._clock()
        starts = [claims[name] for name in ("iat", "nbf") if name in claims]
        if not all(isinstance(moment, int | float) for moment in [claims["exp"], *starts]):
            raise _invalid()
        if now >= claims["exp"] + _LEEWAY_S:
            raise ApiError(401, "token_expired", "The access token has expired.")
        if any(now < moment - _LEEWAY_S for moment in starts):
            raise _invalid()
        user_id = claims.get("user_id", claims["sub"])
        business_id = claims.get("current_business_id")
        if not isinstance(user_id, str) or not user_id or not isinstance(business_id, str | None):
            raise _invalid()
        return Claims(user_id, business_id or None)

    async def _public_key(self, token: str) -> Any:
        if self._keys is None:  # the settings demand a key set for these algorithms
            raise _invalid()
        return await self._keys.key_for(jwt.get_unverified_header(token).get("kid"))


class _KeySet:
    """The issuer's public keys, cached; an unknown key id asks again, at most twice a minute."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._client = jwt.PyJWKClient(url, lifespan=_JWKS_LIFESPAN_S, timeout=_JWKS_TIMEOUT_S)
        self._clock = clock
        self._refreshed_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key_for(self, key_id: Any) -> jwt.PyJWK:
        async with self._lock:
            keys = await self._read(refresh=False)
            found = _pick(keys, key_id)
            if found is None and self._clock() - self._refreshed_at >= _JWKS_REFRESH_EVERY_S:
                self._refreshed_at = self._clock()
                found = _pick(await self._read(refresh=True), key_id)
        if found is None:
            raise _invalid()
        return found

    async def _read(self, *, refresh: bool) -> list[jwt.PyJWK]:
        try:
            return await asyncio.to_thread(self._client.get_signing_keys, refresh)
        except jwt.PyJWKClientError as error:
            message = "The issuer of access tokens cannot be reached."
            raise ApiError(503, "issuer_unavailable", message, retry_after_s=RETRY_UNAVAILABLE_S) from error


def _pick(keys: list[jwt.PyJWK], key_id: Any) -> jwt.PyJWK | None:
    """The key with this id; without an id the only one there is."""
    if key_id is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.key_id == key_id), None)


def _invalid() -> ApiError:
    return ApiError(401, "token_invalid", "The access token is not valid.")


def issue_access_token(
    settings: Settings,
    user_id: str,
    business_id: str | None = None,
    *,
    ttl_s: int = 3600,
    clock: Callable[[], float] = time.time,
) -> str:
    """An HS256 access token signed with the server's own key, for development and tests.

    Raises:
        ValueError: The server verifies by a key set, so only its issuer can sign.
    """
    if settings.jwt_algorithm != "HS256":
        raise ValueError("Access tokens are signed by the issuer of HERO365_JWT_JWKS_URL, not here.")
    now = int(clock())
    claims: dict[str, Any] = {"sub": user_id, "user_id": user_id, "iat": now, "exp": now + ttl_s}
    if business_id is not None:
        claims["current_business_id"] = business_id
    for name, value in (("iss", settings.jwt_issuer), ("aud", settings.jwt_audience)):
        if value is not None:
            claims[name] = value
    return jwt.encode(claims, access_key(settings), algorithm="HS256")


async def principal_of(claims: Claims, wished: str | None, directory: UserDirectory) -> Principal:
    """The caller's place in the wished business, else the claimed, else the first; re-read from the database.

    Raises:
        ApiError: 403 when the caller is no active member.
    """
    wished = wished or claims.business_id
    businesses = await directory.businesses_of(claims.user_id)
    chosen = next((each for each in businesses if wished is None or each.business_id == wished), None)
    if chosen is None:
        raise ApiError(403, "not_a_member", "You are not a member of this business.")
    membership = await directory.membership(claims.user_id, chosen.business_id)
    if membership is None or not membership.is_active:
        raise ApiError(403, "not_a_member", "You are not a member of this business.")
    return Principal(
        user_id=claims.user_id,
        user_name=membership.name,
        business_id=chosen.business_id,
        business_name=chosen.business_name,
        timezone=chosen.timezone,
        role=membership.role,
        permissions=membership.permissions,
    )
