"""The history of heard words as items of the Realtime API: what a new line is told of the conversation so far."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from conversation.history import Turn


def turn_items(turn: Turn) -> list[dict[str, Any]]:
    """Everything that was said and done in a turn, as it was heard."""
    said = [message("user", turn.user)] if turn.user else []
    heard = [message("assistant", turn.assistant)] if turn.assistant else []
    return [*said, *(api_item(each) for each in turn.items), *heard]


def history_items(items: Iterable[Any]) -> list[dict[str, Any]]:
    """``History.input_items`` for the Realtime API."""
    return [api_item(each) for each in items]


def api_item(item: dict[str, Any]) -> dict[str, Any]:
    """One item of the history."""
    kind = item.get("type", "message")
    if kind == "function_call":
        return {
            "type": kind,
            "call_id": item["call_id"],
            "name": item["name"],
            "arguments": item["arguments"] or json.dumps({}),
        }
    if kind == "function_call_output":
        return {"type": kind, "call_id": item["call_id"], "output": item["output"]}
    return message(item["role"], str(item["content"]))


def message(role: str, text: str) -> dict[str, Any]:
    """A message in words."""
    kind = "output_text" if role == "assistant" else "input_text"
    speaker = "system" if role == "developer" else role
    return {"type": "message", "role": speaker, "content": [{"type": kind, "text": text}]}
