"""What the Realtime API says it has used, as amounts of the meter. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversation.usage import Amounts


def of_response(usage: Mapping[str, Any]) -> Amounts:
    """Tokens of one response; those of an interrupted one are told too."""
    given: Mapping[str, Any] = usage.get("input_token_details") or {}
    made: Mapping[str, Any] = usage.get("output_token_details") or {}
    cached: Mapping[str, Any] = given.get("cached_tokens_details") or {}
    return Amounts(
        requests=1,
        input_tokens=_count(usage, "input_tokens"),
        cached_tokens=_count(given, "cached_tokens"),
        output_tokens=_count(usage, "output_tokens"),
        # Cached audio has the price of what is cached.
        audio_input_tokens=max(0, _count(given, "audio_tokens") - _count(cached, "audio_tokens")),
        audio_output_tokens=_count(made, "audio_tokens"),
    )


def of_transcription(usage: Mapping[str, Any]) -> Amounts:
    """Of the words of one utterance, which another model writes down: its length, or its tokens."""
    if usage.get("type") == "duration":
        return Amounts(requests=1, heard_ms=round(float(usage.get("seconds") or 0.0) * 1000))
    details: Mapping[str, Any] = usage.get("input_token_details") or {}
    return Amounts(
        requests=1,
        input_tokens=_count(usage, "input_tokens"),
        output_tokens=_count(usage, "output_tokens"),
        audio_input_tokens=_count(details, "audio_tokens"),
    )


def _count(of: Mapping[str, Any], name: str) -> int:
    return int(of.get(name) or 0)
