from __future__ import annotations

import pytest

from business.entities.addresses import Address
from tests.support.weather import PLACES
from tools.weather.places import Home, best_places, home_of, query_of_address, query_of_text, say_place
from tools.weather.provider import Coordinates, Place, PlaceQuery

COLORADO = Home("Colorado", "US")


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("Denver", PlaceQuery("Denver")),
        ("in Denver", PlaceQuery("Denver")),
        ("denver colorado", PlaceQuery("denver", "Colorado", country="US")),
        ("Springfield, Illinois", PlaceQuery("Springfield", "Illinois", country="US")),
        ("Portland, OR", PlaceQuery("Portland", "Oregon", country="US")),
        ("Portland OR", PlaceQuery("Portland", "Oregon", country="US")),
        ("Portland or", PlaceQuery("Portland or")),
        ("New York", PlaceQuery("New York")),
        ("new york new york", PlaceQuery("new york", "New York", country="US")),
        ("Kansas City", PlaceQuery("Kansas City")),
        ("Iowa City Iowa", PlaceQuery("Iowa City", "Iowa", country="US")),
        ("Washington D.C.", PlaceQuery("Washington", "District of Columbia", country="US")),
        ("Toronto, Ontario", PlaceQuery("Toronto", "Ontario", country="CA")),
        ("80524", PlaceQuery(postal_code="80524")),
        ("Fort Collins, CO 80524-1234", PlaceQuery("Fort Collins", "Colorado", "80524", "US")),
        (
            "418 Juniper Court, Fort Collins, CO 80524",
            PlaceQuery("Fort Collins", "Colorado", "80524", "US", "418 Juniper Court"),
        ),
        ("80524 County Road, Windsor, CO", PlaceQuery("Windsor", "Colorado", "", "US", "80524 County Road")),
        ("12 Oak Street", PlaceQuery(street="12 Oak Street")),
        ("", PlaceQuery()),
        (" , ,", PlaceQuery()),
    ],
)
def test_a_place_is_read_as_said(said: str, query: PlaceQuery) -> None:
    assert query_of_text(said) == query


@pytest.mark.parametrize(
    ("address", "query"),
    [
        (
            Address("77 Prospect Lane", "Loveland", "CO", "80537-0001"),
            PlaceQuery("Loveland", "Colorado", "80537", "US", "77 Prospect Lane"),
        ),
        (Address(city="Hamburg", state="HH", country="DE"), PlaceQuery("Hamburg", country="DE")),
        (Address("Oak Lane 5, Windsor, Colorado"), PlaceQuery("Windsor", "Colorado", "", "US", "Oak Lane 5")),
        (Address("12 Oak Street"), PlaceQuery(country="US", street="12 Oak Street")),
        (Address(), PlaceQuery(country="US")),
    ],
)
def test_an_address_is_looked_for_by_its_town(address: Address, query: PlaceQuery) -> None:
    assert query_of_address(address) == query


def _named(name: str) -> list[Place]:
    return [place for place in PLACES if place.name == name]


def _regions(query: PlaceQuery, places: list[Place], home: Home = COLORADO) -> list[str]:
    return [place.region for place in best_places(places, query, home)]


def test_of_towns_of_one_name_the_near_one_is_meant() -> None:
    windsors = [
        Place("Windsor", "Ontario", "CA", Coordinates(42.3, -83.0), 230_000),
        Place("Windsor", "Colorado", "US", Coordinates(40.5, -104.9), 18_000),
        Place("Windsor", "Colorado", "US", Coordinates(40.0, -104.0), 0),
        Place("Windsor Castle", "Colorado", "US", Coordinates(40.0, -104.0), 0),
    ]
    assert best_places(windsors, PlaceQuery("windsor"), COLORADO) == (windsors[1],)


def test_a_world_city_is_not_the_hamlet_of_its_name() -> None:
    londons = [
        Place("London", "Ohio", "US", Coordinates(39.9, -83.4), 10_000),
        Place("London", "England", "GB", Coordinates(51.5, -0.1), 8_900_000),
    ]
    assert _regions(PlaceQuery("London"), londons) == ["England"]


def test_what_cannot_be_told_apart_is_asked() -> None:
    assert _regions(PlaceQuery("Springfield"), _named("Springfield")) == [
        "Missouri",
        "Massachusetts",
        "Illinois",
    ]
    assert _regions(PlaceQuery("Springfield"), _named("Springfield"), Home("Illinois", "US")) == ["Illinois"]


@pytest.mark.parametrize("said", ["ft collins", "Fort Collins", "FORT  COLLINS"])
def test_spellings_of_one_name_are_one(said: str) -> None:
    town = Place("Fort Collins", "Colorado", "US", Coordinates(40.6, -105.1), 170_000)
    assert best_places([town], PlaceQuery(said), COLORADO) == (town,)


def test_accents_do_not_matter() -> None:
    town = Place("Zürich", "Zurich", "CH", Coordinates(47.4, 8.5), 400_000)
    assert best_places([town], PlaceQuery("Zurich"), COLORADO) == (town,)


def test_what_only_sounds_alike_is_not_taken() -> None:
    assert best_places(_named("Denver"), PlaceQuery("Denner"), COLORADO) == ()


def test_a_place_in_another_state_is_said_with_it() -> None:
    springfield, denver = _named("Springfield")[0], _named("Denver")[0]
    home = home_of(Address(city="Fort Collins", state="CO"))
    assert (say_place(springfield, home), say_place(denver, home)) == ("Springfield, Missouri", "Denver")
    assert say_place(denver, home, full=True) == "Denver, Colorado"
