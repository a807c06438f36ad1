"""A day or time that is taken back in the same breath: "Monday at nine, no, at ten" is "Monday at ten".

Pure. It rewrites the words before anything else reads them, so that nothing is made of what was taken back.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from conversation.brain.reading import Context
from tools.spoken.dates import find_when
from tools.spoken.when import WhenSpan

_TAKEN_BACK: Final = re.compile(
    r"[\s,.!-]*(?:\b(?:no|nope|oh|wait|sorry|actually|i mean|i meant|rather|or rather|scratch that|hold on|"
    r"make (?:it|that))\b[\s,.!-]*)+",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(r"^(?:on|to|for|by|until|till)\s+", re.IGNORECASE)


def last_said(text: str, context: Context) -> str:
    """``text`` with the later of two such days or times in place of both; what it leaves open is the earlier one's."""
    # "No, at ten" is not number ten.
    plain = re.sub(r"\bno\b", "--", text, flags=re.IGNORECASE)
    spans = [span for span in find_when(plain, context.now, context.zone) if span.role == "target"]
    for earlier, later in zip(reversed(spans[:-1]), reversed(spans[1:]), strict=True):
        if _TAKEN_BACK.fullmatch(text[earlier.end : later.start]):
            lead = _LEAD.match(text[earlier.start : earlier.end])
            settled = (lead[0] if lead else "") + _settled(text, earlier, later)
            text = text[: earlier.start] + settled + text[later.end :]
    return text


def _settled(text: str, earlier: WhenSpan, later: WhenSpan) -> str:
    said = _LEAD.sub("", text[later.start : later.end])
    before, after = earlier.when, later.when
    if after.has_date and not after.has_time and before.has_time and isinstance(before.value, datetime):
        return f"{said} at {before.value:%H:%M}"
    if after.has_time and not after.has_date and before.has_date:
        return f"{before.day.isoformat()} {said}"
    return said
