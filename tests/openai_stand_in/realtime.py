"""The speech-to-speech sessions of the stand-in's Realtime API: the local ears and voice around the scripted brain.

The turns are the client's (``turn_detection`` null: it commits the audio and asks for the response), or found by the
local speech detector (``server_vad``). Another turn detection is refused.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
from collections.abc import Callable
from typing import Any

from openai.types.responses import ResponseFunctionToolCall

from media.resample import StreamResampler
from tests.openai_stand_in.brain import Item, ScriptedBrain
from tests.openai_stand_in.line import Line, LineCut
from tests.openai_stand_in.sounds import RATE, Sounds, as_text
from tests.openai_stand_in.turn_detection import ServerVad

_HEARD = 16_000
#: The original refuses to commit less, bytes.
_LEAST = RATE * 2 // 10
#: Audio in one delta, bytes.
_DELTA = RATE * 2 // 10


class SpeechToSpeech:
    """One session. A response stops after ``hold_after`` audio deltas, until it is cancelled; None: it goes on."""

    def __init__(
        self,
        line: Line,
        sounds: Sounds,
        brain: ScriptedBrain,
        hold_after: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._line = line
        self._sounds = sounds
        self._brain = brain
        self._hold_after = hold_after
        self._settings: dict[str, Any] = {}
        self._buffer = bytearray()
        self._items: dict[str, dict[str, Any]] = {}
        self._spoken: dict[str, int] = {}
        self._serial = itertools.count()
        self._response: asyncio.Task[None] | None = None
        self._vad: ServerVad | None = None
        self._turn: str | None = None  # the item that the detected turn will be

    async def run(self) -> None:
        """Until the client goes."""
        try:
            await self._line.send("session.created", session=self._session())
            async for event in self._line.events():
                await self._take(event)
        finally:
            await self._stop()

    async def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "session.update":
                await self._update(event)
            case "input_audio_buffer.append":
                await self._hear(base64.b64decode(event["audio"]))
            case "input_audio_buffer.clear":
                self._buffer.clear()
                await self._line.send("input_audio_buffer.cleared")
            case "input_audio_buffer.commit" if len(self._buffer) < _LEAST:
                await self._line.refuse("buffer too small", event, "input_audio_buffer_commit_empty")
            case "input_audio_buffer.commit":
                await self._commit(self._new("item"))
            case "conversation.item.create":
                await self._add(event["item"])
            case "conversation.item.truncate":
                await self._truncate(event)
            case "conversation.item.retrieve" | "conversation.item.delete" if (
                event["item_id"] not in self._items
            ):
                await self._line.refuse("no such item", event, "item_not_found")
            case "conversation.item.retrieve":
                await self._line.send("conversation.item.retrieved", item=self._items[event["item_id"]])
            case "conversation.item.delete":
                del self._items[event["item_id"]]
                await self._line.send("conversation.item.deleted", item_id=event["item_id"])
            case "response.create" if self._response is not None and not self._response.done():
                code = "conversation_already_has_active_response"
                await self._line.refuse("a response is in progress", event, code)
            case "response.create":
                self._response = asyncio.create_task(self._respond(event.get("response") or {}))
            case "response.cancel" if self._response is None or self._response.done():
                await self._line.refuse("no response is in progress", event, "response_cancel_not_active")
            case "response.cancel":
                await self._stop()
            case _:
                await self._line.refuse("not in the stand-in", event)

    def _session(self) -> dict[str, Any]:
        return {"object": "realtime.session", "id": "sess_1"} | self._settings | {"type": "realtime"}

    async def _update(self, event: dict[str, Any]) -> None:
        asked: dict[str, Any] = event["session"]
        heard: dict[str, Any] = asked.get("audio", {}).get("input", {})
        detection: dict[str, Any] | None = heard.get("turn_detection")
        if detection is not None and detection["type"] != "server_vad":
            await self._line.refuse("the stand-in has no such turn detection", event)
            return
        if "turn_detection" in heard:
            self._vad = None if detection is None else ServerVad(detection)
        self._settings |= asked
        await self._line.send("session.updated", session=self._session())

    async def _hear(self, pcm: bytes) -> None:
        self._buffer += pcm
        for noticed in self._vad.push(pcm) if self._vad is not None else ():
            if noticed.began:
                self._turn = self._new("item")
                await self._line.send(
                    "input_audio_buffer.speech_started", audio_start_ms=noticed.ms, item_id=self._turn
                )
                if self._vad is not None and self._vad.interrupts:
                    await self._stop()
            elif self._turn is not None and self._vad is not None:
                turn, self._turn = self._turn, None
                await self._line.send(
                    "input_audio_buffer.speech_stopped", audio_end_ms=noticed.ms, item_id=turn
                )
                await self._commit(turn)
                if self._vad.creates:
                    self._response = asyncio.create_task(self._respond({}))

    async def _commit(self, item_id: str) -> None:
        pcm = bytes(self._buffer)
        self._buffer.clear()
        await self._line.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=self._last())
        to = StreamResampler(RATE, _HEARD)
        text = await asyncio.to_thread(self._sounds.recognise, to.push(pcm) + to.flush())
        content = [{"type": "input_audio", "transcript": text}]
        await self._add({"id": item_id, "type": "message", "role": "user", "content": content})
        await self._line.send(
            "conversation.item.input_audio_transcription.completed",
            item_id=item_id,
            content_index=0,
            transcript=text,
            usage={"type": "duration", "seconds": round(len(pcm) / RATE / 2, 2)},
        )

    def _new(self, kind: str) -> str:
        return f"{kind}_{next(self._serial)}"

    def _last(self) -> str | None:
        return next(reversed(self._items), None)

    async def _add(self, item: dict[str, Any]) -> None:
        kept = {"id": self._new("item"), "status": "completed"} | item
        before = self._last()
        self._items[kept["id"]] = kept
        await self._line.send("conversation.item.added", item=kept, previous_item_id=before)
        await self._line.send("conversation.item.done", item=kept, previous_item_id=before)

    async def _truncate(self, event: dict[str, Any]) -> None:
        item_id, end_ms = event["item_id"], event["audio_end_ms"]
        if item_id not in self._spoken or end_ms > self._spoken[item_id]:
            await self._line.refuse("no such audio", event)
            return
        # As in the original: the words go, because some of them were not heard.
        self._items[item_id] |= {"content": [{"type": "output_audio"}]}
        self._spoken[item_id] = end_ms
        await self._line.send(
            "conversation.item.truncated", item_id=item_id, content_index=0, audio_end_ms=end_ms
        )

    async def _stop(self) -> None:
        if self._response is not None:
            self._response.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._response

    async def _respond(self, asked: dict[str, Any]) -> None:
        response: dict[str, Any] = {
            "id": self._new("resp"),
            "object": "realtime.response",
            "output": [],
            "metadata": asked.get("metadata"),
        }
        # A line that is cut ends the session where that reads.
        with contextlib.suppress(LineCut):
            await self._line.send("response.created", response=response | {"status": "in_progress"})
            try:
                request = self._settings | {"input": list(self._items.values())}
                for index, step in enumerate(self._brain.answer(request)):
                    at = {"response_id": response["id"], "output_index": index}
                    response["output"].append(await self._put_out(step, at))
                self._brain.sent()
            except asyncio.CancelledError:
                details = {"type": "cancelled", "reason": "client_cancelled"}
                ended = response | {"status": "cancelled", "status_details": details}
                await self._line.send("response.done", response=ended)
                raise
            usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
            await self._line.send(
                "response.done", response=response | {"status": "completed", "usage": usage}
            )

    async def _put_out(self, step: Item, at: dict[str, Any]) -> dict[str, Any]:
        if isinstance(step, ResponseFunctionToolCall):
            return await self._call(step, at)
        return await self._speak("".join(getattr(part, "text", "") for part in step.content), at)

    async def _call(self, call: ResponseFunctionToolCall, at: dict[str, Any]) -> dict[str, Any]:
        item = {"id": self._new("item"), "type": "function_call", "call_id": call.call_id, "name": call.name}
        await self._line.send("response.output_item.added", item=item | {"arguments": ""}, **at)
        of = at | {"item_id": item["id"], "call_id": call.call_id}
        arguments = call.arguments
        await self._line.send("response.function_call_arguments.delta", delta=arguments, **of)
        await self._line.send(
            "response.function_call_arguments.done", arguments=arguments, name=call.name, **of
        )
        done = item | {"arguments": arguments, "status": "completed"}
        await self._add(done)
        await self._line.send("response.output_item.done", item=done, **at)
        return done

    async def _speak(self, text: str, at: dict[str, Any]) -> dict[str, Any]:
        item_id = self._new("item")
        item: dict[str, Any] = {"id": item_id, "type": "message", "role": "assistant", "content": []}
        self._items[item_id] = item
        await self._line.send("response.output_item.added", item=item, **at)
        of = at | {"item_id": item_id, "content_index": 0}
        await self._line.send("response.content_part.added", part={"type": "audio", "transcript": ""}, **of)
        pcm = await asyncio.to_thread(self._sounds.speak, text)
        await self._line.send("response.output_audio_transcript.delta", delta=text, **of)
        for number, start in enumerate(range(0, len(pcm), _DELTA)):
            if number == self._hold_after():
                await asyncio.Event().wait()
            piece = pcm[start : start + _DELTA]
            self._spoken[item_id] = (start + len(piece)) * 1000 // (RATE * 2)
            await self._line.send("response.output_audio.delta", delta=as_text(piece), **of)
        await self._line.send("response.output_audio.done", **of)
        await self._line.send("response.output_audio_transcript.done", transcript=text, **of)
        done = item | {"status": "completed", "content": [{"type": "output_audio", "transcript": text}]}
        self._items[item_id] = done
        await self._line.send("response.output_item.done", item=done, **at)
        return done
