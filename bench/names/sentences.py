"""What is said in ``make bench-names``: requests about people and streets of the demo business, and about strangers.

Made for this bench alone; nothing is tuned on a shared evaluation set.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Final

from bench.misheard import people
from bench.turns.sentences import DIALOGUES
from business.seed_data.people import PEOPLE
from conversation.name_book import street_name

_REQUESTS: Final = (
    "Create an invoice for {name} for {amount} dollars.",
    "Book a drain cleaning for {name} on Thursday at ten.",
    "Remind me to call {name} tomorrow at nine.",
    "Send {name} a reminder about the invoice.",
    "Write an estimate for {name}, {amount} dollars for the new faucet.",
    "Move the job for {name} to Friday afternoon.",
    "I talked to {name} about the water heater.",
    "Schedule a follow up with {name} next week.",
    "What is the phone number of {name}?",
    "Put the job for {name} on hold.",
    "Book a boiler inspection on {street} for {name} on Monday.",
    "Bill {name} {amount} dollars for the repair.",
)
_SHORTEST: Final = 4
_AMOUNTS: Final = ("three hundred", "eighty five", "twelve hundred", "four hundred fifty", "nine hundred")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence with the names in it."""

    text: str
    names: tuple[str, ...]


def demo_names() -> tuple[str, ...]:
    """What the demo business knows: its people, companies and streets."""
    names = [f"{each.first} {each.last}".strip() for each in PEOPLE]
    names += [each.company for each in PEOPLE] + [street_name(each.street) for each in PEOPLE]
    return tuple(dict.fromkeys(name for name in names if name))


def spoken_lines() -> set[str]:
    """What the callers of the turn bench say, without the marks of its pauses; nothing too short to be misread."""
    lines = {re.sub(r"\s*[|/]\s*", " ", line) for dialogue in DIALOGUES for line in dialogue}
    return {line for line in lines if len(line.split()) >= _SHORTEST}


def known(count: int, *, seed: int = 365) -> list[Said]:
    """Requests that name people of the business."""
    people_ = [
        (f"{p.first} {p.last}", street_name(p.street)) for p in PEOPLE if p.first and p.last and p.street
    ]
    return _said(people_, count, seed)


def strangers(count: int, *, seed: int = 366) -> list[Said]:
    """Requests that name people the business does not know; on streets it does not know either."""
    taken = set(demo_names())
    streets = ("Orchard Bend", "Quarry Hill Road", "Beacon Street", "Tamarack Lane", "Foxglove Circle")
    pairs = [f"{first} {last}" for first, last in people(count * 2, seed=seed)]
    fresh = [(name, streets[at % len(streets)]) for at, name in enumerate(pairs) if name not in taken]
    return _said(fresh, count, seed)


def _said(people_: list[tuple[str, str]], count: int, seed: int) -> list[Said]:
    rng = random.Random(seed)  # noqa: S311  (reproducible, not secret)
    order = rng.sample(people_, len(people_))
    found: list[Said] = []
    for at in range(count):
        name, street = order[at % len(order)]
        request = _REQUESTS[at % len(_REQUESTS)]
        text = request.format(name=name, street=street, amount=rng.choice(_AMOUNTS))
        found.append(Said(text, (name, street) if "{street}" in request else (name,)))
    return found
