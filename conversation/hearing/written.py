"""What recognisers write where only something else that sounds like it makes sense: "jot 1,36" for "job 1036".

Pure. Each rule names what was said by the words around it; a text without such a place stays to the letter.
"""

from __future__ import annotations

import re
from typing import Final

from tools.spoken.numbers import TENS, UNITS, find_numbers

_NUMBERED: Final = re.compile(
    r"\b(?:(job|invoice|estimate|quote|project)|jab|jot|jog|jop|jock)(?P<sign>,? (?:number |no\. |# ?)?)(?=\w)",
    re.IGNORECASE,
)
_LEAST: Final = 100
"""Jobs have numbers from here on; "job one" may be the first of a list."""
_TWO_PARTS: Final = re.compile(r"(\d)(?:,000,? (?:and )?|,)(\d{2})(?!\d|,\d)")
"""One thousand thirty six, as "1,000 36" or "1,36"."""
_VALUE: Final = (
    r"(?:\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|tomorrow\b|noon\b|"
    rf"(?:{'|'.join([*UNITS, *TENS, 'hundred', 'half'])})\b)"
)
_SCHEDULED: Final = re.compile(r"\b(back to) schedule\b", re.IGNORECASE)
_FOUR: Final = re.compile(r"\bfor (?=(?:hundred|thousand)\b)", re.IGNORECASE)
_DUE_IN: Final = re.compile(
    rf"\b(?:doing|do in|dew in) (?=(?:\d+|{'|'.join([*UNITS, *TENS])})(?:[ -]\w+)? (?:days?|weeks?|months?)\b)",
    re.IGNORECASE,
)
_MAKE_IT: Final = re.compile(
    rf"^((?:(?:no|nope|actually|sorry|wait|oh)[\s,.]+)+make) (?:not|at|its|it's|is|in|and|the|a) (?={_VALUE})",
    re.IGNORECASE,
)
_HOURS: Final = {
    "thirty": "three", "forty": "four", "fifty": "five", "sixty": "six", "seventy": "seven", "eighty": "eight",
    "ninety": "nine", "30": "three", "40": "four", "50": "five", "60": "six", "70": "seven", "80": "eight",
    "90": "nine", "fourteen": "four", "sixteen": "six", "seventeen": "seven", "eighteen": "eight", "nineteen": "nine",
}  # fmt: skip
_HOUR_TO: Final = re.compile(
    rf"(\b[Rr]emind(?:er)?\b.*\bat) ({'|'.join(_HOURS)})(?: to)? "
    r"(?=(?!(?:percent|dollars?|bucks|minutes?|hours?|hundred|o'clock|am|pm|today|tomorrow|on|about|for|that)\b)[a-z])",
)


def put_right(text: str) -> str:
    """``text`` with such places put right."""
    text = _numbers_of_things(text)
    text = _SCHEDULED.sub(r"\1 scheduled", text)
    text = _FOUR.sub("four ", text)
    text = _DUE_IN.sub("due in ", text)
    text = _MAKE_IT.sub(r"\1 that ", text)
    return _HOUR_TO.sub(lambda match: f"{match[1]} {_HOURS[match[2]]} to ", text)


def _numbers_of_things(text: str) -> str:
    """Numbers of jobs, invoices and the like in figures: "job one thousand, thirty six" → "job 1036"."""
    for match in reversed(list(_NUMBERED.finditer(text))):
        found = _number_at(text, match.end())
        if found is None:
            continue
        end, number = found
        noun = match[0] if match[1] else f"job{match['sign']}"
        text = f"{text[: match.start()]}{noun}{number}{text[end:]}"
    return text


def _number_at(text: str, start: int) -> tuple[int, str] | None:
    """Where the number that begins at ``start`` ends, and its figures."""
    if parts := _TWO_PARTS.match(text, start):
        return parts.end(), f"{parts[1]}0{parts[2]}"
    for span in find_numbers(text):
        amount = re.match(r"[\s-]*(?:hundred|thousand)\b", text[span.end :], re.IGNORECASE)
        if span.start == start and span.whole is not None and span.whole >= _LEAST and not amount:
            return span.end, str(span.whole)
    return None
