"""The greeting by time of day, and the state's way to JSON and back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conversation.brain.greeting import greeting
from conversation.brain.limits import sentences
from conversation.brain.results import read_outcome
from conversation.brain.state import MAX_SUSPENDED, DialogueState, Frame
from tools.envelope import ToolError, ToolErrorType, ToolResult

ZONE = ZoneInfo("America/Denver")


@pytest.mark.parametrize(
    ("hour", "part"),
    [
        (4, "morning"),
        (11, "morning"),
        (12, "afternoon"),
        (17, "afternoon"),
        (18, "evening"),
        (23, "evening"),
        (0, "evening"),
        (3, "evening"),
    ],
)
def test_time_of_day(hour, part):
    text = greeting(datetime(2026, 5, 4, hour, 30, tzinfo=ZONE), "Dana Fox", "Fox Plumbing", False)
    assert text.startswith(f"Good {part}, Dana.")
    assert "Fox Plumbing" in text


def test_driving_is_one_short_sentence():
    text = greeting(datetime(2026, 5, 4, 9, 0, tzinfo=ZONE), "Dana Fox", "Fox Plumbing", True)
    assert len(sentences(text)) == 1
    assert len(text.split()) <= 8
    assert "Dana" in text


def test_without_names():
    assert (
        greeting(datetime(2026, 5, 4, 9, 0, tzinfo=ZONE), None, None, False)
        == "Good morning. What can I do for you?"
    )


def test_state_survives_json():
    frame = Frame(
        "create_invoice", {"contact": "Zoë"}, "bill Zoë", asking="amount", tries=1, candidates=["a", "b"]
    )
    state = DialogueState(
        turn=3, calls=2, frame=frame, queue=[Frame("get_today_jobs")], running=Frame("x", call_id="call_1")
    )
    state.offer, state.last, state.said = [Frame("set_reminder")], frame, "Hello."
    state.undo, state.done = Frame("reschedule_job", label="sink"), [frame]
    state.suspend(Frame("create_job"))
    state.remember({"job": "1", "job_label": "sink"})
    assert DialogueState.from_json(state.to_json()) == state


def test_state_of_another_version_is_read():
    assert (
        DialogueState.from_json('{"turn": 2, "frame": {"tool": "create_job", "later": 1}, "later": 1}').turn
        == 2
    )


def test_an_offer_of_one_request_is_read_as_a_list():
    assert DialogueState.from_json('{"offer": {"tool": "set_reminder"}}').offer == [Frame("set_reminder")]


@pytest.mark.parametrize("text", ["", "[]", "null", "{"])
def test_broken_state_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        DialogueState.from_json(text)


def test_suspended_requests_are_bounded():
    state = DialogueState()
    for number in range(9):
        state.suspend(Frame(f"t{number}"))
    assert [frame.tool for frame in state.suspended] == ["t7", "t8"]
    assert len(state.suspended) == MAX_SUSPENDED


def test_a_new_entity_does_not_keep_the_old_label():
    state = DialogueState()
    state.remember({"job": "1", "job_label": "sink", "contact": "c"})
    state.remember({"job": "2"})
    assert state.focus == {"job": "2", "contact": "c"}


def test_results_as_the_tools_write_them():
    error = ToolError(ToolErrorType.AMBIGUOUS, "Which?", field="contact", candidates=("a", "b"))
    outcome = read_outcome(ToolResult(False, "Which?", focus={"contact_list": "1,2"}, error=error).to_json())
    assert (outcome.error, outcome.about, outcome.candidates) == ("ambiguous", "contact", ("a", "b"))
    assert outcome.confirmed


@pytest.mark.parametrize(
    "output", ["Tool execution was not approved.", "", "[]", "{}", None, 3, '{"ok": false, "summary": "no"}']
)
def test_what_is_no_result_counts_as_not_confirmed(output):
    outcome = read_outcome(output)
    assert not outcome.ok
    assert not outcome.confirmed
