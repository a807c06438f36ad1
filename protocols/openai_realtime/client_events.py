"""What a Realtime client may send, event by event: what it means for the session, and what is answered at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from openai.types import realtime as api
from pydantic import BaseModel, ValidationError

from conversation.events import (
    AudioEnd,
    AudioIn,
    ClearIn,
    ClientEvent,
    CommitIn,
    ForgetIn,
    InterruptIn,
    NoteIn,
    PlaybackIn,
    RespondIn,
    ToolOutputIn,
)
from protocols.openai_realtime.audio import RATES, WIDTHS, to_pcm
from protocols.openai_realtime.config import one_modality, path_of, refuse_unsupported
from protocols.openai_realtime.errors import Refused, unsupported
from protocols.openai_realtime.items import new_id, text_of

if TYPE_CHECKING:
    from protocols.openai_realtime.door import OpenAIRealtimeDoor

Done = Sequence[ClientEvent]
#: What the events look like; appended audio is looked at by hand, it comes fifty times a second.
_MODELS: Final[dict[str, type[BaseModel]]] = {
    "conversation.item.create": api.ConversationItemCreateEvent,
    "conversation.item.retrieve": api.ConversationItemRetrieveEvent,
    "conversation.item.delete": api.ConversationItemDeleteEvent,
    "conversation.item.truncate": api.ConversationItemTruncateEvent,
    "response.create": api.ResponseCreateEvent,
    "response.cancel": api.ResponseCancelEvent,
}
#: How far beyond the audio that was sent a client may truncate (its clock is not the server's), ms.
_ROUNDING_MS = 500.0


class ClientEvents:
    """Takes the client events of one connection."""

    def __init__(self, door: OpenAIRealtimeDoor) -> None:
        self._door = door
        self._outputs: list[
            ToolOutputIn
        ] = []  # what the client's tools gave, until the client wants the answer
        self._earlier: dict[str, str] = {}  # calls that the client put into the history
        self._takers: dict[str, Callable[[dict[str, Any]], Done]] = {
            "session.update": self._session_update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "output_audio_buffer.clear": self._clear_output,
            "conversation.item.create": self._create,
            "conversation.item.retrieve": self._retrieve,
            "conversation.item.delete": self._delete,
            "conversation.item.truncate": self._truncate,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }

    def take(self, event: dict[str, Any]) -> Done:
        """Take an event in; what it means for the session. Raises Refused."""
        kind = event["type"]
        taker = self._takers.get(kind)
        if taker is None:
            known = ", ".join(f"'{each}'" for each in self._takers)
            message = f"Invalid value: '{kind[:60]}'. Supported values are: {known}."
            raise Refused("invalid_value", message, "type")
        model = _MODELS.get(kind)
        if model is not None:
            try:
                model.model_validate(event)
            except ValidationError as error:
                first = error.errors()[0]
                code = "missing_required_parameter" if first["type"] == "missing" else "invalid_value"
                raise Refused(code, f"Invalid value: {first['msg']}", path_of(first["loc"])) from error
        return taker(event)

    def _session_update(self, event: dict[str, Any]) -> Done:
        done = self._door.config.update(event.get("session"))
        self._door.send("session.updated", session=self._door.config.shown)
        return done

    # --- audio in

    def _append(self, event: dict[str, Any]) -> Done:
        kind = self._door.config.input["format"]["type"]
        payload = self._door.decoded(event.get("audio"), "audio")
        if not payload:
            return ()
        if len(payload) % WIDTHS[kind]:
            raise Refused("invalid_value", "Audio has whole samples.", "audio")
        self._door.user.appended(len(payload) / WIDTHS[kind] / RATES[kind] * 1000)
        return (AudioIn(to_pcm(payload, kind)),)

    def _commit(self, _event: dict[str, Any]) -> Done:
        if self._door.config.by_client:
            return (CommitIn(self._door.user.commit()),)
        if not self._door.user.speaking:
            raise Refused("input_audio_buffer_commit_empty", "Nothing is being said that could be committed.")
        return (AudioEnd(),)

    def _clear(self, _event: dict[str, Any]) -> Done:
        self._door.user.clear()
        return (ClearIn(),)

    def _clear_output(self, _event: dict[str, Any]) -> Done:
        self._door.cleared()
        return self._interrupt() if self._door.responses.active is not None else ()

    # --- items

    def _create(self, event: dict[str, Any]) -> Done:
        asked = {name: value for name, value in event["item"].items() if value is not None}
        item: dict[str, Any] = {
            "id": new_id("item"),
            "object": "realtime.item",
            "status": "completed",
            **asked,
        }
        if not 0 < len(item["id"]) <= 64:
            raise Refused("invalid_value", "An id is a text of at most 64 characters.", "item.id")
        after = event.get("previous_item_id")
        match item.get("type"):
            case "message":
                text = text_of(item)
                self._door.add_item(item, after)
                if item["role"] == "user":
                    self._door.user.heard_letters += len(text)
                return (NoteIn(item["id"], item["role"], text),) if text else ()
            case "function_call":
                item.setdefault("call_id", new_id("call"))
                self._door.add_item(item, after)
                self._earlier[item["call_id"]] = f"{item['name']}({item['arguments']})"
                return ()
            case "function_call_output":
                return self._output(item, after)
            case kind:
                raise unsupported("item.type", f"Items of the type {str(kind)[:40]!r} are not taken.")

    def _output(self, item: dict[str, Any], after: str | None) -> Done:
        """Of a call that waits for it, kept until the client asks for the answer; of one before the connection."""
        call_id, output = item["call_id"], item["output"]
        earlier = self._earlier.get(call_id)
        if call_id not in self._door.calls and earlier is None:
            raise Refused("invalid_value", "There is no open call with this id.", "item.call_id")
        self._door.add_item(item, after)
        if earlier is not None:
            del self._earlier[call_id]
            return (NoteIn(item["id"], "system", f"Earlier, {earlier} gave: {output}"),)
        self._door.calls.discard(call_id)
        self._outputs.append(ToolOutputIn(call_id, output))
        return ()

    def _retrieve(self, event: dict[str, Any]) -> Done:
        item = self._door.items.get(_id(event), "item_retrieve_invalid_item_id")
        self._door.send("conversation.item.retrieved", item=item)
        return ()

    def _delete(self, event: dict[str, Any]) -> Done:
        item = self._door.items.remove(_id(event))
        self._door.send("conversation.item.deleted", item_id=item["id"])
        return (ForgetIn(item["id"]),)

    def _truncate(self, event: dict[str, Any]) -> Done:
        item = self._door.items.get(_id(event), "item_truncate_invalid_item_id")
        played = self._door.responses.played.get(item["id"])
        if played is None:
            message = "Only audio of the assistant can be truncated."
            raise Refused("invalid_value", message, "item_id")
        end_ms = int(event["audio_end_ms"])
        if end_ms < 0:
            raise Refused("invalid_value", "audio_end_ms is a number of milliseconds.", "audio_end_ms")
        if end_ms > played.ms + _ROUNDING_MS:
            message = f"Audio content of {played.ms:.0f}ms is already shorter than {end_ms:.0f}ms"
            raise Refused("invalid_value", message, "audio_end_ms")
        self._door.send(
            "conversation.item.truncated", item_id=item["id"], content_index=0, audio_end_ms=end_ms
        )
        return (PlaybackIn(played.answer_id, played.begins_ms + end_ms, stopped=True),)

    # --- responses

    def _respond(self, event: dict[str, Any]) -> Done:
        door = self._door
        if door.responses.active is not None or door.wanted is not None:
            active = (door.responses.active or {}).get("id", "one that is about to begin")
            message = f"Conversation already has an active response in progress: {active}."
            raise Refused("conversation_already_has_active_response", message)
        asked: dict[str, Any] = event.get("response") or {}
        aloud = self._checked(asked)
        if door.waits_for_create:
            if door.calls:
                message = f"These calls have no output yet: {', '.join(sorted(door.calls))}."
                raise Refused("missing_function_call_output", message)
            door.go_on()
            outputs, self._outputs = self._outputs, []
            return outputs
        door.wanted = asked
        return (RespondIn(asked.get("instructions"), aloud),)

    def _checked(self, asked: dict[str, Any]) -> bool | None:
        """Whether the response is to be spoken; None for as usual. Raises Refused for what no response can be."""
        refuse_unsupported(asked, "response")
        if asked.get("conversation") not in {None, "auto"}:
            raise unsupported("response.conversation", "Responses belong to the conversation: auto.")
        for name in ("input", "tools"):
            if asked.get(name):
                raise unsupported(f"response.{name}", f"The {name} of a response are the session's.")
        output = (asked.get("audio") or {}).get("output") or {}
        wished = output.get("format")
        if wished is not None and wished.get("type") != self._door.config.output["format"]["type"]:
            raise unsupported("response.audio.output.format", "The format is the session's.")
        modalities = asked.get("output_modalities")
        if modalities is None:
            return None
        return one_modality(modalities, "response.output_modalities") == "audio"

    def _cancel(self, event: dict[str, Any]) -> Done:
        active = self._door.responses.active
        wished = event.get("response_id")
        if self._door.wanted is None and (active is None or wished not in {None, active["id"]}):
            raise Refused("response_cancel_not_active", "Cancellation failed: no active response found")
        return self._interrupt()

    def _interrupt(self) -> Done:
        self._door.cancelling, self._door.wanted = True, None
        return (InterruptIn(),)


def _id(event: dict[str, Any]) -> str:
    return str(event["item_id"])
