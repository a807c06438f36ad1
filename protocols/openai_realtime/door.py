"""The codec of one Realtime connection: client events in, server events out, with what both refer to in between."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from conversation.budget import ClientBudget
from conversation.events import AudioOut, ClientEvent, ServerEvent
from protocols.door import Frame, ProtocolError
from protocols.openai_realtime.audio import RATES
from protocols.openai_realtime.client_events import ClientEvents
from protocols.openai_realtime.config import Facts, SessionConfig
from protocols.openai_realtime.errors import Refused, error_body
from protocols.openai_realtime.items import Items, function_call, function_output, new_id
from protocols.openai_realtime.responses import Responses, Wanted
from protocols.openai_realtime.usage import Usage
from protocols.openai_realtime.user_side import UserSide

#: Errors of the session's that are the client's doing.
_CLIENTS = frozenset(
    [
        "rate_limited",
        "audio_too_fast",
        "invalid_option",
        "unsupported_option",
        "unknown_confirmation",
        "bad_json",
    ]
)


class OpenAIRealtimeDoor:
    """One client of the OpenAI Realtime API.

    Args:
        facts: What the session is and its engines have.
        buffer_events: Also tell when the assistant's audio starts and stops, which OpenAI does for calls only.
    """

    ends_with_socket = True

    def __init__(self, facts: Facts, *, buffer_events: bool = False) -> None:
        self.config = SessionConfig(facts)
        if facts.preset:
            self.config.update(facts.preset)
        self.items = Items()
        self.conversation_id = new_id("conv")
        self.user = UserSide(self._send, self.items)
        self.responses = Responses(self._send, self.items, self._rate_limits)
        self._client = ClientEvents(self)
        self._buffer_events = buffer_events
        self._frames: list[Frame] = []
        self._limits: tuple[int, int, float] | None = None
        self._audible = False
        self.cancelling = False
        self.wanted: dict[str, Any] | None = None  # what the client asked of the response that is to come
        self.calls: set[str] = set()  # calls of the client's tools that have no output yet
        self._broken_off: dict[str, Any] | None = None  # an interruption that the client has not been told of
        self.waits_for_create = False  # an answer goes on when the client asks for it

    def opened(self) -> list[ClientEvent]:
        """As ``Door.opened``."""
        return self.config.begin()

    # --- in

    def read(self, binary: bool, payload: bytes) -> Sequence[ClientEvent | Frame]:
        """As ``Door.read``."""
        if binary:
            raise Refused("invalid_request", "Messages are JSON text.")
        try:
            event = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise Refused("invalid_json", "The message is not valid JSON.") from error
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise Refused("missing_required_parameter", "A message is a JSON object with a type.", "type")
        event_id = event.get("event_id")
        self.cancelling = False
        try:
            done = self._client.take(event)
        except ProtocolError as error:
            self._frames.clear()
            if isinstance(event_id, str):
                error.details["event_id"] = event_id
            raise
        frames, self._frames = self._frames, []
        return [*frames, *done]

    # --- out

    def write(self, event: ServerEvent | AudioOut, seq: int, budget: ClientBudget) -> list[Frame]:
        """As ``Door.write``."""
        del seq
        # Answers of the door's that are on their way (``read``) keep their place: these come after them.
        waiting, self._frames = self._frames, []
        self._limits = budget.control_left
        if isinstance(event, AudioOut):
            self._audio(event)
        else:
            self._event(event)
        frames, self._frames = self._frames, waiting
        return frames

    def farewell(self, code: int, reason: str) -> list[Frame]:
        """Why the session ends, unless the client ended it."""
        self._tell_interruption()
        if code == 1000:
            return []
        codes = {4008: "session_expired", 4009: "session_expired"}
        self._error(codes.get(code, "session_closed"), f"The session has ended: {reason}.", ours=code >= 4000)
        frames, self._frames = self._frames, []
        return frames

    def _audio(self, event: AudioOut) -> None:
        self._tell_interruption()
        if self.responses.active is None:
            self._begin(event.item_id, self.config.modality)
        if self._buffer_events and not self._audible:
            self._tell_buffer("started")
        self._audible = True
        self.responses.play(event.pcm, RATES[self.config.output["format"]["type"]])

    def _event(self, event: ServerEvent) -> None:
        data = event.data
        if event.type not in {"user_started_speaking", "response_text"}:
            self._tell_interruption()
        match event.type:
            case "connection_established":
                self._send("session.created", session=self.config.shown)
                conversation = {"id": self.conversation_id, "object": "realtime.conversation"}
                self._send("conversation.created", conversation=conversation)
            case "user_started_speaking":
                self.user.started(data["audio_ms"])
                self._tell_interruption()
            case "user_stopped_speaking":
                self.user.stopped(data["audio_ms"])
            case "transcript" if data["is_final"]:
                self.user.transcribes = self.config.input["transcription"] is not None
                self.user.transcribed(data["item_id"], data["text"])
            case "idle_timeout":
                self.user.idle(data["audio_start_ms"], data["audio_end_ms"])
            case "tool_call" | "tool_result" | "client_tool_call":
                self._tool(event)
            case "error":
                self._session_error(data)
            case _:
                self._answer(event)

    def _answer(self, event: ServerEvent) -> None:
        """What the session says of its answers; of the rest a Realtime client knows nothing."""
        data, responses = event.data, self.responses
        match event.type:
            case "response_started":
                self.waits_for_create = False
                self._begin(data["item_id"], data.get("modality", "audio"))
            case "response_text" if data["spoken"] == "pending":
                if responses.active is None:
                    self._begin(data["item_id"], self.config.modality)
                responses.say(data["text"])
            case "response_interrupted" if data["item_id"] == responses.answer_id:
                self._broken_off = data
                if self.cancelling:
                    self._tell_interruption()
            case "response_done" if data["item_id"] == responses.answer_id:
                self.waits_for_create = False
                if self._buffer_events and self._audible:
                    self._tell_buffer("stopped")
                responses.end("completed")
                self._audible = False
            case _:
                return

    def _begin(self, answer_id: str, modality: str) -> None:
        wanted, self.wanted = self.wanted or {}, None
        ms, letters = self.user.taken()
        output = self.config.output
        metadata = wanted.get("metadata")
        about = Wanted(modality, output["format"], output["voice"], metadata, self.conversation_id)
        self.responses.begin(answer_id, about, Usage(heard_ms=ms, heard_letters=letters))

    def go_on(self) -> None:
        """The client wants the answer that waited for its tools to go on: as another response."""
        self.waits_for_create = False
        self._begin(self.responses.answer_id or "", self.config.modality)

    def _tell_interruption(self) -> None:
        """The answer was broken off. By the user's voice, the client hears of that first, as from OpenAI."""
        data, self._broken_off = self._broken_off, None
        if data is None:
            return
        if self._audible and self._buffer_events:
            self._tell_buffer("cleared")
        self._audible = self.waits_for_create = False
        self.calls.clear()
        self.responses.heard(data["heard_text"])
        self.responses.end("cancelled", "client_cancelled" if self.cancelling else "turn_detected")
        self.cancelling = False

    def _tool(self, event: ServerEvent) -> None:
        data = event.data
        if event.type == "client_tool_call":
            if self.responses.active is None:
                self._begin(self.responses.answer_id or "", self.config.modality)
            self.calls.add(data["call_id"])
            self.waits_for_create = True
            self.responses.call(data["call_id"], data["name"], data["arguments"])
            return
        if event.type == "tool_call":
            item = function_call(new_id("item"), data["call_id"], data["name"], data["arguments"])
        else:
            output = {key: data[key] for key in ("ok", "summary", "error") if key in data}
            item = function_output(new_id("item"), data["call_id"], json.dumps(output, ensure_ascii=False))
        self.add_item(item)

    def add_item(self, item: dict[str, Any], after: str | None = None) -> None:
        """Put an item into the conversation and tell the client. Raises Refused."""
        previous = self.items.add(item, after)
        for kind in ("conversation.item.added", "conversation.item.done"):
            self._send(kind, previous_item_id=previous, item=item)

    def _session_error(self, data: dict[str, Any]) -> None:
        details = data["details"]
        if data["code"] == "recogniser_unavailable":
            self.user.not_transcribed(details.get("item_id"), data["message"])
            return
        ours = data["code"] not in _CLIENTS and "param" not in details
        where = {"param": details.get("param"), "event_id": details.get("event_id")}
        self._error(data["code"], data["message"], ours=ours, **where)

    # --- frames

    def _error(self, code: str, message: str, *, ours: bool, **where: Any) -> None:
        self._send("error", error=error_body(code, message, ours=ours, **where))

    def _tell_buffer(self, what: str) -> None:
        active = self.responses.active
        self._send(f"output_audio_buffer.{what}", response_id=active["id"] if active else "")

    def cleared(self) -> None:
        """The client had the output buffer cleared."""
        self._audible = False
        self._tell_buffer("cleared")

    def _rate_limits(self) -> None:
        if self._limits is not None:
            limit, remaining, reset_s = self._limits
            entry = {"name": "requests", "limit": limit, "remaining": remaining, "reset_seconds": reset_s}
            self._send("rate_limits.updated", rate_limits=[entry])

    def _send(self, kind: str, *, audio_of: str | None = None, **fields: Any) -> None:
        body = {"type": kind, "event_id": new_id("event"), **fields}
        self._frames.append(Frame(json.dumps(body, ensure_ascii=False, separators=(",", ":")), audio_of))

    def send(self, kind: str, **fields: Any) -> None:
        """Answer the client's event."""
        self._send(kind, **fields)

    def decoded(self, encoded: Any, where: str) -> bytes:
        """Audio of a message, still in its format. Raises Refused."""
        if not isinstance(encoded, str):
            raise Refused("missing_required_parameter", "Audio comes as base64 text.", where)
        try:
            return base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise Refused("invalid_value", "Audio is not valid base64.", where) from error
