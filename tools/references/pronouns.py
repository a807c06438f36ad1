"""Pronouns and positions: "it", "that job", "her invoice", "the second one". Pure text against the focus."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tools.refusals import not_found
from tools.spoken.ordinals import parse_position
from tools.spoken.words import vocabulary

PERSONAL = vocabulary("her his him he she them they their hers theirs")
_DEMONSTRATIVE = vocabulary("it that this the same one same last my our its")
_NOUNS = {
    "job": vocabulary("job jobs appointment appointments visit booking work order"),
    "invoice": vocabulary("invoice invoices bill bills"),
    "estimate": vocabulary("estimate estimates quote quotes offer proposal quotation"),
    "project": vocabulary("project projects"),
    "contact": vocabulary("contact contacts customer client person guy lady number"),
}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def words_of(text: str) -> list[str]:
    """Lower-case words of a reference."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def nouns_of(kind: str) -> frozenset[str]:
    """What people call a thing of ``kind``."""
    return _NOUNS[kind]


def is_id(text: str) -> bool:
    """Whether the reference is one of our identifiers, as a model copies it from a result."""
    return _ID.fullmatch(text.strip()) is not None


def is_pronoun(text: str, kind: str) -> bool:
    """Whether the reference names nothing by itself: "it", "that job", "the same one"; for contacts "her" too."""
    words = words_of(text)
    if len(words) > 1 and words[-1] == "one" and words[-2] in _NOUNS[kind]:
        return False  # "job one" is a number
    empty = _DEMONSTRATIVE | _NOUNS[kind] | (PERSONAL if kind == "contact" else frozenset[str]())
    return bool(words) and all(word in empty for word in words)


def means_focused_person(text: str, kind: str) -> bool:
    """Whether the thing is named by its owner's pronoun only: "her invoice", "their job"."""
    words = words_of(text)
    rest = [word for word in words if word not in _NOUNS[kind] and word not in _DEMONSTRATIVE]
    return bool(rest) and all(word in PERSONAL for word in rest)


def picked(text: str, kind: str, focus: Mapping[str, str]) -> str | None:
    """The id that "the second one" picks from the last list of ``kind``; None when it picks by no position.

    Raises Refused (not_found) when the list is shorter.
    """
    listed = [entry for entry in focus.get(f"{kind}_list", "").split(",") if entry]
    position = parse_position(text)
    if position is None or not listed:
        return None
    if position > len(listed):
        count = "only one" if len(listed) == 1 else f"only {len(listed)}"
        raise not_found(f"There {'is' if len(listed) == 1 else 'are'} {count} on the list.")
    return listed[position - 1] if position > 0 else listed[-1]
