"""Codec of the Hero365 WebSocket (JSON text frames, PCM16 binary frames): bytes ⇄ the session's events.

Pure: no sockets, no clock of its own. Bad input raises ``ProtocolError`` with a stable code and never anything else.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from conversation.budget import ClientBudget
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
)
from protocols.door import Frame, ProtocolError

MAX_AUDIO_BYTES = 64 * 1024
MAX_TEXT_FRAME_BYTES = 128 * 1024
MAX_TEXT_CHARACTERS = 4000
RATES = (8000, 16000, 24000, 48000)
_ENVELOPE = frozenset({"type", "data", "session_id", "timestamp"})


class Hero365Door:
    """The Hero365 WebSocket of one client: audio goes out as binary frames once its hello has asked for that."""

    ends_with_socket = False

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._binary = False

    def opened(self) -> tuple[ClientEvent, ...]:
        """Nothing: the client says hello itself."""
        return ()

    def read(self, binary: bool, payload: bytes) -> tuple[ClientEvent, ...]:
        """As ``Door.read``."""
        decoded = decode_binary(payload) if binary else decode_text(_utf8(payload))
        events = decoded if isinstance(decoded, tuple) else (decoded,)
        for event in events:
            if isinstance(event, Hello) and event.binary is not None:
                self._binary = event.binary
            if isinstance(event, ConfigIn) and not event.changes:
                raise ProtocolError("bad_message", "config_update carries the options to change.")
        return events

    def write(self, event: ServerEvent | AudioOut, seq: int, budget: ClientBudget) -> tuple[Frame]:
        """As ``Door.write``."""
        del budget
        payload = encode(event, seq=seq, session_id=self._session_id, binary=self._binary)
        return (Frame(payload, event.item_id if isinstance(event, AudioOut) else None),)

    def farewell(self, code: int, reason: str) -> tuple[Frame, ...]:
        """Nothing: the close code says it."""
        del code, reason
        return ()


def _utf8(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("bad_json", "The message is not UTF-8 text.") from error


def decode_binary(payload: bytes) -> AudioIn:
    """A binary frame as audio. Raises ProtocolError ``odd_audio``, ``oversize`` or ``empty_audio``."""
    if len(payload) > MAX_AUDIO_BYTES:
        raise ProtocolError(
            "oversize", f"An audio message carries at most {MAX_AUDIO_BYTES} bytes.", got=len(payload)
        )
    if len(payload) % 2:
        raise ProtocolError("odd_audio", "PCM16 audio has an even number of bytes.", got=len(payload))
    if not payload:
        raise ProtocolError("empty_audio", "The audio message is empty.")
    return AudioIn(payload)


def decode_text(text: str) -> ClientEvent | tuple[ClientEvent, ...]:
    """A JSON text frame as one event (``complete_audio`` with audio gives two). Raises ProtocolError."""
    if len(text) > MAX_TEXT_FRAME_BYTES:
        raise ProtocolError(
            "oversize", f"A message has at most {MAX_TEXT_FRAME_BYTES} characters.", got=len(text)
        )
    frame = _parsed(text)
    if not isinstance(frame, dict):
        raise ProtocolError("bad_message", "A message is a JSON object with a type.")
    fields = cast("dict[str, Any]", frame)
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise ProtocolError("bad_message", "A message needs a type.")
    data = fields.get("data")
    if data is None:
        data = {key: value for key, value in fields.items() if key not in _ENVELOPE}
    if not isinstance(data, dict):
        if kind in {"audio_data", "audio_chunk", "audio"} and isinstance(data, str):
            data = {"audio": data}
        else:
            raise ProtocolError("bad_message", "data is a JSON object.", type=kind)
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise ProtocolError("unknown_type", f"Unknown message type {kind[:40]!r}.", allowed=sorted(_DECODERS))
    return decoder(cast("dict[str, Any]", data))


def encode(event: ServerEvent | AudioOut, *, seq: int, session_id: str, binary: bool) -> bytes | str:
    """An event as a frame: ``bytes`` for a binary audio frame, ``str`` for a JSON text frame."""
    if isinstance(event, AudioOut):
        if binary:
            return event.pcm
        data: dict[str, Any] = {
            "item_id": event.item_id,
            "audio": base64.b64encode(event.pcm).decode("ascii"),
        }
        kind = "audio"
    else:
        kind, data = event.type, event.data
    body = {
        "type": kind,
        "seq": seq,
        "session_id": session_id,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)


def _parsed(text: str) -> Any:
    """``text`` as JSON that can be written again: no NaN, no halves of surrogate pairs."""
    try:
        frame = json.loads(text, parse_constant=_no_number)
        if "\\ud" in text.lower():
            json.dumps(frame, ensure_ascii=False).encode()
    except ValueError as error:
        raise ProtocolError("bad_json", "The message is not valid JSON.") from error
    except RecursionError as error:
        raise ProtocolError("bad_json", "The message is nested too deeply.") from error
    return frame


def _no_number(name: str) -> float:
    raise ValueError(name)


# --- one decoder a message type ---------------------------------------------------------------------------


def _hello(data: dict[str, Any]) -> Hello:
    resume = data.get("resume")
    token: str | None = None
    last_seq: int | None = None
    if resume is not None:
        if not isinstance(resume, dict):
            raise ProtocolError("bad_message", "hello.resume is an object with token and last_seq.")
        fields = cast("dict[str, Any]", resume)
        token = _string(fields, "token")
        last_seq = int(_number(fields, "last_seq", 0.0))
    protocol = data.get("protocol", "hero365")
    if protocol not in ("hero365", "hero365.v1", 1):
        raise ProtocolError(
            "unsupported_protocol", "This door speaks the protocol hero365.", allowed=["hero365"]
        )
    binary = data.get("binary")
    if binary is not None and not isinstance(binary, bool):
        raise ProtocolError("bad_message", "hello.binary is true or false.")
    return Hello(_rate(data.get("audio_in")), _rate(data.get("audio_out")), binary, token, last_seq)


def _rate(value: Any) -> int | None:
    """``16000``, ``"pcm16/16000"`` or ``{"format": "pcm16", "sample_rate": 16000}`` as Hz."""
    if value is None:
        return None
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if str(fields.get("format", "pcm16")).lower() not in {"pcm16", "pcm_s16le"}:
            raise ProtocolError("unsupported_audio", "Audio is PCM16 mono.", allowed=["pcm16"])
        value = fields.get("sample_rate", fields.get("rate"))
    if isinstance(value, str):
        name, _, tail = value.rpartition("/")
        if name.lower() not in {"", "pcm16", "pcm_s16le"}:
            raise ProtocolError("unsupported_audio", "Audio is PCM16 mono.", allowed=["pcm16"])
        value = int(tail) if tail.isdecimal() and len(tail) < 10 else tail
    if isinstance(value, bool) or value not in RATES:
        raise ProtocolError(
            "unsupported_audio", f"No such sample rate: {str(value)[:20]!r}.", allowed=list(RATES)
        )
    return int(value)


def _audio(data: dict[str, Any]) -> AudioIn:
    encoded = data.get("audio", data.get("audio_data"))
    if not isinstance(encoded, str):
        raise ProtocolError("bad_message", "Audio comes as base64 text in data.audio.")
    if len(encoded) > MAX_AUDIO_BYTES * 4 // 3 + 4:
        raise ProtocolError("oversize", f"An audio message carries at most {MAX_AUDIO_BYTES} bytes.")
    try:
        pcm = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProtocolError("bad_base64", "data.audio is not valid base64.") from error
    return decode_binary(pcm)


def _audio_end(data: dict[str, Any]) -> ClientEvent | tuple[ClientEvent, ...]:
    if data.get("audio") or data.get("audio_data"):
        return (_audio(data), AudioEnd())
    return AudioEnd()


def _text(data: dict[str, Any]) -> TextIn:
    text = data.get("text", data.get("message"))
    if not isinstance(text, str) or not text.strip():
        raise ProtocolError("bad_message", "data.text is the text to answer.")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise ProtocolError(
            "oversize", f"A text has at most {MAX_TEXT_CHARACTERS} characters.", got=len(text)
        )
    message_id = data.get("message_id")
    if message_id is not None and not isinstance(message_id, str):
        raise ProtocolError("bad_message", "data.message_id is a string.")
    return TextIn(text.strip(), message_id)


def _playback(data: dict[str, Any]) -> PlaybackIn:
    stopped = data.get("stopped") is True
    return PlaybackIn(_string(data, "item_id"), max(0.0, _number(data, "played_ms", None)), stopped)


def _confirm(data: dict[str, Any]) -> ConfirmIn:
    answer = data.get("answer")
    if isinstance(answer, str) and answer.lower() in {"yes", "no"}:
        answer = answer.lower() == "yes"
    if not isinstance(answer, bool):
        raise ProtocolError("bad_message", "data.answer is true or false.")
    return ConfirmIn(_string(data, "confirmation_id"), answer)


def _string(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > 512:
        raise ProtocolError("bad_message", f"data.{name} is a text.", field=name)
    return value


def _number(data: dict[str, Any], name: str, default: float | None) -> float:
    value = data.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise ProtocolError("bad_message", f"data.{name} is a number.", field=name)
    return float(value)


_DECODERS: dict[str, Callable[[dict[str, Any]], ClientEvent | tuple[ClientEvent, ...]]] = {
    "hello": _hello,
    "audio_data": _audio,
    "audio_chunk": _audio,
    "audio": _audio,
    "audio_end": _audio_end,
    "complete_audio": _audio_end,
    "text_message": _text,
    "text_input": _text,
    "interrupt": lambda _data: InterruptIn(),
    "playback": _playback,
    "confirm": _confirm,
    "config_update": ConfigIn,
    "context_update": ConfigIn,
    "mute": lambda _data: MuteIn(True),
    "unmute": lambda _data: MuteIn(False),
    "ping": lambda _data: PingIn(),
    "end": lambda _data: EndIn(),
}
