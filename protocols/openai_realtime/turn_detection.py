"""Turn detection in the Realtime API's words, and what it means for the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conversation.events import TurnDetection
from protocols.openai_realtime.errors import Refused

_PATH: Final = "session.audio.input.turn_detection"
#: ``server_vad`` with the defaults that OpenAI documents.
DEFAULT: Final[Mapping[str, Any]] = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
_SEMANTIC: Final[Mapping[str, Any]] = {
    "type": "semantic_vad",
    "eagerness": "auto",
    "create_response": True,
    "interrupt_response": True,
}
#: How much longer than usual a silence is waited for.
_PATIENCE: Final = {"low": 2.0, "medium": 1.0, "auto": 1.0, "high": 0.7}
_RANGES: Final = {
    "threshold": (0.0, 1.0),
    "prefix_padding_ms": (0, 5_000),
    "silence_duration_ms": (0, 10_000),
    "idle_timeout_ms": (5_000, 30_000),
}


def in_force(asked: Mapping[str, Any] | None, current: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What is in force when ``asked`` comes on top of ``current``; None where the client ends utterances.

    Raises:
        Refused: Some value is out of its range or belongs to the other kind.
    """
    if asked is None:
        return None
    kind = asked.get("type") or (current or DEFAULT)["type"]
    known = {"server_vad": DEFAULT, "semantic_vad": _SEMANTIC}.get(kind)
    if known is None:
        raise Refused("invalid_value", "Turn detection is server_vad, semantic_vad or null.", f"{_PATH}.type")
    same = current is not None and current["type"] == kind
    result = dict(current) if same and current is not None else dict(known)
    for name, value in asked.items():
        if name not in known:
            raise Refused("unknown_parameter", f"{kind} has no {name[:60]}.", f"{_PATH}.{name[:60]}")
        if value is None and name != "idle_timeout_ms":
            continue
        low, high = _RANGES.get(name, (None, None))
        if low is not None and high is not None and value is not None and not low <= value <= high:
            raise Refused("invalid_value", f"{name} is {low} to {high}.", f"{_PATH}.{name}")
        result[name] = value
    return result


def detection_of(shown: Mapping[str, Any] | None) -> TurnDetection:
    """The session's turn detection for what is shown."""
    if shown is None:
        return TurnDetection("client", answers=False, interruptible=False)
    answers, interruptible = shown["create_response"], shown["interrupt_response"]
    if shown["type"] == "semantic_vad":
        patience = _PATIENCE[shown["eagerness"]]
        return TurnDetection("words", patience=patience, answers=answers, interruptible=interruptible)
    return TurnDetection(
        "silence",
        silence_ms=float(shown["silence_duration_ms"]),
        threshold=float(shown["threshold"]),
        prefix_ms=float(shown["prefix_padding_ms"]),
        answers=answers,
        interruptible=interruptible,
        idle_timeout_ms=shown["idle_timeout_ms"],
    )
