"""The stand-in's model in these conversations: calls or hands over for what was said, and tells what came of it."""

from __future__ import annotations

import json
import re
from typing import Any

from conversation.team.roles import HANDOFF_PREFIX, owner_of
from tests.chaos_provider.said import CALLS
from tests.openai_stand_in.brain import Item, calls, last_user_text, says

_REMINDER = re.compile(r"(?:remind me|a reminder) to (check boiler \d+) (.+)", re.IGNORECASE)


def thinks(request: dict[str, Any]) -> list[Item]:
    """The answer to a request; it depends on nothing else, so that a repeated one is answered alike."""
    text = last_user_text(request)
    results = _results(request["input"])
    offered = {tool["name"] for tool in request.get("tools", [])}
    if results:
        return [says(" ".join(results))]
    wanted = _wanted(text)
    if wanted is None:
        return [says("There is nothing that I could do about that.")]
    name, arguments = wanted
    if name in offered:
        return [calls(name, **arguments)]
    handing = HANDOFF_PREFIX + owner_of(name)
    return [calls(handing)] if handing in offered else [says("Nobody here can do that.")]


def _wanted(text: str) -> tuple[str, dict[str, Any]] | None:
    if found := _REMINDER.search(text):
        return "set_reminder", {"message": found[1], "reminder_time": found[2]}
    return next(((name, given) for words, name, given in CALLS if re.search(words, text.lower())), None)


def _results(items: list[dict[str, Any]]) -> list[str]:
    """What the tools have answered since the user spoke last."""
    since = max((at for at, item in enumerate(items) if item.get("role") == "user"), default=-1)
    found: list[str] = []
    for item in items[since + 1 :]:
        if item.get("type") != "function_call_output":
            continue
        try:
            found.append(json.loads(item["output"])["summary"])
        except (ValueError, KeyError, TypeError):
            continue  # a hand-off's
    return found
