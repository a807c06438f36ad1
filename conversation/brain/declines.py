"""Requests that sound like the business and that no tool does: declined by name, with what can be done instead.

Pure tables. They stand before the ranking, because the nearest tool of such a request would do something that was not
said: taking a payment is no invoice, a new customer is no job.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

_SOMEBODY: Final = r"(?:(?:the|mr\.?|mrs\.?|ms\.?|my) )?[\w'-]+(?: (?!about|and|back|tomorrow|today|on|at|next)[\w'-]+){0,2}"
_TABLE: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        r"(?:record|enter|post|take|apply|log|process|register|accept|collect|run|put in|charge)\b.{0,30}?\b(?:payments?|deposit|card|check)\b.*|"
        r"mark .{0,40}\b(?:invoice|bill)\b.{0,20}\b(?:paid|settled)|(?:refund|reimburse|give .{0,30} refund)\b.*|issue a refund.*",
        "I can't take or record payments or refunds.",
        "get_invoice_status",
        "I can tell you what an invoice still owes.",
    ),
    (
        r"(?:add|create|set up|enter|save|make|register|put in)\b(?: in)?(?: a| an| the| another)?(?: new| brand new)? "
        r"(?:contact|customer|client|lead|vendor|supplier|prospect)\b(?! (?:note|interaction)).*|new (?:customer|client|contact|lead)\b.*",
        "I can't add new contacts.",
        "search_contacts",
        "I can look up the ones you have.",
    ),
    (
        r"(?:change|update|correct|edit|fix|replace)\b.{0,40}\b(?:phone|telephone|cell|mobile|number|e-?mail|address|name)(?: (?:to|on|for|in)\b.*)?",
        "I can't change contact details.",
        "get_contact_info",
        "I can read them to you.",
    ),
    (
        r"(?:delete|erase|wipe|get rid of|remove)\b.*",
        "I can't delete anything.",
        "update_job_status",
        "I can cancel a job or an estimate.",
    ),
    (
        rf"(?:call|dial|phone|ring)(?: up)? (?!off\b|it\b|back\b|me\b){_SOMEBODY}(?: (?:now|right now|for me|up|back))*|"
        r"(?:put me through|connect me|transfer me)\b.*",
        "I can't place calls.",
        "get_contact_info",
        "I can give you the number.",
    ),
    (
        r"(?:navigate|drive me|take me|give me directions|get me directions|directions|start navigation|show me the way)\b.*|how do i get (?:to|there)\b.*",
        "I can't navigate.",
        "get_job_details",
        "I can tell you a job's address.",
    ),
    (
        r"(?:set|start|put on)(?: me)?(?: a| the)? (?:\w+ ){0,3}timer\b.*|(?:stop|cancel|pause) the timer",
        "I don't have a timer.",
        "set_reminder",
        "I can set a reminder for a time.",
    ),
    (
        r"(?:turn|put|bring|crank)?\s*(?:it|the (?:volume|sound|music|radio|lights?|heat|ac)|the volume)? ?(?:up|down|louder|quieter|off|on)(?: the (?:volume|sound|music|radio|lights?))?"
        r"|(?:volume|music|radio)\b.*|(?:speak|talk) (?:up|louder|slower|faster|quieter)|(?:un)?mute.*|"
        r"(?:play|put on|shuffle|skip)\b(?: me| us| some| the| a| this| my)*.*\b(?:music|song|songs|track|playlist|album|radio|podcast|station|jazz|rock|country|blues|metal|tunes?)\b.*",
        "I can't control sound or music.",
        "get_today_jobs",
        "I can tell you your day.",
    ),
    (
        r"(?:order|buy|purchase|reorder)\b.*(?:for me|online|from \w+)?|(?:add|put) .+ (?:to|on) (?:the|my) (?:shopping list|cart|order)",
        "I can't order anything.",
        "set_reminder",
        "I can remind you to do it.",
    ),
)  # fmt: skip
_PATTERNS: Final = tuple((re.compile(pattern, re.IGNORECASE), *rest) for pattern, *rest in _TABLE)


def declined(text: str, offered: Set[str]) -> str | None:
    """What to say to such a request, None to any other. What can be done instead is named only with its tool."""
    plain = re.sub(r"[.!?]+$", "", re.sub(r"\s+", " ", text.replace("’", "'"))).strip()
    plain = _POLITE.sub("", plain).strip()
    for pattern, cannot, tool, instead in _PATTERNS:
        if pattern.fullmatch(plain):
            return f"{cannot} {instead}" if tool in offered else cannot
    return None


_POLITE: Final = re.compile(
    r"^(?:(?:please|hey|ok|okay|um+|uh+|so|now|and|can you|could you|would you|will you|i want to|i need to|i'd like to|"
    r"let's|go ahead and|just)\b[\s,]*)+|[\s,]+(?:please|thanks|thank you|for me|now)$",
    re.IGNORECASE,
)
