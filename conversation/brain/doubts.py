"""What was heard may not be what was said: which of the writes that it leads to need a question first.

Pure. It compares what each reading of an utterance would do. It must never make a write likelier, only ask before one;
and a write that its tool reads back anyway needs no second question.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from conversation.brain.frames import FRAMES, Kind
from conversation.brain.plan import Step
from conversation.brain.state import DialogueState, Frame
from conversation.hearing.readings import matter
from conversation.name_book import ordinary_words, words_of
from conversation.providers import Recognition
from tools.spoken.numbers import parse_number
from tools.spoken.words import vocabulary

_KEPT: Final = 8
_READINGS: Final = 3
"""Other readings that are looked at; each is ranked."""
_UNSURE: Final = 0.65
"""Confidence of the recogniser below which any write is asked about."""
_STRANGE: Final = 0.85
"""And below which a word that nobody has used before is not believed."""
_NUMBERED: Final = vocabulary(
    "unit number room lot suite job invoice estimate project apartment apt building house floor phase step gate site "
    "route"
)
"""What has a number behind its name."""
_MOST_WORDS: Final = 3
_MOST: Final = 99


class Hearings:
    """The latest utterances as they were heard, by their text; what was typed is not among them."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Recognition] = OrderedDict()

    def note(self, heard: Recognition) -> None:
        """Something was heard."""
        key = _key(heard.text)
        self._known.pop(key, None)
        self._known[key] = heard
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def of(self, text: str) -> Recognition | None:
        """How ``text`` was heard; None when it was not."""
        return self._known.get(_key(text))

    def in_doubt(self, text: str) -> bool:
        """Whether a write that ``text`` leads to might need a question first."""
        heard = self.of(text)
        return heard is not None and (bool(heard.alternatives) or heard.confidence < _STRANGE)


def other_readings(heard: Recognition) -> Sequence[str]:
    """The other readings to be looked at."""
    return heard.alternatives[:_READINGS]


def writes(step: Step, state: DialogueState) -> list[Frame]:
    """The requests that change something and that ``step`` leads to, one after the other; also what it offers."""
    first = [step.call] if step.call is not None else []
    return [
        frame
        for frame in (*first, *([] if first else state.offer), *state.queue)
        if FRAMES[frame.tool].changes and not frame.resumed
    ]


def doubtful(
    meant: Sequence[Frame], others: Iterable[Sequence[Frame]], confidence: float, *, in_doubt: bool
) -> list[Frame]:
    """Those of ``meant`` that need a question first.

    Args:
        meant: The writes that the utterance leads to.
        others: Those that each other reading leads to; a reading that leads to none is no likely one.
        confidence: The recogniser's.
        in_doubt: Whether there are other readings at all.
    """
    rivals = [list(other) for other in others if other]
    unsure = confidence < _UNSURE
    return [
        frame
        for at, frame in enumerate(meant)
        if not _is_read_back(frame)
        and (
            unsure
            or _lacks_a_noun(frame)
            or any(at >= len(rival) or _differ(frame, rival[at]) for rival in rivals)
            or ((in_doubt or confidence < _STRANGE) and _is_strange(frame))
        )
    ]


def _is_read_back(frame: Frame) -> bool:
    """Whether its tool names what it will do and waits for a yes anyway."""
    return FRAMES[frame.tool].asks or frame.slots.get("new_status") == "cancelled"


def _differ(one: Frame, other: Frame) -> bool:
    names = one.slots.keys() | other.slots.keys()
    return one.tool != other.tool or any(
        matter(one.slots.get(name, "")) != matter(other.slots.get(name, "")) for name in names
    )


def _texts(frame: Frame) -> list[str]:
    return [frame.slots.get(slot.name, "") for slot in FRAMES[frame.tool].slots if slot.kind is Kind.TEXT]


def _lacks_a_noun(frame: Frame) -> bool:
    """Whether its free text is short and ends with how many, but not of what: "order five" was "order pipe"."""
    for text in _texts(frame):
        *_, before, last = ["", "", *text.lower().rstrip(".!").split()]
        count = parse_number(last) if before and len(text.split()) <= _MOST_WORDS else None
        if count is not None and count <= _MOST and before not in _NUMBERED:
            return True
    return False


def _is_strange(frame: Frame) -> bool:
    """Whether its free text has a word that is neither an ordinary one nor a name."""
    ordinary = ordinary_words()
    return any(
        not (
            word.text in ordinary or word.is_figure or word.capital or word.text.removesuffix("s") in ordinary
        )
        for text in _texts(frame)
        for word in words_of(text[:1].lower() + text[1:])
    )


def _key(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text).strip().casefold()
