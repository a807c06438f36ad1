from __future__ import annotations

import base64
import json

import pytest

from hero365_client import errors
from hero365_client.errors import ProtocolError, api_error
from hero365_client.events import (
    Audio,
    ErrorEvent,
    HandOff,
    Notice,
    Notification,
    ResponseInterrupted,
    ToolFinished,
    ToolProgress,
    Transcript,
    parse_event,
)


def frame(event: str, /, **data: object) -> str:
    return json.dumps({"type": event, "seq": 7, "session_id": "s", "timestamp": "x", "data": data})


def test_fields_are_read_from_data_and_unknown_ones_ignored() -> None:
    event = parse_event(frame("transcript", item_id="u", text="hi", is_final=True, later="x"), 5.0)
    assert event == Transcript(item_id="u", text="hi", is_final=True, seq=7, received_at=5.0)


def test_fields_beside_the_type_are_read_too() -> None:
    event = parse_event('{"type": "error", "code": "bad_json", "message": "m", "fatal": false}', 0.0)
    assert event == ErrorEvent(code="bad_json", message="m")


def test_the_words_from_and_to_become_attributes() -> None:
    event = parse_event(frame("handoff", **{"from": "a", "to": "b"}), 0.0)
    assert isinstance(event, HandOff)
    assert (event.from_agent, event.to_agent) == ("a", "b")


def test_a_tool_is_followed_from_its_call_to_its_late_result() -> None:
    progress = parse_event(frame("tool_progress", call_id="c", name="create_job", elapsed_ms=700), 0.0)
    assert progress == ToolProgress(call_id="c", name="create_job", elapsed_ms=700, seq=7)
    data = {"call_id": "c", "name": "create_job", "ok": True, "summary": "Booked.", "late": True}
    finished = parse_event(frame("tool_result", **data), 0.0)
    assert finished == ToolFinished(
        call_id="c", name="create_job", ok=True, summary="Booked.", late=True, seq=7
    )


def test_missing_or_null_fields_keep_their_defaults() -> None:
    event = parse_event(frame("response_interrupted", item_id="i", heard_text=None), 0.0)
    assert event == ResponseInterrupted(item_id="i", seq=7)


def test_audio_is_decoded() -> None:
    event = parse_event(frame("audio", item_id="i", audio=base64.b64encode(b"abcd").decode()), 1.0)
    assert event == Audio(item_id="i", pcm=b"abcd", seq=7, received_at=1.0)


def test_a_type_of_a_later_server_is_a_notice() -> None:
    event = parse_event(frame("weather", sunny=True), 0.0)
    assert isinstance(event, Notice)
    assert (event.name, event.data["sunny"]) == ("weather", True)


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"data": {}}', '{"type": 3}'])
def test_what_is_no_event_is_a_protocol_error(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_event(text, 0.0)


@pytest.mark.parametrize("audio", ["***", None, 3])
def test_audio_that_is_no_base64_is_a_protocol_error(audio: object) -> None:
    with pytest.raises(ProtocolError):
        parse_event(frame("audio", item_id="i", audio=audio), 0.0)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ApiError),
        (401, errors.AuthenticationError),
        (403, errors.PermissionDenied),
        (404, errors.NotFound),
        (429, errors.RateLimited),
        (503, errors.AtCapacity),
    ],
)
def test_each_refusal_is_its_own_type(status: int, kind: type[errors.ApiError]) -> None:
    body = {"error": {"type": "t", "code": "c", "message": "m", "details": {"x": 1}}}
    error = api_error(status, body, "12")
    assert type(error) is kind
    assert (error.status, error.code, error.message, error.details) == (status, "c", "m", {"x": 1})
    if isinstance(error, errors.RateLimited | errors.AtCapacity):
        assert error.retry_after == 12.0


def test_a_refusal_without_a_body_still_has_a_code() -> None:
    assert api_error(502, None).code == "http_502"
    assert api_error(503, ["x"], "Wed, 21 Oct 2026").retry_after is None


def test_a_notification_is_typed() -> None:
    data = {"message_id": "m1", "kind": "reminder", "text": "Call Jane.", "late": True, "item_id": "item_1"}
    event = parse_event(frame("notification", **data), 1.0)
    assert event == Notification(
        message_id="m1",
        kind="reminder",
        text="Call Jane.",
        late=True,
        item_id="item_1",
        seq=7,
        received_at=1.0,
    )
