"""Finds whom an utterance is about: runs of words that stand where names stand.

Pure. It finds candidates by position, spelling and possessives; whether such a customer exists is the tools' question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conversation.brain.reading import PEOPLE, Reading
from conversation.understanding.text import known_names
from tools.spoken.words import Token, vocabulary

_MAX_NAME_WORDS: Final = 4
# Words that end a name: function words, verbs after a name, and the nouns of the trade's paperwork.
_STOP: Final = vocabulary(
    "a an my our your this that these those me i we you us it its is was are were be been am do does did "
    "has have had can could "
    "will would should shall may for to of in on at with from by about as or but so because since due "
    "and then instead "
    "please now today tomorrow tonight who what when where how why which whose if until till before "
    "after over again back up "
    "down out off please thanks job jobs invoice invoices bill bills estimate estimates quote quotes "
    "project projects appointment "
    "visit reminder reminders payment payments money number phone email address contact info details she "
    "he they her him them his "
    "their wants wanted needs needed called calls said says asked approved accepted declined rejected "
    "signed turned paid pay owes "
    "owe emailed texted would about that's it's there here saying went agreed passed opened viewed saw "
    "canceled cancelled cancels "
    "named new customer client got get not no yes yet ever still also net valid into onto file record "
    "records "
    "using regarding re concerning just really all some any every each one percent dollars bucks follow "
    "followup call meeting"
)
_TITLES: Final = vocabulary("mr mrs ms miss dr doctor mister missus")
_WORK: Final = vocabulary(
    "repair repairs install installs installation replacement replace cleaning clean inspection inspect "
    "tune upgrade service servicing "
    "remodel renovation maintenance leak leaks leaking heater furnace boiler toilet sink faucet drain "
    "drains sewer line pump panel outlet "
    "outlets breaker switch thermostat roof roofing gutter gutters shingles deck fence duct ducts ac "
    "hvac air conditioner conditioning "
    "heat water gas pipe pipes plumbing wiring rewire rewiring rewires lights lighting fan shower tub "
    "bathroom kitchen basement garage disposal "
    "dishwasher washer dryer work labor labour parts materials consultation checkup check fix fixing "
    "emergency job door doors window "
    "windows siding paint painting tile tiling flooring floor drywall framing concrete backflow test "
    "testing valve sump hydrant ev charger "
    "generator smoke detectors estimate walkthrough addition build warranty visit deposit filter filters "
    "coil compressor capacitor meter"
)
_THAT_PERSON: Final = re.compile(
    r"\b(?:that|this|the same) (?:customer|client|contact|guy|man|woman|lady|person|homeowner|family|people|company)\b",
    re.IGNORECASE,
)
_SHORTENED: Final = 2
"""Letters of a word that is written with a stop: "Mr.", "St.", "J."."""
_NOT_FIRST: Final = vocabulary("the those these")


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate name: word indices [start, end) with the preposition included in ``lead``."""

    start: int
    end: int
    lead: int
    name: str

    def span(self, reading: Reading) -> tuple[int, int]:
        """Character span to cut away, with the word that led to it."""
        return reading.words[self.lead].start, reading.words[self.end - 1].end


def looks_like_work(text: str) -> bool:
    """Whether a phrase is something done rather than someone: "drain cleaning", "the new outlets"."""
    words = re.findall(r"[a-z]+", text.lower())
    return any(word in _WORK for word in words) or (
        bool(words) and words[0].endswith("ing") and words[0] not in known_names()
    )


def strip_possessive(name: str) -> str:
    """A name without its possessive: "Jane's" → "Jane", "the Millers'" → "the Millers"."""
    return re.sub(r"'s?$", "", name)


def name_at(reading: Reading, index: int, blocked: set[int]) -> int:
    """End index of the run of name words that starts at ``index``; ``index`` itself when there is none."""
    words, text = reading.words, reading.text
    end = index
    capitals = False
    while end < len(words) and end - index < _MAX_NAME_WORDS:
        word = words[end]
        if end in blocked or (end > index and _parts(words[end - 1], word)) or not word.text[0].isalpha():
            break
        upper = text[word.start].isupper() and word.start > 0
        if word.text.rstrip("'") in _STOP and not (upper and word.text not in {"i", "i'm"} and end > index):
            break
        if end == index and word.text in _NOT_FIRST:
            break
        if capitals and not upper and word.text not in {"van", "von", "de", "la", "del", "der"}:
            break
        capitals = capitals or upper
        end += 1
        if word.text.endswith(("'s", "s'")):
            break
        # "Smith and Sons", "Bob & Carol": only spelling shows that it is one name.
        if (
            end + 1 < len(words)
            and words[end].text in {"and", "of"}
            and capitals
            and text[words[end + 1].start].isupper()
            and end - index < _MAX_NAME_WORDS - 1
        ):
            end += 1
    while end > index and words[end - 1].text in {"and", "of"}:
        end -= 1
    return end


def _parts(before: Token, word: Token) -> bool:
    """Whether a comma or the end of a sentence stands between two words; the stop of "Mr." or "J." is no end."""
    return "," in word.gap or (bool(re.search(r"[.!?;:]", word.gap)) and len(before.text) > _SHORTENED)


def after_words(reading: Reading, leads: frozenset[str], blocked: set[int]) -> list[Person]:
    """Names that follow one of ``leads`` ("for Maria", "bill Smith"), in order; work is left out."""
    found: list[Person] = []
    for index, word in enumerate(reading.words[:-1]):
        if word.text not in leads or index in blocked:
            continue
        start = index + 1
        while start < len(reading.words) - 1 and (reading.words[start].text in _TITLES):
            start += 1
        if reading.words[start].text in {"the"} and _family(reading, start + 1):
            start += 1
        end = name_at(reading, start, blocked)
        if end > start:
            name = strip_possessive(reading.original(start, end))
            if not looks_like_work(name) or _spelled_as_name(reading, start):
                found.append(Person(start, end, index, name))
    return found


def subject(reading: Reading, verbs: frozenset[str], blocked: set[int]) -> Person | None:
    """The name before a verb: "Maria needs …", "Sarah Johnson approved …"."""
    for index, word in enumerate(reading.words):
        if index == 0 or word.text not in verbs or index in blocked:
            continue
        for start in range(max(0, index - _MAX_NAME_WORDS), index):
            if name_at(reading, start, blocked) == index:
                name = reading.original(start, index)
                if not looks_like_work(name):
                    return Person(start, index, start, strip_possessive(name))
    return None


def possessive(reading: Reading, blocked: set[int]) -> Person | None:
    """The first name with a possessive: "Maria's furnace"."""
    for index, word in enumerate(reading.words):
        if (
            index in blocked
            or not word.text.endswith(("'s", "s'"))
            or word.text[:-2] in _STOP | {"let", "today", "tomorrow"}
        ):
            continue
        start = index
        while (
            start > 0
            and index - start < _MAX_NAME_WORDS - 1
            and name_at(reading, start - 1, blocked) == index + 1
        ):
            start -= 1
        if start < index and reading.words[start].text in _VERBS:
            start += 1
        name = strip_possessive(reading.original(start, index + 1))
        if not looks_like_work(name):
            return Person(start, index + 1, start, name)
    return None


def listed_name(reading: Reading, blocked: set[int]) -> Person | None:
    """A word that is a common name wherever it stands; the last resort."""
    for index, word in enumerate(reading.words):
        upper = reading.text[word.start].isupper()
        if index in blocked or word.text in _STOP or word.text in _VERBS or word.text in _WORK:
            continue
        if word.text.removesuffix("'s") in known_names() or (upper and index > 0 and word.text.isalpha()):
            end = name_at(reading, index, blocked)
            if end > index and not looks_like_work(reading.original(index, end)):
                return Person(index, end, index, strip_possessive(reading.original(index, end)))
    return None


def from_focus(reading: Reading) -> bool:
    """Whether "her", "him", "them" or "that customer" stands for the contact."""
    pronouns = {word.text.removesuffix("'s") for word in reading.words} & PEOPLE
    return bool(pronouns) or points_at_person(reading)


def points_at_person(reading: Reading) -> bool:
    """Whether the contact is pointed at by a noun: "that customer"."""
    return bool(_THAT_PERSON.search(reading.text))


def blocked_words(reading: Reading, spans: Iterable[tuple[int, int]]) -> set[int]:
    """Word indices inside the character spans."""
    return reading.blocked(spans)


def _family(reading: Reading, index: int) -> bool:
    """Whether a plural surname stands there: the "Millers" of "the Millers"."""
    if index >= len(reading.words):
        return False
    word = reading.words[index]
    stem = word.text.removesuffix("s")
    spelled = reading.text[word.start].isupper()
    return word.text.endswith("s") and word.text not in _WORK and (spelled or stem in known_names())


def _spelled_as_name(reading: Reading, index: int) -> bool:
    """A capital letter inside an otherwise lower-case sentence."""
    word = reading.words[index]
    return word.start > 0 and reading.text[word.start].isupper() and reading.text != reading.text.title()


_VERBS: Final = vocabulary(
    "book schedule create make add set put pencil log start open enter slot send get give bill invoice "
    "charge quote nudge remind chase "
    "call text email message move push shift reschedule postpone delay cancel mark complete finish close "
    "find search look show tell check "
    "has did is was when where what who how will convert turn update change bring bump switch note "
    "record price write draft do raise "
    "generate prepare issue new arrange ask ping let poke bug approve reject decline withdraw"
)
