"""Is a spoken answer a yes or a no? Used where money depends on it, so a yes has to be a clear yes.

Pure. Anything that asks, changes a value, hesitates or mixes both is "other" and never counts as consent.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from tools.spoken.words import vocabulary


class Answer(StrEnum):
    """What an answer to a yes/no question means."""

    YES = "yes"
    NO = "no"
    OTHER = "other"


# Longest first is the regex's job: each alternative is tried in this order at each position.
_YES: Final = re.compile(
    r"yes(?:sir)?|yeah|yep|yup|ya|yah|uh-?huh|mm-?hmm|sure(?: thing)?|of course|absolutely|definitely|"
    r"certainly|correct|confirm(?:ed)?|"
    r"affirmative|ok(?:ay)?|all ?right|alright|that(?:'s| is) (?:right|correct|fine|good|it|perfect)|(?:sounds|"
    r"looks) (?:good|right|great|fine)|"
    r"go (?:right )?ahead|go for it|do (?:it|that|so)|(?:create|send|book|make|convert|cancel|post|save|"
    r"move) (?:it|that)|by all means|"
    r"please do|let's do (?:it|that)|perfect|exactly|you bet|right|fine|i do|(?:i'm|i am) sure|that works|"
    r"works for me|good|great",
)
_NO: Final = re.compile(
    r"no way|not now|no(?:pe)?|nah|nay|negative|no way|not now|not yet|not really|not today|not this time|never ?mind|"
    r"(?:please )?don't(?: (?:do|send|book|create|make) (?:it|that))?|"
    r"do not(?: (?:do|send|book|create|make) (?:it|that))?|forget (?:it|about it|that)|cancel(?: (?:it|"
    r"that))?|stop(?: (?:it|that))?|"
    r"leave it(?: (?:alone|be))?|skip it|scrap (?:it|that)|i don't think so|i'd rather not|better not|"
    r"absolutely not|of course not|"
    r"that(?:'s| is) (?:wrong|not right|incorrect|not correct)|wrong|incorrect|i (?:don't|"
    r"do not) want (?:it|that|to)",
)
_CONSENT_VERBS: Final = re.compile(r"(?:create|send|book|make|convert|cancel|post|save|move) (?:it|that)")
_POLITE: Final = vocabulary(
    "please thanks thank you so then now well oh and um uh er ah hey hmm just very much sir ma'am man "
    "buddy it's too"
)
_DOUBT: Final = re.compile(
    r"\b(?:but|wait|hold|hang|actually|instead|change|except|unless|if|maybe|perhaps|guess|suppose|"
    r"think so|not sure|"
    r"depends|who|what|when|where|why|how much|how many|which)\b",
)


def classify_answer(text: str) -> Answer:
    """Whether ``text`` says yes, no or anything else. Without words it is other."""
    plain = re.sub(r"[^a-z0-9' ?-]+", " ", text.lower().replace("’", "'"))
    plain = re.sub(r"\s+", " ", plain).strip()
    if not plain:
        return Answer.OTHER
    rest, refused = _strip(_NO, plain)
    if refused:
        # "no, make it 400" changes something; "no thanks" and "no, don't" do not. "no, yes" is nobody's answer.
        leftover, agreed = _strip(_YES, rest)
        return Answer.NO if not _content(leftover) and (not agreed or "don't" in plain) else Answer.OTHER
    if "?" in plain or _DOUBT.search(plain):
        return Answer.OTHER
    rest, agreed = _strip(_YES, plain)
    return Answer.YES if agreed and not _content(rest) else Answer.OTHER


def _strip(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    """``text`` without the whole phrases of ``pattern``, and whether there were any."""
    bounded = re.compile(rf"(?<![a-z'])(?:{pattern.pattern})(?![a-z'])")
    stripped, count = bounded.subn(" ", text)
    return stripped, count > 0


def _content(text: str) -> bool:
    """Whether something is left that is neither politeness nor hesitation."""
    return any(word not in _POLITE for word in re.findall(r"[a-z0-9']+", text))
