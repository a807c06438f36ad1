"""Audio and words that come together: where the words lie, what was heard of them, what is dropped."""

from __future__ import annotations

import pytest

from conversation.ledger import PlaybackLedger
from conversation.realtime.amounts import of_response, of_transcription
from conversation.realtime.seed import history_items
from conversation.spoken import SpokenItem
from conversation.usage import Amounts

_SECOND = bytes(48_000)


def playing(item: SpokenItem) -> PlaybackLedger:
    """The ledger of an item that is the first to be played, without a lead."""
    ledger = PlaybackLedger("item", lead_ms=0.0)
    item.begin(ledger, 0.0)
    return ledger


def test_words_lie_over_the_audio_in_proportion_when_all_is_there() -> None:
    item = SpokenItem("i")
    ledger = playing(item)
    item.say("One two three.")
    for _ in range(4):
        item.add(_SECOND)
    item.say("Four five six.")
    item.has_all_words()
    item.end()
    item.took(4000)
    item.taken()
    assert [(each.start_ms, each.end_ms) for each in ledger.sentences] == [(0, 2000), (2000, 4000)]
    ledger.sent(2000)
    assert ledger.heard_text() == item.heard_text() == "One two three."
    assert item.heard_ms == 2000
    assert ledger.unheard() == ["Four five six."]


def test_words_without_audio_are_not_heard_however_early_they_come() -> None:
    item = SpokenItem("i")
    ledger = playing(item)
    item.say("All of this is known before a sound of it has come.")
    item.has_all_words()
    item.add(_SECOND)
    ledger.sent(1000)
    assert item.heard_text() == "All of this is"


def test_what_is_cut_ends_with_the_words_so_far() -> None:
    cut: list[str] = []
    item = SpokenItem("i", lambda: cut.append("i"))
    playing(item)
    item.say("Fifteen letters")
    for _ in range(3):
        item.add(_SECOND)
    assert item.cut() == pytest.approx(1000)
    assert cut == ["i"]
    item.add(_SECOND)
    assert item.dropped == len(_SECOND)


def test_a_broken_item_has_the_words_whose_audio_came() -> None:
    item = SpokenItem("i")
    playing(item)
    item.add(_SECOND)
    item.say("This was said but this was never.")
    item.broke()
    item.has_all_words()
    assert item.text == "This was said"


def test_the_history_is_told_as_it_was_heard() -> None:
    items = [
        {"role": "developer", "content": "Notes."},
        {"role": "user", "content": "What is owed?"},
        {"type": "function_call", "call_id": "c", "name": "get_pending_invoices", "arguments": ""},
        {"type": "function_call_output", "call_id": "c", "output": "{}"},
        {"role": "assistant", "content": "Nothing."},
    ]
    told = history_items(items)
    assert [each.get("role") or each["type"] for each in told] == [
        "system",
        "user",
        "function_call",
        "function_call_output",
        "assistant",
    ]
    assert [each["content"][0]["type"] for each in told if "content" in each] == [
        "input_text",
        "input_text",
        "output_text",
    ]
    assert told[2]["arguments"] == "{}"


def test_usage_is_counted_once() -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 50,
        "input_token_details": {
            "text_tokens": 40,
            "audio_tokens": 60,
            "cached_tokens": 30,
            "cached_tokens_details": {"text_tokens": 10, "audio_tokens": 20},
        },
        "output_token_details": {"text_tokens": 10, "audio_tokens": 40},
    }
    assert of_response(usage) == Amounts(
        requests=1,
        input_tokens=100,
        cached_tokens=30,
        output_tokens=50,
        audio_input_tokens=40,
        audio_output_tokens=40,
    )
    assert of_transcription({"type": "duration", "seconds": 1.5}) == Amounts(requests=1, heard_ms=1500)
