from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.events import (
    AudioEnd,
    AudioIn,
    AudioOut,
    ClientEvent,
    ConfigIn,
    ConfirmIn,
    EndIn,
    Hello,
    InterruptIn,
    MuteIn,
    PingIn,
    PlaybackIn,
    ServerEvent,
    TextIn,
    error_event,
)
from protocols.hero365 import (
    MAX_AUDIO_BYTES,
    MAX_TEXT_CHARACTERS,
    MAX_TEXT_FRAME_BYTES,
    ProtocolError,
    decode_binary,
    decode_text,
    encode,
)

PCM = bytes(range(64))
BASE64 = base64.b64encode(PCM).decode()


def refused(text: str) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        decode_text(text)
    # What is told to the client can be told.
    encode(
        error_event(caught.value.code, str(caught.value), **caught.value.details),
        seq=1,
        session_id="s",
        binary=False,
    )
    return caught.value


MESSAGES: list[tuple[str, dict[str, Any], ClientEvent | tuple[ClientEvent, ...]]] = [
    ("hello", {}, Hello()),
    ("hello", {"audio_in": 8000, "audio_out": 24000, "binary": True}, Hello(8000, 24000, True)),
    ("hello", {"audio_in": "pcm16/48000"}, Hello(48000)),
    ("hello", {"audio_in": {"format": "PCM16", "sample_rate": 16000}, "protocol": "hero365"}, Hello(16000)),
    ("hello", {"audio_out": {"rate": 24000}}, Hello(None, 24000)),
    ("hello", {"resume": {"token": "t", "last_seq": 7}}, Hello(resume_token="t", last_seq=7)),
    ("hello", {"resume": {"token": "t"}}, Hello(resume_token="t", last_seq=0)),
    ("audio_data", {"audio": BASE64}, AudioIn(PCM)),
    ("audio_chunk", {"audio_data": BASE64, "chunk_id": 3}, AudioIn(PCM)),
    ("audio", {"audio": BASE64}, AudioIn(PCM)),
    ("audio_end", {}, AudioEnd()),
    ("complete_audio", {}, AudioEnd()),
    ("complete_audio", {"audio": BASE64}, (AudioIn(PCM), AudioEnd())),
    ("complete_audio", {"audio_data": BASE64}, (AudioIn(PCM), AudioEnd())),
    ("text_message", {"text": " hello ", "message_id": "m1"}, TextIn("hello", "m1")),
    ("text_input", {"text": "hello"}, TextIn("hello")),
    ("text_message", {"message": "hello"}, TextIn("hello")),
    ("interrupt", {}, InterruptIn()),
    ("playback", {"item_id": "i", "played_ms": 120.5}, PlaybackIn("i", 120.5)),
    ("playback", {"item_id": "i", "played_ms": -3}, PlaybackIn("i", 0.0)),
    ("confirm", {"confirmation_id": "c", "answer": True}, ConfirmIn("c", True)),
    ("confirm", {"confirmation_id": "c", "answer": "No"}, ConfirmIn("c", False)),
    ("config_update", {"voice_speed": "fast"}, ConfigIn({"voice_speed": "fast"})),
    ("context_update", {"is_driving": True}, ConfigIn({"is_driving": True})),
    ("mute", {}, MuteIn(True)),
    ("unmute", {}, MuteIn(False)),
    ("ping", {}, PingIn()),
    ("end", {}, EndIn()),
]


@pytest.mark.parametrize(("kind", "data", "event"), MESSAGES)
def test_every_message_is_read_in_both_spellings(
    kind: str, data: dict[str, Any], event: ClientEvent | tuple[ClientEvent, ...]
):
    envelope = {"type": kind, "session_id": "s", "timestamp": "2030-01-01T00:00:00Z"}
    assert decode_text(json.dumps({**envelope, "data": data})) == event
    assert decode_text(json.dumps({**envelope, **data})) == event
    assert decode_text(json.dumps({**envelope, "data": None, **data})) == event


def test_audio_may_be_the_data_itself():
    assert decode_text(json.dumps({"type": "audio", "data": BASE64})) == AudioIn(PCM)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("{'type': 'ping'}", "bad_json"),
        ('{"type": "ping"} x', "bad_json"),
        ('{"type": "playback", "item_id": "i", "played_ms": NaN}', "bad_json"),
        ('{"type": "config_update", "x": 1e999}', None),
        ('{"type": "text_message", "text": "\\ud800"}', "bad_json"),
        ('{"type": "\\ud800"}', "bad_json"),
        ('{"type": "text_message", "text": "\\ud83d\\ude00"}', None),
        ("[" * 100_000, "bad_json"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "bad_json"),
        ("9" * 10_000, "bad_json"),
        ("[]", "bad_message"),
        ("null", "bad_message"),
        ('"ping"', "bad_message"),
        ("{}", "bad_message"),
        ('{"type": 5}', "bad_message"),
        ('{"type": ["ping"]}', "bad_message"),
        ('{"type": "ping", "data": 5}', "bad_message"),
        ('{"type": "text_message", "data": "hello"}', "bad_message"),
        ('{"type": "sing"}', "unknown_type"),
        ('{"type": ""}', "unknown_type"),
        ('{"type": "PING"}', "unknown_type"),
    ],
)
def test_what_is_no_message_gets_a_code(text: str, code: str | None):
    if code is None:
        decode_text(text)
    else:
        assert refused(text).code == code


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("audio_data", {}, "bad_message"),
        ("audio_data", {"audio": 5}, "bad_message"),
        ("audio_data", {"audio": "§§§"}, "bad_base64"),
        ("audio_data", {"audio": BASE64 + "!"}, "bad_base64"),
        ("audio_data", {"audio": BASE64[:-3]}, "bad_base64"),
        ("audio_data", {"audio": base64.b64encode(b"abc").decode()}, "odd_audio"),
        ("audio_data", {"audio": ""}, "empty_audio"),
        ("audio_data", {"audio": base64.b64encode(bytes(MAX_AUDIO_BYTES + 2)).decode()}, "oversize"),
        ("complete_audio", {"audio": "x"}, "bad_base64"),
        ("text_message", {}, "bad_message"),
        ("text_message", {"text": "   "}, "bad_message"),
        ("text_message", {"text": ["hello"]}, "bad_message"),
        ("text_message", {"text": "hello", "message_id": 5}, "bad_message"),
        ("text_message", {"text": "a" * (MAX_TEXT_CHARACTERS + 1)}, "oversize"),
        ("playback", {"item_id": "i"}, "bad_message"),
        ("playback", {"item_id": "i", "played_ms": "12"}, "bad_message"),
        ("playback", {"item_id": "i", "played_ms": True}, "bad_message"),
        ("playback", {"item_id": "i", "played_ms": 10**400}, "bad_message"),
        ("playback", {"item_id": "", "played_ms": 1}, "bad_message"),
        ("playback", {"item_id": "i" * 513, "played_ms": 1}, "bad_message"),
        ("confirm", {"confirmation_id": "c"}, "bad_message"),
        ("confirm", {"confirmation_id": "c", "answer": "maybe"}, "bad_message"),
        ("confirm", {"confirmation_id": "c", "answer": 1}, "bad_message"),
        ("confirm", {"answer": True}, "bad_message"),
        ("hello", {"audio_in": 44100}, "unsupported_audio"),
        ("hello", {"audio_in": True}, "unsupported_audio"),
        ("hello", {"audio_in": [16000]}, "unsupported_audio"),
        ("hello", {"audio_in": "opus/48000"}, "unsupported_audio"),
        ("hello", {"audio_in": "pcm16/²"}, "unsupported_audio"),
        ("hello", {"audio_in": "9" * 5000}, "unsupported_audio"),
        ("hello", {"audio_out": {"format": "opus", "sample_rate": 48000}}, "unsupported_audio"),
        ("hello", {"audio_out": {"sample_rate": {"sample_rate": 8000}}}, "unsupported_audio"),
        ("hello", {"binary": "yes"}, "bad_message"),
        ("hello", {"protocol": "other"}, "unsupported_protocol"),
        ("hello", {"protocol": ["hero365"]}, "unsupported_protocol"),
        ("hello", {"protocol": {}}, "unsupported_protocol"),
        ("hello", {"resume": "t"}, "bad_message"),
        ("hello", {"resume": {"token": 5}}, "bad_message"),
        ("hello", {"resume": {"token": "t", "last_seq": "7"}}, "bad_message"),
        ("hello", {"resume": {"token": "t", "last_seq": 1e13}}, "bad_message"),
    ],
)
def test_wrong_fields_get_a_code(kind: str, data: dict[str, Any], code: str):
    assert refused(json.dumps({"type": kind, "data": data})).code == code
    assert refused(json.dumps({"type": kind, **data})).code == code


def test_a_refusal_is_short_and_names_what_is_allowed():
    error = refused(json.dumps({"type": "x" * 100_000}))
    assert "ping" in error.details["allowed"]
    assert len(str(error)) < 200
    assert len(str(refused(json.dumps({"type": "hello", "audio_in": "9" * 100_000})))) < 200


def test_frames_too_large_to_look_at():
    assert refused(" " * (MAX_TEXT_FRAME_BYTES + 1)).code == "oversize"
    largest = base64.b64encode(bytes(MAX_AUDIO_BYTES)).decode()
    assert decode_text(json.dumps({"type": "audio_data", "audio": largest})) == AudioIn(
        bytes(MAX_AUDIO_BYTES)
    )


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"", "empty_audio"), (b"abc", "odd_audio"), (bytes(MAX_AUDIO_BYTES + 2), "oversize")],
)
def test_binary_frames_get_the_same_codes(payload: bytes, code: str):
    with pytest.raises(ProtocolError) as caught:
        decode_binary(payload)
    assert caught.value.code == code


@given(st.binary(max_size=200))
def test_binary_audio_is_taken_as_it_is(payload: bytes):
    if len(payload) % 2 or not payload:
        with pytest.raises(ProtocolError):
            decode_binary(payload)
    else:
        assert decode_binary(payload) == AudioIn(payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(sorted({kind for kind, _, _ in MESSAGES} | {"sing"}))
FIELDS = st.sampled_from(sorted({name for _, data, _ in MESSAGES for name in data} | {"data", "type", "x"}))


def check(text: str) -> None:
    try:
        event = decode_text(text)
    except ProtocolError as error:
        encode(error_event(error.code, str(error), **error.details), seq=1, session_id="s", binary=False)
        return
    assert event is not None


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str):
    check(text)


@given(JSON)
def test_any_json_is_read_or_refused(value: Any):
    check(json.dumps(value))


@given(KINDS, st.dictionaries(FIELDS, JSON, max_size=4), st.booleans())
def test_any_fields_of_a_known_type_are_read_or_refused(kind: str, fields: dict[str, Any], nested: bool):
    fields.pop("type", None)
    check(json.dumps({"type": kind, "data": fields} if nested else {**fields, "type": kind}))


# --- what goes out -------------------------------------------------------------------------------------------


def test_a_control_event_is_json_with_a_number():
    frame = encode(ServerEvent("thinking", {"a": "ü"}), seq=7, session_id="s", binary=True)
    assert isinstance(frame, str)
    body = json.loads(frame)
    assert body.pop("timestamp").endswith("+00:00")
    assert body == {"type": "thinking", "seq": 7, "session_id": "s", "data": {"a": "ü"}}


def test_audio_is_a_binary_frame_or_base64():
    audio = AudioOut("item", PCM)
    assert encode(audio, seq=1, session_id="s", binary=True) == PCM
    frame = encode(audio, seq=8, session_id="s", binary=False)
    assert isinstance(frame, str)
    body = json.loads(frame)
    assert body["type"] == "audio"
    assert body["seq"] == 8
    assert body["data"] == {"item_id": "item", "audio": BASE64}
