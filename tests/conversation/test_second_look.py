"""Two recognisers for every whole utterance: when the second is asked and waited for, and what comes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from conversation.hearing.readings import matter
from conversation.listener import EXPECTED_PHRASES
from conversation.providers import EngineUnavailable, Recognition
from conversation.second_look import LONGEST_S, SecondLookRecogniser
from media.engines.transcription import Guess
from tests.support.virtual_time import advance, run_virtual

NAMES = ("Sarah Johnson", "Anil Patel", "Grace Okafor", "Maria Delgado", "Juniper Court")
HINTS = (*NAMES, *EXPECTED_PHRASES)


@dataclass
class First:
    """Hears ``text`` after 0.1 s."""

    text: str

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        del pcm, hints, partial
        await advance(0.1)
        return Recognition(self.text, 0.7, 100.0)


@dataclass
class Second:
    """Hears ``answer`` after ``latency_s``; remembers what it was told."""

    answer: str | Exception
    latency_s: float = 0.16
    told: list[str] = field(default_factory=list[str])

    async def listen_again(self, pcm: bytes, before: str) -> Recognition:
        del pcm
        self.told.append(before)
        await advance(self.latency_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        guesses = (Guess(self.answer, 1.0),) if self.answer else ()
        return Recognition(self.answer, 0.8, 160.0, guesses=guesses)


async def hear(looking: SecondLookRecogniser, *, partial_first: bool = False) -> tuple[Recognition, float]:
    """The final recognition and the seconds it took."""
    if partial_first:
        await looking.recognise(b"", hints=HINTS, partial=True)
    loop = asyncio.get_running_loop()
    began = loop.time()
    return await looking.recognise(b"", hints=HINTS), loop.time() - began


def test_both_are_heard_side_by_side() -> None:
    async def scenario() -> None:
        second = Second("Put the Okafor job on hold.")
        looking = SecondLookRecogniser(First("But the Okafor jab unhold."), second)
        heard, seconds = await hear(looking)
        assert heard.text == "Put the Okafor job on hold."
        assert seconds == pytest.approx(0.16)
        assert (looking.looks.asked, looking.looks.changed) == (1, 1)

    run_virtual(scenario())


def test_where_each_is_right_in_places_both_are_believed() -> None:
    async def scenario() -> None:
        second = Second("Move the job to Friday at night.")
        heard, _ = await hear(SecondLookRecogniser(First("Move the jaw to thrive at nine."), second))
        assert heard.text == "Move the job to Friday at nine."
        assert any("night" in each for each in heard.alternatives)

    run_virtual(scenario())


def test_a_doubt_about_a_name_is_told() -> None:
    async def scenario() -> None:
        second = Second("Bill Maria Delgado 300 dollars.")
        heard, _ = await hear(SecondLookRecogniser(First("Bill Maria Salgado 300 dollars."), second))
        readings = (heard.text, *heard.alternatives)
        assert any("Delgado" in each for each in readings)
        assert any("Salgado" in each for each in readings)

    run_virtual(scenario())


@pytest.mark.parametrize(
    "second", ["Bill Sarah Johnson $300", "bill sarah johnson three hundred dollars please."]
)
def test_what_is_only_written_otherwise_is_no_doubt(second: str) -> None:
    async def scenario() -> None:
        first = "Bill Sarah Johnson three hundred dollars."
        heard, _ = await hear(SecondLookRecogniser(First(first), Second(second)))
        assert matter(heard.text) == matter(first)
        assert heard.alternatives == ()

    run_virtual(scenario())


def test_the_second_is_told_the_names_that_were_heard_so_far() -> None:
    async def scenario() -> None:
        second = Second("Invoice Grace Okafor for $300.")
        looking = SecondLookRecogniser(First("Invoice grey soccer for $300."), second)
        heard, _ = await hear(looking, partial_first=True)
        (told,) = second.told
        assert "Grace Okafor" in told
        assert heard.text == "Invoice Grace Okafor for $300."

    run_virtual(scenario())


def test_the_second_is_told_the_question_that_is_answered() -> None:
    async def scenario() -> None:
        second = Second("Helen Diaz.")
        looking = SecondLookRecogniser(First("Helen Bias."), second)
        looking.asked = lambda: "Helen Carver or Helen Diaz?"
        await hear(looking)
        looking.asked = lambda: "It is done."
        await hear(looking)
        assert second.told[0].endswith("Helen Carver or Helen Diaz?")
        assert "It is done." not in second.told[1]

    run_virtual(scenario())


def test_partial_hearings_are_the_firsts_alone() -> None:
    async def scenario() -> None:
        second = Second("Put it on hold.")
        looking = SecondLookRecogniser(First("But it unhold"), second)
        heard = await looking.recognise(b"", hints=HINTS, partial=True)
        assert (heard.text, heard.alternatives, second.told) == ("But it unhold", (), [])

    run_virtual(scenario())


@pytest.mark.parametrize("answer", [EngineUnavailable("all are busy"), ""])
def test_without_an_answer_the_first_hearing_stands(answer: str | Exception) -> None:
    async def scenario() -> None:
        heard, _ = await hear(SecondLookRecogniser(First("Invoice grey soccer."), Second(answer)))
        assert heard.text == "Invoice grey soccer."

    run_virtual(scenario())


@pytest.mark.parametrize(("latency_s", "told"), [(0.16, ["Move it to nine."]), (0.05, [])])
def test_the_first_hearing_is_told_when_the_second_is_waited_for(latency_s: float, told: list[str]) -> None:
    async def scenario() -> None:
        first: list[str] = []
        looking = SecondLookRecogniser(First("Move it to nine."), Second("Move it to five.", latency_s))
        looking.on_first = lambda pcm, text: first.append(text)
        await hear(looking, partial_first=True)
        assert first == told

    run_virtual(scenario())


def test_where_the_first_hears_nothing_nothing_was_said() -> None:
    async def scenario() -> None:
        heard, seconds = await hear(SecondLookRecogniser(First(""), Second("Thank you.")))
        assert (heard.text, heard.alternatives) == ("", ())
        assert seconds == pytest.approx(0.1)

    run_virtual(scenario())


def test_a_slow_second_hearing_is_not_waited_for() -> None:
    async def scenario() -> None:
        slow = Second("Invoice Grace Okafor.", latency_s=5.0)
        looking = SecondLookRecogniser(First("Invoice grey soccer."), slow)
        heard, seconds = await hear(looking)
        assert heard.text == "Invoice grey soccer."
        assert seconds == pytest.approx(0.1 + LONGEST_S)
        assert looking.looks.unanswered == 1

    run_virtual(scenario())


def test_without_a_second_recogniser_plain_mishearings_are_still_put_right() -> None:
    async def scenario() -> None:
        heard, seconds = await hear(SecondLookRecogniser(First("Bill Sara Jonson 300 dollars."), None))
        assert heard.text == "Bill Sarah Johnson 300 dollars."
        assert seconds == pytest.approx(0.1)

    run_virtual(scenario())


async def _agreeing(answer: str) -> Recognition:
    heard, _ = await hear(
        SecondLookRecogniser(First("Book a visit for Anil Patel on Friday"), Second(answer))
    )
    return heard


def test_what_both_have_heard_alike_is_in_no_doubt():
    alike = run_virtual(_agreeing("Book a visit for a nil Patel, on Friday."))
    assert alike.alternatives == ()
    assert alike.confidence > 0.9


def test_what_they_have_heard_differently_stays_in_doubt():
    apart = run_virtual(_agreeing("Book a visit for Anil Patel on Thursday."))
    assert apart.alternatives
    assert apart.confidence == 0.7
