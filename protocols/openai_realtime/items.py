"""The items of a conversation as a Realtime client sees them: messages, function calls and their outputs, in order."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from protocols.openai_realtime.errors import Refused

#: Items that are kept; beyond that the oldest are forgotten and can be neither retrieved nor changed.
MAX_ITEMS: Final = 500

Item = dict[str, Any]


def new_id(kind: str) -> str:
    """A fresh id: ``event_…``, ``item_…``, ``resp_…``."""
    return f"{kind}_{secrets.token_hex(10)}"


def user_audio(item_id: str) -> Item:
    """What the user said; its transcript follows."""
    content = [{"type": "input_audio", "audio": None, "transcript": None}]
    return _message(item_id, "user", content, "completed")


def assistant_message(item_id: str) -> Item:
    """What the assistant is about to say."""
    return _message(item_id, "assistant", [], "in_progress")


def _message(item_id: str, role: str, content: list[Item], status: str) -> Item:
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": status,
        "role": role,
        "content": content,
    }


def function_call(item_id: str, call_id: str, name: str, arguments: str, status: str = "completed") -> Item:
    """A call of a tool."""
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def function_output(item_id: str, call_id: str, output: str) -> Item:
    """What came of a call."""
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "function_call_output",
        "status": "completed",
        "call_id": call_id,
        "output": output,
    }


class Items:
    """The items of one connection, oldest first."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    @property
    def last(self) -> str | None:
        """Id of the newest item."""
        return next(reversed(self._items), None)

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Put an item behind ``after`` (an id, ``root`` for the beginning, None for the end).

        Returns the id of the item before it.

        Raises:
            Refused: There is no such item before it, or there is one with its id.
        """
        item_id = str(item["id"])
        if item_id in self._items:
            raise Refused("item_id_already_exists", f"There is an item {item_id!r} already.", "item.id")
        if after is None or after == self.last:
            previous = self.last
            self._items[item_id] = item
        else:
            previous = self._insert(item_id, item, after)
        if len(self._items) > MAX_ITEMS:
            del self._items[next(iter(self._items))]
        return previous

    def get(self, item_id: str, code: str) -> Item:
        """The item. Raises Refused with ``code``."""
        item = self._items.get(item_id)
        if item is None:
            raise Refused(code, f"There is no item {item_id[:64]!r}.", "item_id")
        return item

    def remove(self, item_id: str) -> Item:
        """Forget the item and give it. Raises Refused."""
        item = self.get(item_id, "item_delete_invalid_item_id")
        del self._items[item_id]
        return item

    def _insert(self, item_id: str, item: Item, after: str) -> str | None:
        if after != "root" and after not in self._items:
            message = f"There is no item {after[:64]!r} to put it behind."
            raise Refused("item_create_invalid_previous_item_id", message, "previous_item_id")
        ordered = list(self._items.items())
        at = 0 if after == "root" else [key for key, _ in ordered].index(after) + 1
        ordered.insert(at, (item_id, item))
        self._items = dict(ordered)
        return None if at == 0 else ordered[at - 1][0]


def text_of(item: Mapping[str, Any]) -> str:
    """The words of a message that a client wrote. Raises Refused for content that is no text."""
    role, content = item.get("role"), item.get("content")
    if role not in {"user", "assistant", "system"}:
        raise Refused("invalid_value", "A message's role is user, assistant or system.", "item.role")
    if not isinstance(content, list) or not content:
        raise Refused("missing_required_parameter", "A message has content.", "item.content")
    parts: list[str] = []
    for index, part in enumerate(content):
        where = f"item.content[{index}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in {"input_text", "output_text", "text", "output_audio", "audio", "input_audio"}:
            raise Refused("unsupported_value", f"Content of the type {str(kind)[:40]!r} is not taken.", where)
        words = part.get("text") or part.get("transcript")
        if words is None and part.get("audio"):
            raise Refused(
                "unsupported_value", "Audio comes through the input audio buffer.", f"{where}.audio"
            )
        if not isinstance(words, str):
            raise Refused(
                "missing_required_parameter", "Content has a text or a transcript.", f"{where}.text"
            )
        parts.append(words)
    return " ".join(parts).strip()
