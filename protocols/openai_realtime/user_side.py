"""The user's side of a Realtime conversation: the input audio buffer, his turns and their transcripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from protocols.openai_realtime.errors import Refused, error_body
from protocols.openai_realtime.items import Items, new_id, user_audio

#: Least audio that a client may commit, ms.
MIN_COMMIT_MS: Final = 100.0

Send = Callable[..., None]


class UserSide:
    """The buffer and the turns of one connection.

    Attributes:
        transcribes: Whether the client wants transcripts.
        heard_ms: Audio of the user that the next response answers.
        heard_letters: Letters of text that it answers.
    """

    def __init__(self, send: Send, items: Items) -> None:
        self._send = send
        self._items = items
        self.transcribes = False
        self.heard_ms = 0.0
        self.heard_letters = 0
        self._buffered_ms = 0.0
        self._speaking: str | None = None  # item of the speech that is going on
        self._stopped: str | None = None  # item of the speech that is over, until its words come
        self._started_ms = 0
        self._committed: dict[str, float] = {}  # item of audio that is being recognised, its milliseconds

    # --- the buffer, where the client ends utterances

    def appended(self, ms: float) -> None:
        """So much audio came."""
        self._buffered_ms += ms

    def commit(self) -> str:
        """The client ends the utterance; id of its item. Raises Refused when there is next to nothing."""
        if self._buffered_ms < MIN_COMMIT_MS:
            message = (
                f"Error committing input audio buffer: buffer too small. Expected at least {MIN_COMMIT_MS:.0f}ms of "
                f"audio, but buffer only has {self._buffered_ms:.2f}ms of audio."
            )
            raise Refused("input_audio_buffer_commit_empty", message)
        item_id, ms = new_id("item"), self._buffered_ms
        self._buffered_ms = 0.0
        self._add(item_id)
        self._committed[item_id] = ms
        self.heard_ms += ms
        return item_id

    def clear(self) -> None:
        """The client throws the buffer away."""
        self._buffered_ms = 0.0
        self._send("input_audio_buffer.cleared")

    # --- turns that the session finds

    @property
    def speaking(self) -> bool:
        """Whether the user speaks, as far as the client has been told."""
        return self._speaking is not None

    def started(self, at_ms: int) -> None:
        """Speech began ``at_ms`` into all audio; told once."""
        if self._speaking is None:
            self._speaking, self._stopped, self._started_ms = new_id("item"), None, at_ms
            self._send("input_audio_buffer.speech_started", audio_start_ms=at_ms, item_id=self._speaking)

    def stopped(self, at_ms: int) -> None:
        """Speech ended ``at_ms`` into all audio."""
        if self._speaking is None:
            return
        item_id, self._speaking, self._stopped = self._speaking, None, self._speaking
        at_ms = max(at_ms, self._started_ms)
        self.heard_ms += at_ms - self._started_ms
        self._send("input_audio_buffer.speech_stopped", audio_end_ms=at_ms, item_id=item_id)

    def transcribed(self, item_id: str, text: str) -> None:
        """An utterance was understood: of the item that the client committed, else of the turn that is over."""
        ms = self._committed.pop(item_id, None)
        if ms is None:
            item_id, self._stopped = self._stopped or new_id("item"), None
            ms = self.heard_ms
            self._add(item_id)
        self._items.get(item_id, "item_retrieve_invalid_item_id")["content"][0]["transcript"] = text
        if self.transcribes:
            where = {"item_id": item_id, "content_index": 0}
            self._send("conversation.item.input_audio_transcription.delta", **where, delta=text)
            usage = {"type": "duration", "seconds": round(ms / 1000, 3)}
            kind = "conversation.item.input_audio_transcription.completed"
            self._send(kind, **where, transcript=text, usage=usage)

    def not_transcribed(self, item_id: str | None, message: str) -> None:
        """An utterance could not be recognised."""
        if item_id is None or self._committed.pop(item_id, None) is None:
            item_id, self._speaking = self._speaking or self._stopped or new_id("item"), None
            self._add(item_id)
        body = error_body("transcription_failed", message, ours=True)
        del body["event_id"]
        kind = "conversation.item.input_audio_transcription.failed"
        self._send(kind, item_id=item_id, content_index=0, error=body)

    def taken(self) -> tuple[float, int]:
        """Milliseconds and letters that the response that begins now answers."""
        taken = self.heard_ms, self.heard_letters
        self.heard_ms, self.heard_letters = 0.0, 0
        return taken

    def idle(self, start_ms: int, end_ms: int) -> None:
        """The user has been silent for the idle time-out."""
        fields: dict[str, Any] = {
            "audio_start_ms": start_ms,
            "audio_end_ms": end_ms,
            "item_id": new_id("item"),
        }
        self._send("input_audio_buffer.timeout_triggered", **fields)

    def _add(self, item_id: str) -> None:
        item = user_audio(item_id)
        previous = self._items.add(item)
        self._send("input_audio_buffer.committed", previous_item_id=previous, item_id=item_id)
        for kind in ("conversation.item.added", "conversation.item.done"):
            self._send(kind, previous_item_id=previous, item=item)
