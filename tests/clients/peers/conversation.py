"""What every client does here: two spoken requests at the pace of a microphone, the second one over the answer to the
first. Prints one JSON object with what it saw; judges nothing. Runs in an environment of its own, without the product.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

RATE = 24_000
PACKET_MS = 20
PACKET_BYTES = RATE // 1000 * PACKET_MS * 2
DEADLINE_S = float(os.environ.get("DEADLINE_S", "60"))

URL = os.environ["HERO365_URL"]
KEY = os.environ["HERO365_KEY"]


class Witness:
    """Counts the server's events, as JSON or as the client's parser gave them, and remembers what was said."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.transcripts: list[str] = []
        self.said: list[str] = []
        self.tools: list[str] = []
        self.errors: list[Any] = []
        self.statuses: list[str] = []
        self.audio = 0
        self._news = asyncio.Event()

    def saw(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        self.events.append(kind)
        item = event.get("item") or {}
        match kind:
            case "conversation.item.input_audio_transcription.completed":
                self.transcripts.append(event["transcript"])
            case "response.output_audio.delta":
                self.audio += len(event["delta"]) * 3 // 4
            case "response.output_audio_transcript.done":
                self.said.append(event["transcript"])
            case "conversation.item.done" if item.get("type") == "function_call":
                self.tools.append(item["name"])
            case "response.done":
                self.statuses.append(event["response"]["status"])
            case "error":
                self.errors.append(event["error"])
        self._news.set()

    async def until(self, check: Callable[[], bool], what: str) -> None:
        """Wait for ``check``, which is asked after every event."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not check():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise RuntimeError(f"not seen: {what}") from None

    def report(self) -> dict[str, Any]:
        return {
            "events": sorted(set(self.events)),
            "transcripts": self.transcripts,
            "said": self.said,
            "tools": self.tools,
            "errors": [str(each) for each in self.errors],
            "statuses": self.statuses,
            "audioBytes": self.audio,
        }


class Microphone:
    """Always on: what is said next, then silence; ``send`` takes 20 ms of PCM16 at 24 kHz."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._send = send
        self._queue = b""

    def say(self, variable: str) -> None:
        self._queue += Path(os.environ[variable]).read_bytes()

    async def run(self) -> None:
        loop, recorded = asyncio.get_running_loop(), asyncio.Event()
        due = loop.time()
        while True:
            due += PACKET_MS / 1000
            loop.call_at(due, recorded.set)
            await recorded.wait()
            recorded.clear()
            packet, self._queue = self._queue[:PACKET_BYTES], self._queue[PACKET_BYTES:]
            await self._send(packet.ljust(PACKET_BYTES, b"\0"))


async def converse(witness: Witness, microphone: Microphone) -> None:
    """The conversation itself, the same with every client."""
    await witness.until(lambda: "session.updated" in witness.events, "session.updated")
    recording = asyncio.create_task(microphone.run())
    try:
        microphone.say("FIRST_PCM")
        await witness.until(lambda: bool(witness.transcripts), "the transcript of the first request")
        before = witness.audio
        await witness.until(lambda: witness.audio > before + 4 * RATE, "two seconds of the first answer")
        microphone.say("SECOND_PCM")
        await witness.until(lambda: "cancelled" in witness.statuses, "the first answer is cut")
        await witness.until(lambda: len(witness.transcripts) > 1, "the transcript of the second request")
        await witness.until(lambda: witness.statuses[-1] == "completed", "the second answer is complete")
    finally:
        recording.cancel()


def main(run: Callable[[Witness], Awaitable[None]]) -> None:
    """Run a client, print the report; exit status 1 when it failed."""

    async def whole() -> tuple[Witness, str | None]:
        witness = Witness()
        try:
            await run(witness)
        except Exception:
            return witness, traceback.format_exc()
        return witness, None

    witness, failure = asyncio.run(whole())
    sys.stdout.write(json.dumps(witness.report() | {"failure": failure}) + "\n")
    sys.stdout.flush()
    os._exit(1 if failure else 0)  # whatever threads a framework has left
