"""When it is looked twice, and what is taken over from the second hearing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.listener import EXPECTED_PHRASES
from conversation.name_book import NameBook, words_of
from conversation.providers import EngineUnavailable, RankedTool, Recognition
from conversation.second_look import ASKED_NAMES, LONGEST_S, SecondLookRecogniser, combined, uncertain
from tests.support.virtual_time import advance, run_virtual

NAMES = ("Sarah Johnson", "Anil Patel", "Grace Okafor", "Maria Delgado", "Juniper Court")
BOOK = NameBook(NAMES)
HINTS = (*NAMES, *EXPECTED_PHRASES)
WRITES = frozenset({"create_invoice"})


@dataclass
class First:
    """Hears ``text`` with ``confidence`` after 0.1 s."""

    text: str
    confidence: float = 0.7

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False
    ) -> Recognition:
        del pcm, hints, partial
        await advance(0.1)
        return Recognition(self.text, self.confidence, 100.0)


@dataclass
class Second:
    """Hears ``answer`` after ``latency_s``; remembers the names it was told."""

    answer: str | Exception
    latency_s: float = 0.25
    asked: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    async def listen_again(self, pcm: bytes, names: tuple[str, ...]) -> Recognition:
        del pcm
        self.asked.append(names)
        await advance(self.latency_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return Recognition(self.answer, 0.8, 250.0)


@dataclass
class Ranks:
    """Every text asks for ``tool``."""

    tool: str | None = "create_invoice"

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        del text
        return (RankedTool(self.tool, 0.9),)


async def hear(looking: SecondLookRecogniser, *, partial_first: bool = False) -> tuple[str, float]:
    """The final text and the seconds it took."""
    if partial_first:
        await looking.recognise(b"", hints=HINTS, partial=True)
    loop = asyncio.get_running_loop()
    began = loop.time()
    heard = await looking.recognise(b"", hints=HINTS)
    return heard.text, loop.time() - began


# --- what is taken over


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        ("Invoice for great soccer, $300.", "Invoice Grace Okafor $300.", "Invoice for Grace Okafor, $300."),
        ("Invoice grey soccer for $300.", "Invoice Grace Okafor for $200.", "Invoice Grace Okafor for $300."),
        ("Build area Johnson 300.", "Bill Sarah Johnson 300.", "Build Sarah Johnson 300."),
        ("Call Maria Salgado now.", "Call Anil Patel now.", "Call Maria Salgado now."),
        ("Call Sarah Johnson now.", "Call Maria Delgado now.", "Call Sarah Johnson now."),
        ("Call her now.", "Call her now, Sarah Johnson.", "Call her now."),
        ("", "Sarah Johnson", ""),
        ("Call Mr. Petal.", "", "Call Mr. Petal."),
    ],
)
def test_only_a_name_in_place_of_its_sound_is_taken_over(first: str, second: str, result: str) -> None:
    assert combined(first, second, BOOK) == result


_SAID = (
    "book call for Sara Jonson Sarah Johnson a nil pedal Anil Patel grey soccer Okafor Grace 300 $40 tomorrow "
    "Zelda Quixote area Juniper court at nine"
)
_WORDS = st.sampled_from(_SAID.split())
_TEXTS = st.lists(_WORDS, max_size=12).map(" ".join)


@given(_TEXTS, _TEXTS)
def test_no_name_comes_out_that_was_not_heard_or_asked_about(first: str, second: str) -> None:
    result = combined(first, second, BOOK)
    heard = {word.text for text in (first, second) for word in words_of(text)}
    assert {word.text for word in words_of(result)} <= heard
    of_ours = {word.text for name in NAMES for word in words_of(name)}
    added = {word.text for word in words_of(result)} - {word.text for word in words_of(first)}
    assert added <= of_ours
    kept = iter([word.text for word in words_of(first)])
    assert all(word.text in kept for word in words_of(result) if word.text not in of_ours), "the others stay"
    assert combined(first, second, BOOK) == result


@given(_TEXTS)
def test_hearing_the_same_twice_changes_nothing(text: str) -> None:
    assert combined(text, text, BOOK) == text


@given(_TEXTS, _TEXTS)
def test_figures_stay_as_they_were_first_heard(first: str, second: str) -> None:
    def figures(text: str) -> list[str]:
        return [word for word in text.split() if any(letter.isdigit() for letter in word)]

    assert figures(combined(first, second, BOOK)) == figures(first)


# --- when it is asked


def test_certain_is_a_whole_name_of_ours() -> None:
    assert not uncertain("Bill Sarah Johnson 300 dollars.", 0.6, BOOK)
    assert not uncertain("What film number has Sarah Johnson?", 0.6, BOOK)
    assert uncertain("Book it on Junipa Cart for Sarah Johnson.", 0.95, BOOK)
    assert uncertain("Bill her 300 dollars.", 0.6, BOOK)
    assert not uncertain("Bill her 300 dollars.", 0.95, BOOK)
    assert uncertain("Bill Zelda Quixote 300 dollars.", 0.95, BOOK)
    assert not uncertain("Bill Zelda Quixote 300 dollars.", 0.95, NameBook(()))


def test_a_write_with_a_strange_name_is_heard_twice() -> None:
    async def scenario() -> None:
        second = Second("Invoice Grace Okafor for $300.")
        looking = SecondLookRecogniser(First("Invoice grey soccer for $300."), second, Ranks(), WRITES)
        text, seconds = await hear(looking)
        assert text == "Invoice Grace Okafor for $300."
        assert seconds == pytest.approx(0.35)
        (asked,) = second.asked
        assert "Grace Okafor" in asked
        assert set(asked) <= set(NAMES)
        assert len(asked) <= ASKED_NAMES
        assert (looking.looks.asked, looking.looks.changed) == (1, 1)

    run_virtual(scenario())


def test_what_was_heard_so_far_starts_the_second_hearing_beside_the_first() -> None:
    async def scenario() -> None:
        second = Second("Invoice Grace Okafor for $300.")
        looking = SecondLookRecogniser(First("Invoice grey soccer for $300."), second, Ranks(), WRITES)
        text, seconds = await hear(looking, partial_first=True)
        assert text == "Invoice Grace Okafor for $300."
        assert seconds == pytest.approx(0.25)
        assert len(second.asked) == 1

    run_virtual(scenario())


@pytest.mark.parametrize(
    ("text", "confidence", "tool"),
    [
        ("Invoice Sarah Johnson for $300.", 0.95, "create_invoice"),
        ("What is the number of grey soccer?", 0.6, "get_contact_info"),
        ("Invoice for grey soccer.", 0.6, None),
    ],
)
def test_turns_that_do_not_need_it_do_not_wait(text: str, confidence: float, tool: str | None) -> None:
    async def scenario() -> None:
        second = Second("Grace Okafor")
        looking = SecondLookRecogniser(First(text, confidence), second, Ranks(tool), WRITES)
        heard, seconds = await hear(looking)
        assert (heard, second.asked) == (text, [])
        assert seconds == pytest.approx(0.1)

    run_virtual(scenario())


def test_an_answer_that_a_write_waits_for_is_heard_twice() -> None:
    async def scenario() -> None:
        second = Second("Grace Okafor.")
        looking = SecondLookRecogniser(First("Grey soccer."), second, Ranks(None), WRITES, lambda: True)
        assert (await hear(looking))[0] == "Grace Okafor."

    run_virtual(scenario())


@pytest.mark.parametrize("answer", [EngineUnavailable("all are busy"), ""])
def test_without_an_answer_the_first_hearing_stands(answer: str | Exception) -> None:
    async def scenario() -> None:
        looking = SecondLookRecogniser(First("Invoice grey soccer."), Second(answer), Ranks(), WRITES)
        assert (await hear(looking))[0] == "Invoice grey soccer."

    run_virtual(scenario())


def test_a_slow_second_hearing_is_not_waited_for() -> None:
    async def scenario() -> None:
        slow = Second("Invoice Grace Okafor.", latency_s=5.0)
        looking = SecondLookRecogniser(First("Invoice grey soccer."), slow, Ranks(), WRITES)
        text, seconds = await hear(looking)
        assert text == "Invoice grey soccer."
        assert seconds == pytest.approx(0.1 + LONGEST_S)
        assert looking.looks.unanswered == 1

    run_virtual(scenario())


def test_without_a_second_recogniser_plain_mishearings_are_still_put_right() -> None:
    async def scenario() -> None:
        looking = SecondLookRecogniser(First("Bill Sara Jonson 300 dollars."), None, Ranks(), WRITES)
        text, seconds = await hear(looking)
        assert text == "Bill Sarah Johnson 300 dollars."
        assert seconds == pytest.approx(0.1)

    run_virtual(scenario())
