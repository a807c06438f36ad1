"""The envelope of every tool call: what goes in, what comes out, in plain picklable types.

The session, the tool actors and the brain share these types. Nothing here touches a database, Ray or a clock.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class ToolErrorType(StrEnum):
    """Why a tool did not do what was asked. The value is the stable code that crosses every boundary."""

    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    INVALID_TRANSITION = "invalid_transition"
    FORBIDDEN = "forbidden"
    VALIDATION = "validation"
    CONFLICT = "conflict"
    NEEDS_CONFIRMATION = "needs_confirmation"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Location:
    """Where the user is. Degrees (WGS 84); ``address`` as the client gave it."""

    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a tool runs. Comes from the authenticated session, never from a model."""

    business_id: str
    user_id: str
    session_id: str
    is_driving: bool = False
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of one tool.

    Attributes:
        name: Tool name as in the catalogue.
        arguments: JSON object as the model wrote it; validated by the executor, not before.
        caller: Tenant, user and session.
        turn: Number of the user turn in the session, from 1.
        ordinal: Position of the call within its turn, from 0.
        epoch: Fencing epoch of the session; a call of an older epoch than one seen is refused.
        confirmation_id: Set when the user has said yes to the read-back that carried this id.
        focus: References the conversation can mean by "it": entity kind ("job", "invoice", "contact", …) → id.
    """

    name: str
    arguments: str
    caller: Caller
    turn: int
    ordinal: int
    epoch: int = 1
    confirmation_id: str | None = None
    focus: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def key(self) -> str:
        """Idempotency key: session : turn : ordinal : name : hash of the canonical arguments."""
        return f"{self.caller.session_id}:{self.turn}:{self.ordinal}:{self.name}:{self.arguments_hash}"

    @property
    def arguments_hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the arguments as canonical JSON."""
        try:
            canonical = json.dumps(json.loads(self.arguments or "{}"), sort_keys=True, separators=(",", ":"))
        except ValueError:
            canonical = self.arguments
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @classmethod
    def from_json(cls, text: str) -> ToolCall:
        """The call that ``to_json`` wrote. Raises ValueError for anything else."""
        try:
            body: dict[str, Any] = json.loads(text)
            caller: dict[str, Any] = body.pop("caller")
            location: dict[str, Any] | None = caller.pop("location")
            where = Location(**location) if location is not None else None
            return cls(caller=Caller(**caller, location=where), **body)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("not a tool call") from error

    def to_json(self) -> str:
        """All of the call, to be run again by somebody else."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class ToolError:
    """A typed refusal. Only the fields of its type are set.

    ``unsettled`` (of ``unavailable``): the write may have been done or not; the same call again will tell.
    """

    type: ToolErrorType
    message: str
    field: str | None = None
    candidates: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    read_back: str | None = None
    confirmation_id: str | None = None
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answers: a speakable summary with data, or a typed error.

    Attributes:
        ok: Whether the tool did what was asked.
        summary: One to three sentences that can be spoken as they are; for an error, the question or excuse to say.
        data: JSON-able structure behind the summary.
        focus: Entities this result is about, newest meaning of "it": kind → id, with ``<kind>_label`` for speech.
        error: Set exactly when ``ok`` is false.
        replayed: True when an earlier run of the same call key had stored this result.
    """

    ok: bool
    summary: str
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    focus: dict[str, str] = field(default_factory=dict[str, str])
    error: ToolError | None = None
    replayed: bool = False

    @classmethod
    def from_json(cls, text: str, *, replayed: bool = False) -> ToolResult:
        """The result that ``to_json`` wrote. Raises ValueError for anything else."""
        body: Any = json.loads(text)
        if not isinstance(body, dict) or "ok" not in body or "summary" not in body:
            raise ValueError("not a tool result")
        found: dict[str, Any] = body.get("error") or {}
        error = None
        if found:
            found = {**found, "type": ToolErrorType(found["type"])}
            found |= {name: tuple(found.get(name, ())) for name in ("candidates", "allowed")}
            error = ToolError(**found)
        return cls(
            body["ok"], body["summary"], body.get("data") or {}, body.get("focus") or {}, error, replayed
        )

    def to_json(self) -> str:
        """The result as the model sees it (JSON object, no nulls)."""
        body: dict[str, Any] = {"ok": self.ok, "summary": self.summary}
        if self.data:
            body["data"] = self.data
        if self.focus:
            body["focus"] = self.focus
        if self.error is not None:
            error = {name: getattr(self.error, name) for name in self.error.__slots__}
            body["error"] = {name: value for name, value in error.items() if value}
        return json.dumps(body, ensure_ascii=False, default=str)
