"""Relationships and kinds of contacts in words: "prospects", "all our vendors", as asked for and as told.

Pure tables. A word that may be a name is none of these.
"""

from __future__ import annotations

import re
from typing import Final

from business.entities.contacts import ContactType, RelationshipStatus
from tools.spoken.words import vocabulary

_WORDS: Final = {
    RelationshipStatus.LOST_LEAD: r"lost leads?",
    RelationshipStatus.QUALIFIED_LEAD: r"qualified (?:leads?|prospects?)",
    RelationshipStatus.PAST_CLIENT: r"(?:past|former|old|previous) (?:clients?|customers?)",
    RelationshipStatus.INACTIVE: r"inactive(?: (?:clients?|customers?|contacts?))?",
    RelationshipStatus.ACTIVE_CLIENT: r"(?:active |current )?(?:clients?|customers?)|active contacts?",
    RelationshipStatus.OPPORTUNITY: r"opportunit(?:y|ies)",
    RelationshipStatus.PROSPECT: r"prospects?|leads?",
}
#: Kinds that say no relationship: customers, leads and prospects are asked for as such.
_TYPE_WORDS: Final = {
    ContactType.VENDOR: r"vendors?|suppliers?",
    ContactType.PARTNER: r"partners?",
    ContactType.CONTRACTOR: r"(?:sub ?)?contractors?",
}
_SAID: Final[dict[RelationshipStatus | ContactType, tuple[str, str]]] = {
    ContactType.VENDOR: ("vendor", "vendors"),
    ContactType.PARTNER: ("partner", "partners"),
    ContactType.CONTRACTOR: ("contractor", "contractors"),
    RelationshipStatus.LOST_LEAD: ("lost lead", "lost leads"),
    RelationshipStatus.QUALIFIED_LEAD: ("qualified lead", "qualified leads"),
    RelationshipStatus.PAST_CLIENT: ("past client", "past clients"),
    RelationshipStatus.INACTIVE: ("inactive contact", "inactive contacts"),
    RelationshipStatus.ACTIVE_CLIENT: ("active client", "active clients"),
    RelationshipStatus.OPPORTUNITY: ("opportunity", "opportunities"),
    RelationshipStatus.PROSPECT: ("prospect", "prospects"),
}
_EVERYONE: Final = vocabulary(
    "all every everyone everybody anyone any the my our of your list whole contact contacts people who are that have "
    "we i do in with a as status relationship"
)


def relationship_in(text: str) -> RelationshipStatus | None:
    """The relationship that the words name, None for none; "qualified leads" before "leads"."""
    plain = _plain(text)
    return next((status for status, words in _WORDS.items() if re.search(rf"\b(?:{words})\b", plain)), None)


def type_in(text: str) -> ContactType | None:
    """The kind of contact that the words name ("suppliers"), None for none."""
    plain = _plain(text)
    return next((kind for kind, words in _TYPE_WORDS.items() if re.search(rf"\b(?:{words})\b", plain)), None)


def says_a_name(text: str) -> bool:
    """Whether anything is left beside relationships, kinds and "all our": something to look for."""
    rest = _plain(text)
    for words in (*_WORDS.values(), *_TYPE_WORDS.values()):
        rest = re.sub(rf"\b(?:{words})\b", " ", rest)
    return any(word not in _EVERYONE for word in rest.split())


def say_relationship(status: RelationshipStatus | ContactType) -> tuple[str, str]:
    """One and many of a relationship or a kind: ("prospect", "prospects")."""
    return _SAID[status]


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9']+", " ", text.lower().replace("_", " ")).split())
