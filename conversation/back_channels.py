"""What was said over the assistant: something to say, a back-channel ("mm-hm", "okay"), or nothing at all.

Pure. A wrong "back-channel" talks over the user, a wrong "words" only costs the rest of a sentence: so every word has
to be one of a listener's. While a yes or no is being asked for, a yes or no is an answer.
"""

from __future__ import annotations

import re
from typing import Final

from conversation.brain.answers import Answer, classify_answer
from conversation.turn_commands import Overlap
from tools.spoken.words import vocabulary

#: Sounds of listening: never an answer, since nobody agrees to money with a hum before the question is over.
_HUMS: Final = re.compile(r"(?:m+-?h?m+|m+|h+m+|a+h+|o+h+|u+h+|uh-?hu+h|a+ha+|huh|mhm|um+|er+m*)")
_LISTENING: Final = vocabulary(
    "okay ok yeah yep yup yes right sure alright fine good great nice cool perfect exactly true really wow "
    "gotcha indeed"
)
_PHRASES: Final = re.compile(
    r"\b(?:all right|got it|i see|i know|sounds good|that's right|that's good|of course|oh good|no problem|"
    r"thank you|thanks)\b"
)
#: What small recognisers make of noise.
_INVENTED: Final = frozenset({"you", "the", "a", "i", "bye"})
#: More words than these are a turn of their own, whatever they are.
_MOST_WORDS: Final = 4


def overlap_of(text: str, *, asked: bool) -> Overlap:
    """What ``text``, said over the assistant, is. ``asked`` while a yes or a no is being asked for."""
    plain = re.sub(r"[^a-z' -]+", " ", text.lower().replace("’", "'"))
    plain = re.sub(r"\s+", " ", plain).strip(" -'")
    if not any(char.isalnum() for char in text) or plain in _INVENTED:
        return Overlap.NOTHING
    words = _PHRASES.sub(" ", plain).split()
    if any(char.isdigit() for char in text) or len(plain.split()) > _MOST_WORDS:
        return Overlap.WORDS
    if all(_HUMS.fullmatch(word) for word in words) and words:
        return Overlap.BACK_CHANNEL
    if asked and classify_answer(text) is not Answer.OTHER:
        return Overlap.WORDS
    if all(word in _LISTENING or _HUMS.fullmatch(word) for word in words):
        return Overlap.BACK_CHANNEL
    return Overlap.WORDS
