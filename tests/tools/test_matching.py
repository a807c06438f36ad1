from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.matching import Decision, NameEntry, NameIndex, VersionedCache, name_words
from tools.phonetics import sound_key

_FIRST = (
    "Alma Bruno Celia Dario Edith Felix Greta Hugo Irene Jonas Karen Lionel Marta Nadia Oscar Paula Quentin"
)
_LAST = (
    "Abernathy Bergstrom Castellano Delacroix Eriksson Fitzgerald Goldberg Harrington Ivanovic Jankowski Kaminski "
    "Lombardi Montgomery Nakamura Ostrowski Pennington Quintana Rosenthal Silverman Thornton Underwood Villanueva "
    "Whitaker Yamamoto Zimmerman Patterson Schneider Mcallister Hutchinson Gallagher"
)
_HOMOPHONES = "ph-f ck-k tt-t nn-n ll-l y-i th-t c-k z-s mc-mac"
_PEOPLE = (
    "Priya Patel|Sarah Johnson|Tom Miller|Ann Miller|Linh Nguyen|Robert O'Brien|Kathleen McDonald|Sean Wright|"
    "Peter Van Denberg|Katherine Hughes|Joaquin Ortega|Smith|John Smith|José Núñez"
)
FIRST, LAST = _FIRST.split(), _LAST.split()
HOMOPHONES = [pair.split("-") for pair in _HOMOPHONES.split()]
VOWELS = "aeiou"


def misheard(name: str, rng: random.Random) -> str:
    """A name as a recogniser might write it: a sound-alike spelling, a wrong vowel, a dropped or doubled letter."""
    word = name.lower()
    kind = rng.randrange(4)
    if kind == 0:
        fitting = [(a, b) for a, b in HOMOPHONES if a in word]
        if fitting:
            old, new = rng.choice(fitting)
            return word.replace(old, new, 1)
    if kind == 1:
        places = [i for i, c in enumerate(word) if c in VOWELS and i]
        if places:
            at = rng.choice(places)
            return word[:at] + rng.choice(VOWELS) + word[at + 1 :]
    at = rng.randrange(1, len(word))
    return word[:at] + word[at + 1 :] if kind == 2 else word[:at] + word[at] + word[at:]


def book(size: int, seed: int = 7) -> list[NameEntry]:
    rng = random.Random(seed)
    pairs = sorted({(rng.choice(FIRST), rng.choice(LAST)) for _ in range(size * 3)})
    rng.shuffle(pairs)
    return [NameEntry(f"c{n}", f"{a} {b}", (f"{a} {b}",)) for n, (a, b) in enumerate(pairs[:size])]


def test_misheard_full_names_are_found() -> None:
    entries = book(200)
    index = NameIndex(entries)
    rng = random.Random(11)
    right = 0
    for entry in entries:
        first, last = entry.label.split()
        heard = f"{first} {misheard(last, rng)}" if rng.random() < 0.5 else f"{misheard(first, rng)} {last}"
        match = index.match(heard, limit=3)
        right += entry.id in [candidate.id for candidate in match.candidates]
    assert right / len(entries) >= 0.97


def test_misheard_last_names_are_found() -> None:
    entries = [NameEntry(last, last, (f"Paula {last}",)) for last in LAST]
    index = NameIndex(entries)
    rng = random.Random(5)
    heard = [(last, misheard(last, rng)) for last in LAST for _ in range(6)]
    right = sum(last in [c.id for c in index.match(word, limit=3).candidates] for last, word in heard)
    assert right / len(heard) >= 0.97


@pytest.fixture(scope="module")
def index() -> NameIndex:
    entries = [NameEntry(name, name, (name,)) for name in _PEOPLE.split("|")]
    firms = [("Tom Baker", "Baker & Sons"), ("", "Anderson Plumbing"), ("", "Baker Brothers Roofing")]
    return NameIndex(
        entries + [NameEntry(firm, firm, tuple(name for name in (who, firm) if name)) for who, firm in firms]
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Padel", "Priya Patel"),
        ("Mrs. Patel", "Priya Patel"),
        ("the Patels", "Priya Patel"),
        ("Patel's", "Priya Patel"),
        ("Jonson", "Sarah Johnson"),
        ("Win", "Linh Nguyen"),
        ("new yen", "Linh Nguyen"),
        ("Bob O'Brien", "Robert O'Brien"),
        ("o brien", "Robert O'Brien"),
        ("mac donald", "Kathleen McDonald"),
        ("Vandenberg", "Peter Van Denberg"),
        ("Cathryn Hews", "Katherine Hughes"),
        ("Wakeen", "Joaquin Ortega"),
        ("Shawn Right", "Sean Wright"),
        ("Anderson Plumbing", "Anderson Plumbing"),
        ("Andersen", "Anderson Plumbing"),
        ("Baker and Sons", "Baker & Sons"),
        ("Jose Nunez", "José Núñez"),
        ("Tom Miller", "Tom Miller"),
        ("Ann Miler", "Ann Miller"),
    ],
)
def test_one_is_meant(index: NameIndex, said: str, meant: str) -> None:
    match = index.match(said)
    assert match.decision is Decision.ONE, match
    assert match.one is not None
    assert match.one.id == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Miller", {"Tom Miller", "Ann Miller"}),
        ("the Millers", {"Tom Miller", "Ann Miller"}),
        ("Tom", {"Tom Miller", "Baker & Sons"}),
    ],
)
def test_several_that_fit_alike_are_all_given(index: NameIndex, said: str, meant: set[str]) -> None:
    match = index.match(said)
    assert match.decision is Decision.SEVERAL
    assert {candidate.id for candidate in match.candidates} == meant


@pytest.mark.parametrize("said", ["", "the", "Xylophone", "Mrs.", "12", "!!!", "Abernathy"])
def test_none_is_invented(index: NameIndex, said: str) -> None:
    assert index.match(said).decision is Decision.NONE


def test_a_whole_name_beats_a_longer_one(index: NameIndex) -> None:
    assert index.match("Smith").one is not None
    assert index.match("John Smith").one is not None


def test_an_empty_index_matches_nothing() -> None:
    assert NameIndex([]).match("Miller").decision is Decision.NONE


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    match = _SMALL.match(text)
    assert all(0 <= candidate.score <= 1.001 for candidate in match.candidates)


_SMALL = NameIndex(book(50))


@pytest.mark.parametrize(
    "pair", ["patel padel", "johnson jonson", "phillips filips", "wright right", "smith smyth", "hughes hews"]
)
def test_what_sounds_alike_has_one_key(pair: str) -> None:
    one, other = pair.split()
    assert sound_key(one) == sound_key(other)


def test_names_are_taken_apart() -> None:
    assert name_words("Mrs. O'Brien-Smith’s") == ["obrien", "smith"]
    assert name_words("the Johnsons' place") == ["johnsons"]
    assert name_words("Baker & Sons") == ["baker", "sons"]


@given(st.sets(st.integers(0, 49)), st.integers(0, 30), st.integers(0, 49), st.sampled_from((3, 11)))
def test_a_changed_index_answers_as_a_new_one(gone: set[int], renamed: int, asked: int, seed: int) -> None:
    entries, others = book(50), book(80, seed=seed)[50:]
    changes = [NameEntry(f"c{n}", other.label, other.names) for n, other in enumerate(others[:renamed])]
    changes.append(NameEntry("new", "Zelda Quist", ("Zelda Quist", "Quist Roofing")))
    ids = {entry.id for entry in changes}
    left = [entry for n, entry in enumerate(entries) if n not in gone and entry.id not in ids]
    changed = NameIndex(entries).changed(changes, [f"c{n}" for n in gone if f"c{n}" not in ids])
    fresh = NameIndex([*left, *changes])
    assert len(changed) == len(fresh)
    rng = random.Random(asked)
    for query in (
        entries[asked].label,
        misheard(entries[asked].label, rng),
        "quist",
        "Zelda Kwist",
        FIRST[asked % 17],
    ):
        one, other = changed.match(query), fresh.match(query)
        assert one.decision is other.decision
        assert set(one.candidates) == set(other.candidates)


def test_an_index_that_changes_often_does_not_grow_without_end() -> None:
    index = NameIndex(book(20))
    for number in range(2_000):
        index = index.changed(
            [NameEntry("c1", f"Person{number} Name{number}", (f"Person{number} Name{number}",))], ()
        )
    assert len(index) == 20
    assert len(index._words) < 1_500  # pyright: ignore[reportPrivateUsage]
    assert index.match("person1999 name1999").one is not None


def test_the_cache_keeps_no_more_weight_than_it_may() -> None:
    cache: VersionedCache[str] = VersionedCache(capacity=9, weight=10)
    cache.put("a", 1, "a", weight=6)
    cache.put("b", 1, "b", weight=4)
    cache.put("c", 1, "c", weight=5)
    assert (cache.get("a", 1), cache.get("b", 1), cache.get("c", 1)) == (None, "b", "c")
    cache.put("d", 1, "d", weight=50)
    assert (cache.get("c", 1), cache.get("d", 1)) == (None, "d"), "the one in use stays"


def test_the_cache_serves_only_the_version_asked_for() -> None:
    cache: VersionedCache[str] = VersionedCache(capacity=2)
    cache.put("a", 1, "one")
    assert cache.get("a", 1) == "one"
    assert cache.get("a", 2) is None
    cache.put("b", 1, "b")
    cache.get("a", 1)
    cache.put("c", 1, "c")
    assert (cache.get("a", 1), cache.get("b", 1), cache.get("c", 1)) == ("one", None, "c")
