from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.ledger import PlaybackLedger


def ledger(*sentences: tuple[str, float], sent: float = 0.0) -> PlaybackLedger:
    book = PlaybackLedger("item", lead_ms=200.0)
    for text, duration in sentences:
        sentence = book.begin_sentence(text)
        sentence.duration_ms = duration
        sentence.complete = True
    book.sent(sent)
    return book


def test_without_a_report_heard_is_sent_minus_the_lead():
    assert ledger(("Hello there.", 1000), sent=150).heard_ms == 0.0
    assert ledger(("Hello there.", 1000), sent=700).heard_ms == 500.0


@pytest.mark.parametrize(
    ("played", "heard"),
    [
        (0, ""),
        (100, ""),
        (300, "aaaa"),
        (499, "aaaa"),
        (700, "aaaa bbbb"),
        (999, "aaaa bbbb cccc."),
        (1000, "aaaa bbbb cccc."),
    ],
)
def test_words_are_laid_over_the_audio_by_their_letters(played: float, heard: str):
    book = ledger(("aaaa bbbb cccc.", 1000), sent=1000)
    book.report(played)
    assert book.heard_text() == heard


def test_whole_sentences_and_the_part_of_the_last_one():
    book = ledger(("One two.", 500), ("Three four.", 500), ("Five.", 300), sent=1300)
    book.report(760)
    assert book.heard_text() == "One two. Three"
    assert book.unheard() == ["Three four.", "Five."]
    assert book.text == "One two. Three four. Five."


def test_a_report_counts_no_more_than_was_sent_and_never_goes_back():
    book = ledger(("Hello there.", 1000), sent=400)
    book.report(9999)
    assert book.heard_ms == 400
    book.report(100)
    assert book.heard_ms == 400
    book.report(-5)
    assert book.heard_ms == 400


def test_a_report_of_nothing_counts_more_than_the_guess():
    book = ledger(("Hello there.", 1000), sent=900)
    book.report(0)
    assert book.heard_ms == 0
    assert book.heard_text() == ""


def test_a_sentence_that_is_still_being_made_is_not_heard_to_its_end():
    book = PlaybackLedger("item", lead_ms=0.0)
    sentence = book.begin_sentence("This is a long sentence of which little is there yet.")
    sentence.duration_ms = 600
    book.sent(600)
    assert book.heard_text() in {"This is", "This is a"}
    assert book.unheard() == [sentence.text]
    sentence.complete = True
    assert book.heard_text() == sentence.text
    assert book.unheard() == []


@given(
    sentences=st.lists(st.tuples(st.text("ab .", min_size=1, max_size=30), st.floats(5, 4000)), max_size=6),
    share=st.floats(0, 1),
)
def test_heard_and_unheard_fit_together(sentences: list[tuple[str, float]], share: float):
    total = sum(duration for _, duration in sentences)
    book = ledger(*sentences, sent=total)
    book.report(total * share)
    heard = book.heard_text()
    assert book.text.startswith(heard) or heard.split() == book.text.split()[: len(heard.split())]
    whole = [text for text, _ in sentences][: len(sentences) - len(book.unheard())]
    assert heard.split()[: len(" ".join(whole).split())] == " ".join(whole).split()
