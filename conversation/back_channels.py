"""What was said over the assistant: something to say, a back-channel ("mm-hm", "okay"), or nothing at all.

Pure. A wrong "back-channel" talks over the user, a wrong "words" only costs the rest of a sentence: so every word has
to be one of a listener's. But a recogniser that hears a third of a second of an "okay" makes any words of it; what is
heard so far only counts where it is plain. While a yes or no is being asked for, a yes or no is an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from conversation.brain.answers import Answer, classify_answer
from conversation.turn_commands import Overlap
from media.speakable import speakable
from tools.spoken.words import vocabulary

#: What is said over somebody, for a recogniser to expect.
EXPECTED_OVER_SPEECH: Final = (
    "stop", "wait", "wait a second", "hold on", "hang on", "no", "never mind", "what", "sorry", "excuse me", "okay",
    "yeah", "yes", "right", "all right", "mm-hmm", "uh-huh", "hmm", "sure", "got it", "I see", "great",
)  # fmt: skip

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
#: What they make of a hum; it is one where they have heard a hum just before.
_HUMMED: Final = vocabulary("amen um and i'm i am him home in men here have")
#: Words that are said to break in, wherever they stand.
_BREAKING_IN: Final = vocabulary(
    "stop wait no nope hold hang hey cancel never enough quiet pause actually sorry excuse hello listen wrong instead "
    "what what's who when where why how which"
)
#: Those among them that small recognisers seldom make of an "okay" or of noise ("no" they do).
_STOP: Final = vocabulary("stop wait hold hang cancel enough quiet")
_BROKEN_IN: Final = ("stop", "wait", "hold on", "hang on", "wait a second")
_ALIKE: Final = 74
#: More words than these are a turn of their own, whatever they are.
_MOST_WORDS: Final = 4
#: Words heard so far that are believed: by how long they took, or by how sure the recogniser is of how many of them.
_PLAIN_S: Final = 0.3
_SURE: Final = 0.8
_RATHER_SURE: Final = 0.6
_HARDLY_SURE: Final = 0.4
_SEVERAL: Final = 3
#: A listener's word takes no longer; what is no word at all and this short was not meant to be an interruption.
_MURMUR_S: Final = 0.65
#: Likeness of the letters from which a garbled hearing is the assistant's own words, and from how many letters on.
_GARBLED: Final = 80
_GARBLED_LETTERS: Final = 6
#: Share of the words heard that have to be the assistant's own to be its echo, and from how many letters on.
_ECHOED: Final = 0.7
_ECHO_LETTERS: Final = 4


@dataclass(frozen=True, slots=True)
class Overheard:
    """What was heard over the assistant.

    Attributes:
        text: The words.
        confidence: The recogniser's, 0..1.
        seconds: How long was spoken.
        over: Its speaker is silent again.
        asked: The assistant is asking for a yes or a no.
        own_words: What the assistant itself said meanwhile, where its voice may come back as echo; else empty.
        believed: Whether the recogniser believes that anything was said.
        hummed: Less of the same was a hum when it was listened to before.
    """

    text: str
    confidence: float = 1.0
    seconds: float = 1.0
    over: bool = True
    asked: bool = False
    own_words: str = ""
    believed: bool = True
    hummed: bool = False


def overlap_of(heard: Overheard) -> Overlap:
    """What it is, as far as can be told."""
    plain = _plain(heard.text)
    said = plain.split()
    if not any(char.isalnum() for char in heard.text) or plain in _INVENTED:
        return Overlap.NOTHING
    if not heard.believed and not (_STOP.intersection(said) and heard.seconds >= _PLAIN_S):
        return Overlap.NOTHING
    if len(plain) >= _ECHO_LETTERS and _likeness(heard.text, heard.own_words) >= _ECHOED:
        return Overlap.ECHO
    if said and all(_HUMS.fullmatch(word) for word in said):
        return Overlap.HUM
    words = _PHRASES.sub(" ", plain).split()
    if heard.asked and classify_answer(heard.text) is not Answer.OTHER:
        return Overlap.WORDS
    few = len(said) <= _MOST_WORDS and not any(char.isdigit() for char in heard.text)
    if few and all(word in _LISTENING or _HUMS.fullmatch(word) for word in words):
        return Overlap.BACK_CHANNEL
    if heard.hummed and few and all(word in _HUMMED or _HUMS.fullmatch(word) for word in said):
        return Overlap.HUM
    return Overlap.WORDS if _is_plain(heard, plain) else Overlap.UNCLEAR


def _is_plain(heard: Overheard, plain: str) -> bool:
    """Whether it is certain enough that something was said, other than a listener's words."""
    words = plain.split()
    breaks_in = any(word in _BREAKING_IN for word in words)
    if heard.over:
        return (
            breaks_in
            or heard.seconds > _MURMUR_S
            or heard.confidence >= _SURE
            or any(fuzz.ratio(plain, each) >= _ALIKE for each in _BROKEN_IN)
        )
    if breaks_in and heard.seconds >= _PLAIN_S:
        return heard.confidence >= _HARDLY_SURE or not _STOP.isdisjoint(words)
    if heard.confidence >= _SURE:
        return True
    return len(words) >= _SEVERAL and heard.confidence >= _RATHER_SURE


def _likeness(text: str, own_words: str) -> float:
    """Share of the words of ``text`` that are in ``own_words``, in this order; numbers as they are said.

    All of them where it has the letters of a stretch of them ("That's up" of "That's outside"), unless somebody breaks
    in with a word that is not the assistant's.
    """
    if not own_words:
        return 0.0
    words, own = _plain(speakable(text)).split(), _plain(speakable(own_words)).split()
    letters, said = "".join(words), "".join(own)
    breaks_in = any(word in _BREAKING_IN and word not in own for word in words)
    enough = min(len(letters), len(said)) >= _GARBLED_LETTERS
    if enough and not breaks_in and fuzz.partial_ratio(letters, said) >= _GARBLED:
        return 1.0
    return LCSseq.similarity(words, own) / max(1, len(words))


def _plain(text: str) -> str:
    plain = re.sub(r"[^a-z' -]+", " ", text.lower().replace("’", "'"))
    return re.sub(r"\s+", " ", plain).strip(" -'")
