"""Requests that sound like the business and that no tool does: declined by name, with what can be done instead.

Pure tables. They stand before the ranking, because the nearest tool of such a request would do something that was not
said: taking a payment is no invoice, a new customer is no job.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Final

_SOMEBODY: Final = (
    r"(?:(?:the|mr\.?|mrs\.?|ms\.?|my) )?[\w'-]+(?: (?!about|and|back|tomorrow|today|on|at|next)[\w'-]+){0,2}"
)
_SOUND: Final = r"(?:volume|sound|music|radio|stereo|lights?|tv)"


@dataclass(frozen=True, slots=True)
class _Decline:
    """Whole requests, what to say to them, and what can be done instead by which tool."""

    pattern: re.Pattern[str]
    cannot: str
    tool: str
    instead: str


def _decline(cannot: str, tool: str, instead: str, *patterns: str) -> _Decline:
    return _Decline(re.compile("|".join(patterns), re.IGNORECASE), cannot, tool, instead)


_TABLE: Final = (
    _decline(
        "I can't take or record payments or refunds.",
        "get_invoice_status",
        "I can tell you what an invoice still owes.",
        r"(?:record|enter|post|take|apply|log|process|register|accept|collect|run|put in|charge)\b.{0,30}?"
        r"\b(?:payments?|deposit|card|check)\b.*",
        r"mark .{0,40}\b(?:invoice|bill)\b.{0,20}\b(?:paid|settled)",
        r"(?:refund|reimburse|issue a refund|give .{0,30} refund)\b.*",
    ),
    _decline(
        "I can't add new contacts.",
        "search_contacts",
        "I can look up the ones you have.",
        r"(?:add|create|set up|enter|save|make|register|put in)\b(?: in)?(?: a| an| the| another)?(?: new| brand new)? "
        r"(?:contact|customer|client|lead|vendor|supplier|prospect)\b(?! (?:note|interaction)).*",
        r"new (?:customer|client|contact|lead)\b.*",
    ),
    _decline(
        "I can't change contact details.",
        "get_contact_info",
        "I can read them to you.",
        r"(?:change|update|correct|edit|fix|replace)\b.{0,40}\b(?:phone|telephone|cell|mobile|number|e-?mail|address|name)"
        r"(?: (?:to|on|for|in)\b.*)?",
    ),
    _decline(
        "I can't delete anything.",
        "update_job_status",
        "I can cancel a job or an estimate.",
        r"(?:delete|erase|wipe|get rid of|remove)\b.*",
    ),
    _decline(
        "I can't place calls.",
        "get_contact_info",
        "I can give you the number.",
        r"(?:call|dial|phone|ring)(?: up)? "
        r"(?!off\b|it\b|back\b|me\b|.*\b(?:done|half|percent|complete|finished|about)\b)"
        rf"{_SOMEBODY}(?: (?:now|right now|for me|up|back))*",
        r"(?:put me through|connect me|transfer me)\b.*",
    ),
    _decline(
        "I can't navigate.",
        "get_job_details",
        "I can tell you a job's address.",
        r"(?:navigate|drive me|take me|(?:give|get) me directions|directions|start navigation|show me the way)\b.*",
        r"how do i get (?:to|there)\b.*",
    ),
    _decline(
        "I don't have a timer.",
        "set_reminder",
        "I can set a reminder for a time.",
        r"(?:set|start|put on)(?: me)?(?: a| the)? (?:\w+ ){0,3}timer\b.*",
        r"(?:stop|cancel|pause) the timer",
    ),
    _decline(
        "I can't control sound or music.",
        "get_today_jobs",
        "I can tell you your day.",
        rf"(?:turn|put|bring|crank)?\s*(?:it|the {_SOUND})? ?(?:up|down|louder|quieter|off|on)(?: the {_SOUND})?",
        r"(?:volume|music|radio)\b.*",
        r"(?:speak|talk) (?:up|louder|slower|faster|quieter)",
        r"(?:un)?mute.*",
        r"(?:play|put on|shuffle|skip)\b.*\b(?:music|songs?|track|playlist|album|radio|podcast|station|jazz|rock|"
        r"country|blues|metal|tunes?)\b.*",
    ),
    _decline(
        "I can't order anything.",
        "set_reminder",
        "I can remind you to do it.",
        r"(?:order|buy|purchase|reorder)\b.*",
        r"(?:add|put) .+ (?:to|on) (?:the|my) (?:shopping list|cart|order)",
    ),
)
_POLITE: Final = re.compile(
    r"^(?:(?:please|hey|ok|okay|um+|uh+|so|now|and|(?:can|could|would|will) you|i (?:want|need) to|i'd like to|"
    r"let's|go ahead and|just)\b[\s,]*)+|[\s,]+(?:please|thanks|thank you|for me|now)$",
    re.IGNORECASE,
)


def declined(text: str, offered: Set[str]) -> str | None:
    """What to say to such a request, None to any other. What can be done instead is named only with its tool."""
    plain = re.sub(r"[.!?]+$", "", re.sub(r"\s+", " ", text.replace("’", "'"))).strip()
    plain = _POLITE.sub("", plain).strip()
    for entry in _TABLE:
        if entry.pattern.fullmatch(plain):
            return f"{entry.cannot} {entry.instead}" if entry.tool in offered else entry.cannot
    return None
