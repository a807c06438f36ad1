"""Places in words: from what was said or written to a query, and from a geocoder's answers to the one that is meant.

Pure. A place that is not certain is asked about; the nearest guess is never taken silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from business.entities.addresses import Address
from tools.weather.provider import Place, PlaceQuery
from tools.weather.regions import country_of, is_full_name, region_named

_POSTAL: Final = re.compile(r"(?<!\w)(\d{5})(?:-\d{4})?(?!\w)|\b([A-Z]\d[A-Z] ?\d[A-Z]\d)\b")
_STREET: Final = re.compile(r"^\d+[a-z]?\s+\S", re.IGNORECASE)
_LEAD: Final = re.compile(
    r"^(?:(?:in|at|near|around|for|out in|over in|the city of|the town of)\s+)+", re.IGNORECASE
)
_LONGEST_REGION: Final = 4
# What makes a place likelier: nearness counts for more than size, up to a point ("London" is not the one in Ohio).
_SAME_REGION: Final = 10_000
_SAME_COUNTRY: Final = 50
_HAMLET: Final = 500
_CLEAR_LEAD: Final = 3
_MOST_ASKED: Final = 3


@dataclass(frozen=True, slots=True)
class Home:
    """Where the business is: what it calls "Springfield" is more likely near than far."""

    region: str
    country: str


def home_of(address: Address) -> Home:
    """The home of a business by its address."""
    return Home(region_named(address.state), address.country)


def query_of_address(address: Address) -> PlaceQuery:
    """What to look for to find an address. Empty when it has neither town nor postal code, also in one line."""
    if not address.city and not address.postal_code:
        return query_of_text(address.street, country=address.country, is_address=True)
    return PlaceQuery(
        city=address.city.strip(),
        region=region_named(address.state),
        postal_code=address.postal_code.split("-")[0].strip(),
        country=address.country,
        street=address.street.strip(),
    )


def query_of_text(text: str, *, country: str = "", is_address: bool = False) -> PlaceQuery:
    """What to look for: "Denver", "Springfield, Illinois", "80524", "12 Oak Street, Windsor, CO".

    Args:
        text: A place or an address in one line, as said or written.
        country: Where it is, when that is known.
        is_address: The first part is a street, even without a house number.
    """
    plain = _LEAD.sub("", " ".join(text.split())).strip(" ,.?!")
    postal = list(_POSTAL.finditer(plain))
    code = ""
    # The house number of "80524 County Road" comes first, a postal code last.
    if postal and (postal[-1].start() > 0 or postal[-1].end() == len(plain)):
        code = postal[-1].group(1) or postal[-1].group(2)
        plain = f"{plain[: postal[-1].start()]} {plain[postal[-1].end() :]}"
    parts = [part for part in (piece.strip(" .") for piece in plain.split(",")) if part]
    if parts and parts[-1].casefold() in {"usa", "us", "united states", "canada"}:
        country = "CA" if parts.pop().casefold() == "canada" else "US"
    street = ""
    if len(parts) > 1 and (_STREET.match(parts[0]) or (is_address and not region_named(parts[1]))):
        street = parts.pop(0)
    elif len(parts) == 1 and (is_address or _STREET.match(parts[0])):
        street, parts = parts[0], []
    city, region = _city_and_region(parts)
    return PlaceQuery(city, region, code, country or country_of(region), street)


def best_places(places: Sequence[Place], query: PlaceQuery, home: Home) -> tuple[Place, ...]:
    """The place that is meant, or the few that it could be; none when nothing bears that name."""
    named = [place for place in places if _plain(place.name) == _plain(query.city)]
    if not named and query.postal_code:
        named = list(places)
    seen: dict[tuple[str, str, str], Place] = {}
    for place in named:
        # Of one name in one region the largest is meant.
        key = (place.name, place.region, place.country)
        if key not in seen or place.population > seen[key].population:
            seen[key] = place
    ranked = sorted(seen.values(), key=lambda place: -_weight(place, home))
    if not ranked:
        return ()
    least = _weight(ranked[0], home) / _CLEAR_LEAD
    return tuple(place for place in ranked if _weight(place, home) >= least)[:_MOST_ASKED]


def is_prominent(place: Place, home: Home) -> bool:
    """Whether people here call the place by its bare name: it is in their state, or large."""
    return (place.region == home.region and place.country == home.country) or place.population >= 50_000


def say_place(place: Place, home: Home, *, full: bool = False) -> str:
    """Such as "Denver", or "Springfield, Illinois" where it is in another state (or ``full``)."""
    abroad = (place.region, place.country) != (home.region, home.country)
    return f"{place.name}, {place.region}" if place.region and (abroad or full) else place.name


def _city_and_region(parts: list[str]) -> tuple[str, str]:
    if len(parts) > 1 and region_named(parts[-1]):
        return parts[-2], region_named(parts[-1])
    if not parts:
        return "", ""
    words = parts[-1].split()
    for size in range(min(_LONGEST_REGION, len(words) - 1), 0, -1):
        tail = " ".join(words[-size:])
        # "in", "or" and "me" are words as well; "OR" is Oregon.
        if is_full_name(tail) or (size == 1 and tail.isupper() and region_named(tail)):
            return " ".join(words[:-size]), region_named(tail)
    return parts[-1], ""


def _plain(name: str) -> str:
    """A name without accents, signs and the spelling of "Saint" and "Fort"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    spelled = re.sub(r"\bsaint\b", "st", re.sub(r"\bft\b", "fort", letters))
    return re.sub(r"[^\w]|_", "", "".join(char for char in spelled if not unicodedata.combining(char)))


def _weight(place: Place, home: Home) -> int:
    size = max(place.population, _HAMLET)
    if place.country != home.country:
        return size
    return size * (_SAME_REGION if home.region and place.region == home.region else _SAME_COUNTRY)
