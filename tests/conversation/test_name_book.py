"""Names of the business in what was heard: found, put right where plain, left alone where not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.name_book import NameBook, ordinary_words, street_name, words_of

NAMES = (
    "Sarah Johnson",
    "Tom Johnson",
    "Anil Patel",
    "Grace Okafor",
    "Kevin O'Brien",
    "Maria Delgado",
    "Juniper Court",
    "Haddad Electric",
)
BOOK = NameBook(NAMES)


@pytest.mark.parametrize(
    ("heard", "put_right"),
    [
        ("Bill Sara Jonson 300 dollars.", "Bill Sarah Johnson 300 dollars."),
        ("Bill a nil pedal for $300.", "Bill Anil Patel for $300."),
        ("Book it on Juniper Cort, please.", "Book it on Juniper Court, please."),
        ("Call Anil Padel's office.", "Call Anil Patel's office."),
        ("Call Kevin Obrian tomorrow.", "Call Kevin O'Brien tomorrow."),
        ("Grace Ocafor called.", "Grace Okafor called."),
    ],
)
def test_what_is_plainly_one_of_our_names_is_written_as_we_write_it(heard: str, put_right: str) -> None:
    assert BOOK.corrected(heard) == put_right
    assert BOOK.corrected(put_right) == put_right


@pytest.mark.parametrize(
    "heard",
    [
        "Call Maria Salgado tomorrow.",
        "Bill Sarah Thompson 300 dollars.",
        "What's on my schedule today?",
        "Remind me to order copper pipe tomorrow at eight.",
        "Bill Tim Johnson 300 dollars.",
        "Is it going to rain on Sunday?",
        "",
        "$300",
    ],
)
def test_strangers_and_ordinary_words_stay(heard: str) -> None:
    assert BOOK.corrected(heard) == heard


def test_two_names_that_fit_alike_are_not_chosen_between() -> None:
    twins = NameBook(("Anne Meyer", "Anne Maier"))
    assert twins.corrected("Call Anne Mayer.") == "Call Anne Mayer."
    assert twins.corrected("Call Anne Meyer.") == "Call Anne Meyer."


def test_the_likeliest_names_come_first() -> None:
    assert BOOK.nearest("invoice a nil pedal for 300", 3)[0] == "Anil Patel"
    assert BOOK.nearest("call Mrs Okay for tomorrow", 2)[0] == "Grace Okafor"
    assert len(BOOK.nearest("call somebody", 4)) == 4
    assert NameBook(()).nearest("call somebody", 4) == ()


def test_an_empty_book_changes_nothing() -> None:
    assert not NameBook(("", "  "))
    assert NameBook(()).corrected("Bill Sara Jonson.") == "Bill Sara Jonson."


def test_names_are_no_ordinary_words() -> None:
    assert {"book", "invoice", "thursday", "nine"} <= ordinary_words()
    assert not {"johnson", "patel", "okafor"} & ordinary_words()


@given(st.text(alphabet="abcdefghij JSPO'.,$12é", max_size=80))
def test_nothing_but_names_of_the_book_is_ever_put_in(heard: str) -> None:
    written = {word for name in NAMES for word in re.findall(r"[\w']+", name)}
    before = {heard[word.start : word.end] for word in words_of(heard)}
    after = BOOK.corrected(heard)
    assert {after[word.start : word.end] for word in words_of(after)} <= before | written
    assert re.findall(r"\d", after) == re.findall(r"\d", heard)


@pytest.mark.parametrize(
    ("address", "street"),
    [("418 Juniper Court", "Juniper Court"), ("12B Mill Race Road, Windsor", "Mill Race Road"), ("", "")],
)
def test_a_street_is_said_without_its_number(address: str, street: str) -> None:
    assert street_name(address) == street
