"""What the Realtime door refuses, and how: always an error event in the original's shape, and the session lives."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from conversation.events import ConfigIn, Hello, ListenIn, SpeakIn, ToolsIn, TurnDetection
from conversation.options import SessionOptions
from conversation.spec import SessionSpec
from protocols.door import ProtocolError
from protocols.openai_realtime.audio import from_pcm, to_pcm
from protocols.openai_realtime.config import SessionConfig
from protocols.openai_realtime.door import OpenAIRealtimeDoor
from protocols.openai_realtime.errors import Refused
from protocols.openai_realtime.facts import facts_of

SPEC = SessionSpec("s", "u", "Alex", "b", "Acme", "UTC", SessionOptions(), datetime(2026, 1, 1, tzinfo=UTC))
FACTS = facts_of(SPEC, Settings(), None)


def door() -> OpenAIRealtimeDoor:
    return OpenAIRealtimeDoor(FACTS)


def refused(event: Any, **more: Any) -> ProtocolError:
    payload = event if isinstance(event, bytes) else json.dumps(event).encode()
    with pytest.raises(ProtocolError) as caught:
        door().read(False, payload)
    return caught.value


AUDIO = "session.audio.input"


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"type": "transcription"}, "session.type"),
        ({"voice": "alloy"}, "session.voice"),
        ({"output_modalities": ["audio", "text"]}, "session.output_modalities"),
        ({"output_modalities": ["video"]}, "session.output_modalities.0"),
        ({"max_output_tokens": 10}, "session.max_output_tokens"),
        ({"tool_choice": "required"}, "session.tool_choice"),
        ({"tool_choice": {"type": "function", "name": "x"}}, "session.tool_choice"),
        ({"truncation": "disabled"}, "session.truncation"),
        ({"prompt": {"id": "p"}}, "session.prompt"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "session.tools[0].type"),
        ({"tools": [{"type": "function", "name": "a b"}]}, "session.tools[0].name"),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}, None),
        ({"audio": {"input": {"format": {"type": "audio/opus"}}}}, None),
        ({"audio": {"output": {"voice": "caruso"}}}, "session.audio.output.voice"),
        ({"audio": {"output": {"speed": 3}}}, "session.audio.output.speed"),
        ({"audio": {"input": {"transcription": {"language": "de"}}}}, f"{AUDIO}.transcription.language"),
        ({"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 2}}}}, None),
        ({"audio": {"input": {"turn_detection": {"type": "server_vad", "eagerness": "low"}}}}, None),
    ],
)
def test_a_session_that_cannot_be_is_refused_and_stays_as_it_was(session: dict[str, Any], param: str | None):
    config = SessionConfig(FACTS)
    before = json.dumps(config.shown)
    with pytest.raises(Refused) as caught:
        config.update({"instructions": "new", **session})
    assert json.dumps(config.shown) == before
    found = caught.value.param or ""
    assert found == param if param is not None else found.startswith("session.audio")


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        (b"{", "invalid_json", None),
        (b"\xff", "invalid_json", None),
        ([], "missing_required_parameter", "type"),
        ({"type": "session.upgrade"}, "invalid_value", "type"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
        ({"type": "input_audio_buffer.append", "audio": "%"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.append", "audio": "AAAA"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "conversation.item.create"}, "missing_required_parameter", "item"),
        ({"type": "conversation.item.retrieve", "item_id": "x"}, "item_retrieve_invalid_item_id", "item_id"),
        ({"type": "conversation.item.truncate", "item_id": "x"}, "missing_required_parameter", None),
        ({"type": "response.cancel"}, "response_cancel_not_active", None),
        ({"type": "response.create", "response": {"conversation": "none"}}, "unsupported_value", None),
        ({"type": "response.create", "response": {"instructions": 5}}, "invalid_value", None),
    ],
)
def test_a_bad_event_is_refused_with_code_and_parameter(event: Any, code: str, param: str | None):
    error = refused(event)
    assert error.code == code
    assert param is None or error.details["param"] == param


def test_a_refusal_names_the_event():
    error = refused({"type": "response.cancel", "event_id": "mine"})
    assert error.details["event_id"] == "mine"


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
), max_leaves=8)  # fmt: skip
KINDS = st.sampled_from(
    ["session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "conversation.item.create",
     "conversation.item.truncate", "conversation.item.delete", "response.create", "response.cancel"]
)  # fmt: skip
FIELDS = st.sampled_from(["session", "audio", "item", "item_id", "response", "event_id", "previous_item_id"])


@given(KINDS, st.dictionaries(FIELDS, JSON, max_size=4))
def test_any_event_is_read_or_refused(kind: str, fields: dict[str, Any]):
    with contextlib.suppress(ProtocolError):
        door().read(False, json.dumps({"type": kind, **fields}).encode())


@given(
    st.dictionaries(st.sampled_from(["audio", "tools", "instructions", "output_modalities", "type"]), JSON)
)
def test_any_session_is_taken_or_refused(session: dict[str, Any]):
    with contextlib.suppress(Refused):
        SessionConfig(FACTS).update(session)


# --- what is taken -------------------------------------------------------------------------------------------


def test_a_session_becomes_events_of_what_changed():
    config = SessionConfig(FACTS)
    assert [type(event) for event in config.begin()] == [Hello, ListenIn]
    events = config.update(
        {
            "type": "realtime",
            "model": "gpt-realtime",
            "instructions": "Be brief.",
            "tracing": "auto",
            "tools": [{"type": "function", "name": "show"}],
            "audio": {
                "input": {
                    "noise_reduction": {"type": "near_field"},
                    "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
                },
                "output": {"voice": "marin", "speed": 1.2},
            },
        }
    )
    assert ConfigIn({"instructions": "Be brief.", "enable_noise_cancellation": True}) in events
    assert ListenIn(TurnDetection("words", patience=2.0)) in events
    assert SpeakIn(True, 1.2) in events
    assert any(isinstance(event, ToolsIn) for event in events)
    assert config.output["voice"] == "heart", "what is in force is shown, not what was asked for"
    assert config.update({"instructions": "Be brief."}) == []


@pytest.mark.filterwarnings("ignore:.audioop.")
@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_g711_is_the_standards(kind: str):
    import audioop

    codes = bytes(range(256))
    decode, encode = (
        (audioop.ulaw2lin, audioop.lin2ulaw) if kind == "audio/pcmu" else (audioop.alaw2lin, audioop.lin2alaw)
    )
    assert to_pcm(codes, kind) == decode(codes, 2)
    every = np.arange(-32768, 32768, dtype="<i2").tobytes()
    ours = np.frombuffer(to_pcm(from_pcm(every, kind), kind), "<i2").astype(int)
    theirs = np.frombuffer(decode(encode(every, 2), 2), "<i2").astype(int)
    exact = np.arange(-32768, 32768)
    assert np.all(np.abs(ours - exact) <= np.abs(theirs - exact))
