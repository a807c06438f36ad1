"""The responses of the assistant: what the session says of an answer becomes the events of a Realtime response.

Knows one response at a time. An answer of the session is one response; when the client has to run a tool for it, that
response ends with the call and what follows is the next one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from protocols.openai_realtime.audio import from_pcm
from protocols.openai_realtime.items import Item, Items, assistant_message, function_call, new_id
from protocols.openai_realtime.usage import Usage

Send = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a response is to be like.

    Attributes:
        modality: ``audio`` or ``text``.
        format: Format of its audio, as in the session.
        voice: Voice of its audio.
        metadata: The client's own notes on it.
        conversation_id: Where it belongs.
    """

    modality: str
    format: dict[str, Any]
    voice: str
    metadata: dict[str, Any] | None
    conversation_id: str


@dataclass(slots=True)
class _Message:
    """The message that a response is speaking."""

    item: Item
    index: int
    previous: str | None = None
    said: list[str] = field(default_factory=list[str])
    audio_ms: float = 0.0
    heard: str | None = None


@dataclass(slots=True)
class Played:
    """Where a shown item's audio lies in the session's: its item, from when on, how much (milliseconds)."""

    answer_id: str
    begins_ms: float
    ms: float = 0.0


class Responses:
    """The responses of one connection.

    Args:
        send: Takes an event's type and fields.
        items: The conversation's items.
        rate_limits: Sends what the client may still do.
    """

    def __init__(self, send: Send, items: Items, rate_limits: Callable[[], None]) -> None:
        self._send = send
        self._items = items
        self._rate_limits = rate_limits
        self.active: dict[str, Any] | None = None
        self.answer_id: str | None = None  # the session's answer that is being given
        self.played: dict[str, Played] = {}
        self._wanted: Wanted | None = None
        self._usage = Usage()
        self._message: _Message | None = None
        self._answer_ms = 0.0
        self._shown: str | None = None  # the latest answer that has an item of its id

    def begin(self, answer_id: str, wanted: Wanted, usage: Usage) -> None:
        """The session begins an answer, or goes on with one after a call of the client's tools."""
        if self.active is not None:
            self.end("cancelled", "turn_detected")
        if answer_id != self.answer_id:
            self._answer_ms = 0.0
        self.answer_id, self._wanted, self._usage, self._message = answer_id, wanted, usage, None
        self.active = {
            "object": "realtime.response",
            "id": new_id("resp"),
            "status": "in_progress",
            "status_details": None,
            "output": [],
            "conversation_id": wanted.conversation_id,
            "output_modalities": [wanted.modality],
            "max_output_tokens": "inf",
            "audio": {"output": {"format": wanted.format, "voice": wanted.voice}},
            "usage": None,
            "metadata": wanted.metadata,
        }
        self._send("response.created", response=dict(self.active))
        self._rate_limits()

    def say(self, sentence: str) -> None:
        """The answer's next sentence."""
        message = self._open()
        delta = f" {sentence}" if message.said else sentence
        message.said.append(sentence)
        kind = "response.output_text.delta" if self._is_text else "response.output_audio_transcript.delta"
        self._send(kind, **self._where(message), delta=delta)

    def play(self, pcm: bytes, rate: int) -> None:
        """The next audio: PCM16 at ``rate`` Hz."""
        message = self._open()
        ms = len(pcm) / 2 / rate * 1000
        if not message.audio_ms:
            self.played[message.item["id"]] = Played(self.answer_id or "", self._answer_ms)
            if len(self.played) > 20:
                del self.played[next(iter(self.played))]
        message.audio_ms += ms
        self._answer_ms += ms
        self.played[message.item["id"]].ms = message.audio_ms
        assert self._wanted is not None  # noqa: S101  (a response is open)
        delta = base64.b64encode(from_pcm(pcm, self._wanted.format["type"])).decode("ascii")
        self._send(
            "response.output_audio.delta", audio_of=self.answer_id, **self._where(message), delta=delta
        )

    def heard(self, text: str) -> None:
        """All that was heard of a message that was interrupted."""
        if self._message is not None:
            self._message.heard = text

    def call(self, call_id: str, name: str, arguments: str) -> None:
        """The client shall run one of its tools: the response ends with this call."""
        assert self.active is not None  # noqa: S101  (an answer is being given)
        self._close("completed")
        item = function_call(new_id("item"), call_id, name, "", "in_progress")
        index = len(self.active["output"])
        where = {"response_id": self.active["id"], "output_index": index}
        self._send("response.output_item.added", **where, item=dict(item))
        previous = self._items.add(item)
        self._send("conversation.item.added", previous_item_id=previous, item=dict(item))
        of_call = {**where, "item_id": item["id"], "call_id": call_id}
        self._send("response.function_call_arguments.delta", **of_call, delta=arguments)
        self._send("response.function_call_arguments.done", **of_call, name=name, arguments=arguments)
        item.update(status="completed", arguments=arguments)
        self._send("response.output_item.done", **where, item=dict(item))
        self._send("conversation.item.done", previous_item_id=previous, item=dict(item))
        self.active["output"].append(dict(item))
        self._usage.said_letters += len(arguments)
        self.end("completed")

    def end(self, status: str, reason: str | None = None, error: dict[str, Any] | None = None) -> None:
        """The response is over: ``completed``, ``cancelled`` (with its reason) or ``failed`` (with its error)."""
        if self.active is None:
            return
        self._close("completed" if status == "completed" else "incomplete")
        details: dict[str, Any] | None = None
        if status != "completed":
            details = (
                {"type": status}
                | ({"reason": reason} if reason else {})
                | ({"error": error} if error else {})
            )
        response = {
            **self.active,
            "status": status,
            "status_details": details,
            "usage": self._usage.as_event(),
        }
        self.active = None
        self._send("response.done", response=response)

    @property
    def _is_text(self) -> bool:
        return self._wanted is not None and self._wanted.modality == "text"

    def _where(self, message: _Message) -> dict[str, Any]:
        assert self.active is not None  # noqa: S101  (a response is open)
        return {
            "response_id": self.active["id"],
            "item_id": message.item["id"],
            "output_index": message.index,
            "content_index": 0,
        }

    def _open(self) -> _Message:
        """The message that is being spoken; a new one when there is none."""
        if self._message is not None:
            return self._message
        assert self.active is not None  # noqa: S101  (a response is open)
        shown, self._shown = (
            new_id("item") if self.answer_id == self._shown else self.answer_id,
            self.answer_id,
        )
        item = assistant_message(shown or new_id("item"))
        message = self._message = _Message(item, len(self.active["output"]))
        self._send(
            "response.output_item.added",
            response_id=self.active["id"],
            output_index=message.index,
            item=dict(item),
        )
        message.previous = self._items.add(item)
        self._send("conversation.item.added", previous_item_id=message.previous, item=dict(item))
        part = {"type": "text", "text": ""} if self._is_text else {"type": "audio", "transcript": ""}
        self._send("response.content_part.added", **self._where(message), part=part)
        return message

    def _close(self, status: str) -> None:
        """End the message that is being spoken."""
        message, self._message = self._message, None
        if message is None or self.active is None:
            return
        where, words = self._where(message), " ".join(message.said)
        kept = words if message.heard is None else message.heard
        if self._is_text:
            self._send("response.output_text.done", **where, text=words)
            part: dict[str, Any] = {"type": "text", "text": words}
            content: dict[str, Any] = {"type": "output_text", "text": kept}
        else:
            self._send("response.output_audio.done", **where)
            self._send("response.output_audio_transcript.done", **where, transcript=words)
            part = {"type": "audio", "transcript": words}
            content = {"type": "output_audio", "transcript": kept}
        self._send("response.content_part.done", **where, part=part)
        message.item.update(status=status, content=[content])
        place = {"response_id": where["response_id"], "output_index": message.index}
        self._send("response.output_item.done", **place, item=dict(message.item))
        self._send("conversation.item.done", previous_item_id=message.previous, item=dict(message.item))
        self.active["output"].append(dict(message.item))
        self._usage.said_ms += message.audio_ms
        self._usage.said_letters += len(words)
