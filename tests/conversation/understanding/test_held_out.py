"""The brain on bench/held_out.jsonl: requests that no training template was made from."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bench.understanding import measure
from conversation.brain.frames import FRAMES
from conversation.understanding.examples import load_examples

HELD_OUT = Path(__file__).parents[3] / "bench" / "held_out.jsonl"
ROWS = [json.loads(line) for line in HELD_OUT.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def report():
    return asyncio.run(measure(ROWS, show=False))


def test_most_requests_find_their_tool(report):
    assert report["phrasings_accuracy"] >= 0.9


def test_nearly_nothing_else_is_taken_for_a_request(report):
    assert report["out_of_scope_rejected"] >= 0.95


def test_every_tool_is_asked_for_and_none_is_trained_on():
    assert {row["tool"] for row in ROWS} == {*FRAMES, None}
    trained = {_plain(example.text) for example in load_examples()}
    assert not [row["text"] for row in ROWS if _plain(row["text"]) in trained]


def _plain(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum() or char == " ")
