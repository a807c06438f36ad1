"""Notices that the end of a request was not understood: "what's on today and flibber the grommet".

It asks the understanding and changes no state. Only what an "and" or a "then" announces as one more request counts, and
only if the rest means the same without it.
"""

from __future__ import annotations

import re
from typing import Final

from conversation.brain.answers import Answer, classify_answer
from conversation.brain.choice import OUT_OF_SCOPE, UNDERSTOOD
from conversation.brain.frames import FRAMES, Kind
from conversation.brain.phrases import talk
from conversation.brain.reading import Context, Reading, clean
from conversation.brain.slots import fill
from conversation.brain.state import Frame
from conversation.providers import Understanding

_FEWEST_WORDS: Final = 3
_ONE_MORE: Final = re.compile(
    r"[\s,;.]+(?:and|then|also|plus)\s+(?:then\s+|also\s+|please\s+)*", re.IGNORECASE
)
# What begins so goes on about the same thing, or gives a reason; nothing more is asked for.
_NO_REQUEST: Final = re.compile(
    r"^(?:i|i'm|i've|we|we're|he|he's|she|she's|it|it's|they|they're|you|that|that's|this|these|those|there|there's|because|"
    r"since|if|so|the|a|an|my|our|his|her|their|all|everything|thanks|thank|please|maybe|not|no|make it)\b",
    re.IGNORECASE,
)


async def misses_tail(frame: Frame, understanding: Understanding, context: Context) -> bool:
    """Whether the last words of ``frame.text`` ask for something that nobody understood. Raises EngineUnavailable."""
    said = clean(frame.text)
    joints = list(_ONE_MORE.finditer(said))
    if not joints or any(
        slot.kind is Kind.TEXT and slot.name in frame.slots for slot in FRAMES[frame.tool].slots
    ):
        return False
    head, tail = said[: joints[-1].start()], said[joints[-1].end() :]
    if len(tail.split()) < _FEWEST_WORDS or _NO_REQUEST.match(tail) or any(each.isdigit() for each in tail):
        return False
    if talk(tail) is not None or classify_answer(tail) is not Answer.OTHER:
        return False
    if fill(frame.tool, Reading(head, context)) != fill(frame.tool, Reading(said, context)):
        return False
    ranked = await understanding.rank(tail)
    outside = next((each.score for each in ranked if each.tool is None), 0.0)
    best = max((each.score for each in ranked if each.tool is not None), default=0.0)
    return outside >= OUT_OF_SCOPE or best < UNDERSTOOD
