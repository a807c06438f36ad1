"""Is what was heard so far a whole request? Decides how long the session waits before it answers.

It asks the understanding and reads the dialogue state; it changes neither. A wrong "complete" cuts a user off, a wrong
"incomplete" only costs a moment, so doubt is "unclear".
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

from conversation.brain.answering import answer, pick
from conversation.brain.answers import Answer, classify_answer
from conversation.brain.choice import settle
from conversation.brain.dialogue import Dialogue
from conversation.brain.frames import FRAMES, Kind
from conversation.brain.phrases import REQUEST_START, Talk, talk
from conversation.brain.reading import Reading, clean
from conversation.turn_machine import Completeness
from tools.spoken.when import When

__all__ = ["Completeness", "judge"]

_HANGING: Final = re.compile(
    r"(?:^|\b)(?:for|to|with|at|on|in|by|of|from|about|into|until|till|because|and|or|but|so|then|the|a|"
    r"an|my|our|his|their|this|"
    r"is|are|was|were|be|has|have|i|we|um+|uh+|er|erm|like|please can you|can you|could you|i need|i want|"
    r"i'd like|let's|next|"
    r"(?:job|invoice|estimate|project) number|due|mr|mrs|ms|doctor|what|what's|who|who's|when|where|how|how's|"
    r"which|if)[\s,.…-]*$",
    re.IGNORECASE,
)
# "What is it for?", "who is this job for": here the preposition ends a question.
_QUESTION_END: Final = re.compile(
    r"^(?:who|what|which|where|when)\b.*\b(?:for|with|to|on|at|about|from|in|of|"
    # "where he is" is a question, "which estimates are" only its beginning.
    r"(?:he|she|it|that|this|they|there|you|we) (?:is|was|are|were))[\s?.]*$",
    re.IGNORECASE,
)
# A recogniser hears a question in "which estimates are …", and closes it with a question mark.
_QUESTION_BEGUN: Final = re.compile(
    r"^(?:which|what|whose|how many)\b.+\b(?:is|are|was|were|have|has|the|my|our|his|their|a|an)\?$"
)
_WHOLE_QUESTIONS: Final = frozenset({"what", "who", "when", "where", "how", "which"})
SURE: Final = 0.5
# Optional values of which people often say one after a short pause.
_OFTEN_FOLLOWS: Final = {
    "create_job": frozenset({"scheduled_date"}),
    "create_invoice": frozenset({"due_date", "description"}),
}

# After the day people often name the hour.
_AT_A_TIME: Final = frozenset({"create_job", "reschedule_job", "set_reminder"})


async def judge(dialogue: Dialogue, text: str, offered: Set[str]) -> Completeness:
    """How complete ``text`` is in the present state of ``dialogue``."""
    if not any(char.isalnum() for char in text):
        return Completeness.UNCLEAR
    state = dialogue.state
    kind = talk(text)
    if kind == Talk.WAIT:
        return Completeness.INCOMPLETE
    if _hangs(text) and kind is None:
        return Completeness.INCOMPLETE
    if kind is not None or classify_answer(text) != Answer.OTHER:
        return Completeness.COMPLETE
    reading = Reading(text, dialogue.context())
    asked = FRAMES[state.frame.tool].slot(state.frame.asking or "") if state.frame is not None else None
    # Who begins a request instead may name in passing what was asked for, long before he is done.
    if state.frame is not None and (slot := asked) and not REQUEST_START.match(reading.text):
        if state.frame.candidates and pick(state.frame.candidates, reading) is not None:
            return Completeness.COMPLETE
        if answer(slot, reading) is not None:
            # Free text has no natural end: "the water heater …" may go on.
            return (
                Completeness.UNCLEAR
                if slot.kind == Kind.TEXT and len(reading.words) < 2
                else Completeness.COMPLETE
            )
    settled = settle(text, await dialogue.understanding.rank(clean(text)), offered, dialogue.context())
    if settled.frame is None:
        whole = settled.out_of_scope > 0.8 and len(reading.words) > 2 and REQUEST_START.match(reading.text)
        return Completeness.COMPLETE if whole else Completeness.UNCLEAR
    tool = FRAMES[settled.frame.tool]
    if tool.missing(settled.frame.slots):
        return Completeness.INCOMPLETE if tool.changes and len(reading.words) > 1 else Completeness.UNCLEAR
    follows = _OFTEN_FOLLOWS.get(tool.tool, frozenset())
    if (
        tool.tool in _AT_A_TIME
        and reading.sure_whens
        and not any(_timed(span.when) for span in reading.whens)
    ):
        return Completeness.UNCLEAR
    if settled.score < SURE or (follows and follows.isdisjoint(settled.frame.slots)):
        return Completeness.UNCLEAR
    return Completeness.COMPLETE


def _timed(when: When) -> bool:
    return when.has_time or when.part_of_day is not None or when.offset or when.grain in {"week", "month"}


def _hangs(text: str) -> bool:
    """Whether the last word cannot be the last of a request."""
    plain = text.strip().lower()
    if plain.rstrip(" ?.!") in _WHOLE_QUESTIONS:
        return False
    return bool(_HANGING.search(plain) or _QUESTION_BEGUN.match(plain)) and not _QUESTION_END.match(plain)
