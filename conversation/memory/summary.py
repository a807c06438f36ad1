"""What is kept of turns that are too long ago to be repeated word for word: what was done, then what was asked.

Pure and deterministic; a model may word it better (``keeper.py``). It never adds anything that was not said or done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tools.catalogue import TOOLS
from tools.spec import Effect

if TYPE_CHECKING:
    from conversation.history import Turn

#: Characters: about as much as three turns with their tool results.
LONGEST_SUMMARY: Final = 2_000
_LONGEST_LINE: Final = 160
DONE: Final = "Done: "
ASKED: Final = "Asked: "


def summarise(before: str, turns: Sequence[Turn], longest: int = LONGEST_SUMMARY) -> str:
    """``before`` with the turns added, one line each, in at most ``longest`` characters.

    What was only asked is forgotten before what was done, and the oldest first.
    """
    lines = [line for line in before.splitlines() if line]
    for turn in turns:
        done = _done(turn)
        lines += [DONE + _short(each) for each in done]
        if not done and turn.user:
            lines.append(ASKED + _short(turn.user))
    for prefix in (ASKED, DONE, ""):
        while _length(lines) > longest:
            oldest = next((at for at, line in enumerate(lines) if line.startswith(prefix)), None)
            if oldest is None:
                break
            del lines[oldest]
    return "\n".join(lines)


def _done(turn: Turn) -> list[str]:
    """The summaries of the writes that a turn has done."""
    names = {item["call_id"]: item["name"] for item in turn.items if item.get("type") == "function_call"}
    found: list[str] = []
    for item in turn.items:
        spec = TOOLS.get(names.get(item.get("call_id"), ""))
        if item.get("type") == "function_call_output" and spec is not None and spec.effect is Effect.WRITE:
            body = _body(item)
            if body.get("ok"):
                found.append(str(body.get("summary") or item.get("name") or ""))
    return found


def _body(item: Mapping[str, Any]) -> dict[str, Any]:
    try:
        body: Any = json.loads(str(item.get("output", "")))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1].rstrip() + "…"


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)
