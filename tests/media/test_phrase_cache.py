"""Frequent phrases are kept, rare ones are not, and memory has an end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.phrase_cache import Phrase, PhraseCache


def phrase(text: str, speed: float = 1.0) -> Phrase:
    return Phrase(text, "heart", speed)


def want(cache: PhraseCache, key: Phrase, audio: bytes = b"12") -> bool:
    """Ask, synthesise if need be; whether it was there."""
    if cache.get(key) is not None:
        return True
    cache.put(key, audio)
    return False


def test_the_third_time_costs_nothing() -> None:
    cache = PhraseCache()
    assert [want(cache, phrase("One moment.")) for _ in range(4)] == [False, False, True, True]
    assert (cache.hits, cache.misses, cache.size) == (2, 2, 2)


def test_another_speed_is_another_recording() -> None:
    cache = PhraseCache()
    for _ in range(2):
        want(cache, phrase("Okay."), b"slow")
    assert cache.get(phrase("Okay.", 1.2)) is None
    assert cache.get(phrase("Okay.")) == b"slow"


def test_what_is_said_once_pushes_nothing_out() -> None:
    cache = PhraseCache(max_bytes=100)
    for _ in range(2):
        want(cache, phrase("Hello."), bytes(90))
    for number in range(1_000):
        want(cache, phrase(f"Job {number}."), bytes(90))
    assert cache.get(phrase("Hello.")) is not None


def test_the_least_wanted_goes_first() -> None:
    cache = PhraseCache(max_bytes=100)
    for text in ("a", "b"):
        for _ in range(2):
            want(cache, phrase(text), bytes(50))
    cache.get(phrase("a"))
    for _ in range(2):
        want(cache, phrase("c"), bytes(50))
    assert [cache.get(phrase(text)) is not None for text in "abc"] == [True, False, True]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 60)), max_size=80))
def test_it_never_holds_more_than_it_may(wanted: list[tuple[int, int]]) -> None:
    cache = PhraseCache(max_bytes=120)
    for number, size in wanted:
        want(cache, phrase(str(number)), bytes(size))
        assert cache.size == sum(map(len, cache._audio.values())) <= 120  # pyright: ignore[reportPrivateUsage]
