"""The transcription sessions of the stand-in's Realtime API: committed audio is recognised and told word by word.

With a model whose name says ``live``, or ``realtime``, the words of audio that is not committed are told as well.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from media.resample import StreamResampler
from tests.openai_stand_in.line import Line
from tests.openai_stand_in.sounds import RATE, Sounds

_HEARD = 16_000
#: The original refuses to transcribe less, bytes.
_LEAST = RATE * 2 // 10
#: New audio after which a live model tells what it hears, bytes.
_LIVE = RATE * 2 // 2


class Transcriptions:
    """One session. ``appended`` counts the bytes of audio that came over all of them."""

    appended = 0

    def __init__(self, line: Line, sounds: Sounds) -> None:
        self._line = line
        self._sounds = sounds
        self._buffer = bytearray()
        self._told = ""
        self._looked = 0
        self._items = 0
        self._settings: dict[str, Any] = {}

    async def run(self) -> None:
        """Until the client goes."""
        await self._line.send("session.created", session=self._session())
        async for event in self._line.events():
            match event["type"]:
                case "session.update":
                    self._settings = event["session"]
                    self._sounds.asked.append(event["session"]["audio"]["input"]["transcription"])
                    await self._line.send("session.updated", session=self._session())
                case "input_audio_buffer.append":
                    await self._append(base64.b64decode(event["audio"]))
                case "input_audio_buffer.clear":
                    self._forget()
                    await self._line.send("input_audio_buffer.cleared")
                case "input_audio_buffer.commit" if len(self._buffer) < _LEAST:
                    await self._line.refuse("buffer too small", event, "input_audio_buffer_commit_empty")
                case "input_audio_buffer.commit":
                    await self._commit()
                case _:
                    await self._line.refuse("not in a transcription session", event)

    def _session(self) -> dict[str, Any]:
        return {"type": "transcription", "object": "realtime.transcription_session", "id": "sess_1"} | {
            key: value for key, value in self._settings.items() if key != "type"
        }

    @property
    def _model(self) -> str:
        return self._settings["audio"]["input"]["transcription"]["model"]

    def _forget(self) -> None:
        self._buffer.clear()
        self._told, self._looked = "", 0

    async def _append(self, pcm: bytes) -> None:
        Transcriptions.appended += len(pcm)
        self._buffer += pcm
        streams = "live" in self._model or "realtime" in self._model
        if streams and len(self._buffer) - self._looked >= _LIVE:
            self._looked = len(self._buffer)
            await self._tell(await self._heard())

    async def _heard(self) -> str:
        to = StreamResampler(RATE, _HEARD)
        pcm = to.push(bytes(self._buffer)) + to.flush()
        return await asyncio.to_thread(self._sounds.recognise, pcm)

    async def _tell(self, text: str) -> None:
        """The words that were not told yet, if those that were still stand."""
        if text.startswith(self._told) and text != self._told:
            new, self._told = text[len(self._told) :], text
            await self._line.send(
                "conversation.item.input_audio_transcription.delta",
                item_id=self._item,
                content_index=0,
                delta=new,
            )

    @property
    def _item(self) -> str:
        return f"item_{self._items}"

    async def _commit(self) -> None:
        await self._line.send("input_audio_buffer.committed", item_id=self._item, previous_item_id=None)
        text = await self._heard()
        await self._tell(text)
        await self._line.send(
            "conversation.item.input_audio_transcription.completed",
            item_id=self._item,
            content_index=0,
            transcript=text,
            usage={"type": "duration", "seconds": round(len(self._buffer) / RATE / 2, 2)},
        )
        self._items += 1
        self._forget()
