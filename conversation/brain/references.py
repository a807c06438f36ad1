"""Turns "it", "that one", "her" and "the second one" into what the conversation was about.

Pure. Where nothing was talked about the word is passed on as said, and the tool asks back.
"""

from __future__ import annotations

import re
from typing import Final

from conversation.brain.frames import FRAMES, REFERENCES
from conversation.brain.people import (
    Person,
    after_words,
    from_focus,
    listed_name,
    points_at_person,
    possessive,
    strip_possessive,
    subject,
)
from conversation.brain.reading import Context, Reading
from conversation.brain.state import Frame
from tools.spoken.ordinals import parse_position
from tools.spoken.words import vocabulary

GENERIC: Final = vocabulary(
    "the a an my our your this that these those me i i'm i've i'd i'll we we're we've us you is are was "
    "were be been being am do does "
    "did has have had having can could will would should shall what what's whats which who who's whos "
    "when when's where where's how "
    "how's why to of on in at for with from by about as it it's its and or but so please now then there "
    "there's here just still yet "
    "already ever again not no any some all tell show give get got read check look up pull bring open "
    "find see let know want need like "
    "more much many out over off back down into go going let's make made put set take one ones thing "
    "things if whether also too really "
    "him her his she he them they their she's he's they're be really right currently today ok okay yes "
    "say says said"
)
_LINKS: Final = vocabulary("the for of at in on with and a an to")
_NOUNS: Final[dict[str, frozenset[str]]] = {
    "job": vocabulary("job jobs appointment visit number work order ticket jab"),
    "project": vocabulary("project number proj"),
    "invoice": vocabulary("invoice bill number inv voice"),
    "estimate": vocabulary("estimate quote bid proposal number est coat estimated"),
    "contact": vocabulary("contact customer client"),
}


def focus_id(context: Context, kind: str) -> str | None:
    """The entity of ``kind`` that the conversation is about, as the tools take it: its id."""
    return context.focus.get(kind) or context.focus.get(f"{kind}_label")


def focus_label(context: Context, kind: str) -> str | None:
    """The same entity as one says it."""
    return context.focus.get(f"{kind}_label")


def pick_listed(context: Context, kind: str, spoken: str) -> str | None:
    """The id in the last list of ``kind`` that "the second one" means; None without such a list or beyond its end."""
    listed = [entry for entry in context.focus.get(f"{kind}_list", "").split(",") if entry]
    position = parse_position(spoken)
    if position is None or not listed:
        return None
    index = position - 1 if position > 0 else position
    return listed[index] if -len(listed) <= index < len(listed) else None


def entity(
    reading: Reading,
    kind: str,
    scaffold: frozenset[str],
    cut: list[tuple[int, int]] | None = None,
    *,
    implicit: bool = False,
) -> str | None:
    """What a request refers to: an ordinal of the last list, words that name it, or the focus.

    Args:
        reading: The utterance.
        kind: "job", "project", "invoice", "estimate".
        scaffold: Words of the request that never name anything.
        cut: Character spans that are something else (dates, statuses).
        implicit: Whether the focus is meant when nothing is said at all ("mark as done").
    """
    nouns = _NOUNS[kind]
    if reading.ordinal:
        return pick_listed(reading.context, kind, reading.ordinal) or reading.ordinal
    if numbered := re.search(
        rf"\b{kind} (?:number |# ?)?\d{{3,}}\b(?! ?(?:%|percent|dollars?|bucks))", reading.lower
    ):
        return reading.text[numbered.start() : numbered.end()]
    found = reading.reference(GENERIC | scaffold, soft=nouns, links=_LINKS, cut=cut or [])
    if found:
        return found
    pronouns = reading.pronouns
    indefinite = any(
        f"{article} {noun}" in reading.lower for article in ("a", "an", "another") for noun in nouns
    )
    if pronouns or any(f"the {noun}" in reading.lower for noun in nouns) or (implicit and not indefinite):
        said = "it" if pronouns else None
        return focus_id(reading.context, kind) or _of_focus_contact(reading, kind) or said
    return None


def _of_focus_contact(reading: Reading, kind: str) -> str | None:
    """The contact in place of "her invoice" when no invoice was talked about: it finds the invoice too."""
    if kind == "contact" or not from_focus(reading):
        return None
    return focus_id(reading.context, "contact")


def focus_contact(reading: Reading) -> str | None:
    """The contact that "her", "him" or "them" means; the word itself where nobody was spoken of."""
    if not from_focus(reading):
        return None
    return focus_id(reading.context, "contact") or "them"


def contact(
    reading: Reading, scaffold: frozenset[str], cut: list[tuple[int, int]] | None = None
) -> str | None:
    """Whom a request about one contact names: an ordinal, a name, "her"; the residue of the sentence is the name."""
    if reading.ordinal:
        return pick_listed(reading.context, "contact", reading.ordinal) or reading.ordinal
    if points_at_person(reading):
        return focus_contact(reading)
    found = reading.reference(
        GENERIC | scaffold, soft=_NOUNS["contact"], links=vocabulary("and of the"), cut=cut or []
    )
    if found:
        name = strip_possessive(found)
        return name.removeprefix("the ") if not name.endswith("s") else name
    return focus_contact(reading)


def party(
    reading: Reading, blocked: set[int], leads: frozenset[str], subjects: frozenset[str]
) -> Person | None:
    """Whom a request that also says other things is for: after a verb or preposition, before a verb, by possessive."""
    named = after_words(reading, leads, blocked)
    if named:
        return named[0]
    return (
        subject(reading, subjects, blocked) or possessive(reading, blocked) or listed_name(reading, blocked)
    )


def meant_before(frame: Frame, last: Frame | None) -> Frame:
    """What "it" is after a question that was not answered with a yes: what that question was about."""
    if last is None or last.outcome not in {"unconfirmed", "refused"}:
        return frame
    for slot in FRAMES[frame.tool].slots:
        before = last.slots.get(slot.name)
        if slot.kind in REFERENCES and before and frame.slots.get(slot.name) in {"it", "them"}:
            frame.slots[slot.name] = before
    return frame


def about_listed(frame: Frame, context: Context) -> Frame:
    """The request it is after a list of contacts, when "the second one" is one of those and not a job."""
    said = frame.slots.get("job", "")
    among = context.topic == "contact" and bool(context.focus.get("contact_list"))
    if frame.tool != "get_job_details" or not among or re.search(r"\bjob\b", frame.text, re.IGNORECASE):
        return frame
    listed = (
        re.fullmatch(r"(?:the )?[a-z]+ one", said.strip(), re.IGNORECASE) and parse_position(said) is not None
    )
    return Frame("get_contact_info", {"contact": said}, frame.text) if listed else frame
