"""Reads what a tool answered: the function call's output as JSON, or the SDK's note that the user did not confirm.

Pure. It never raises for an odd output: what it cannot read counts as not confirmed, because nothing was done that it
knows of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tool's answer in the terms of the dialogue.

    Attributes:
        ok: It was done.
        confirmed: False when the user said no to the read-back, or the output is no answer at all.
        summary: What to say.
        focus: Entities it is about.
        error: Error type, "" when ok.
        about: Parameter that the error is about.
        candidates: What the reference could mean.
        allowed: Values that would be allowed.
        read_back: Question to be answered with yes before it is done.
        data: Structure behind the summary.
    """

    ok: bool
    confirmed: bool = True
    summary: str = ""
    focus: dict[str, str] = field(default_factory=dict[str, str])
    error: str = ""
    about: str | None = None
    candidates: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    read_back: str | None = None
    data: dict[str, Any] = field(default_factory=dict[str, Any])


def read_outcome(output: Any) -> Outcome:
    """The outcome in a function call's output: a JSON text, or whatever the SDK put there."""
    body = _body(output)
    if body is None or "ok" not in body:
        return Outcome(ok=False, confirmed=False)
    raw = body.get("error")
    error = cast("Mapping[str, Any]", raw) if isinstance(raw, dict) else {}
    if not body["ok"] and not error:
        # A refusal of a tool always has its error; without one it is the note that the user said no.
        return Outcome(ok=False, confirmed=False)
    raw_focus = body.get("focus")
    focus = cast("Mapping[str, Any]", raw_focus) if isinstance(raw_focus, dict) else {}
    raw_data = body.get("data")
    return Outcome(
        ok=bool(body["ok"]),
        summary=str(body.get("summary") or error.get("message") or ""),
        focus={str(key): str(value) for key, value in focus.items()},
        error=str(error.get("type") or ""),
        about=error.get("field"),
        candidates=tuple(str(item) for item in error.get("candidates") or ()),
        allowed=tuple(str(item) for item in error.get("allowed") or ()),
        read_back=error.get("read_back"),
        data=cast("dict[str, Any]", raw_data) if isinstance(raw_data, dict) else {},
    )


def _body(output: Any) -> dict[str, Any] | None:
    text = output
    if isinstance(output, list):
        parts = [
            cast("Mapping[str, Any]", part) for part in cast("list[Any]", output) if isinstance(part, dict)
        ]
        text = "".join(str(part.get("text", "")) for part in parts)
    if not isinstance(text, str):
        return None
    try:
        body: Any = json.loads(text)
    except ValueError:
        return None
    return cast("dict[str, Any]", body) if isinstance(body, dict) else None
