"""Loudspeaker and microphone of this machine, by sounddevice if PortAudio is there. Never needed by the server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from hero365_client import Audio, Event, ResponseInterrupted

_MAX_QUEUED_S = 60


def unavailable(kind: str = "output") -> str | None:
    """Why there is no sound here, None when there is. ``kind`` is ``input`` or ``output``."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        return str(error)
    try:
        sounddevice.query_devices(kind=kind)
    except (sounddevice.PortAudioError, ValueError) as error:
        return f"no {kind} device ({error})"
    return None


class Loudspeaker:
    """Plays reply audio as it comes and falls silent when a reply is interrupted (``with``).

    Args:
        sample_rate: Hz of the audio.
    """

    def __init__(self, sample_rate: int) -> None:
        import sounddevice

        self._limit = 2 * sample_rate * _MAX_QUEUED_S
        self._queued = bytearray()
        self._lock = threading.Lock()
        self._stream: Any = sounddevice.RawOutputStream(
            samplerate=sample_rate,
            channels=1,
            dtype="int16",
            blocksize=sample_rate // 50,
            callback=self._fill,
        )

    def __enter__(self) -> Loudspeaker:
        self._stream.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def take(self, event: Event) -> None:
        """Listener of a voice connection. Beyond a minute of unplayed audio the newest is dropped."""
        with self._lock:
            if isinstance(event, Audio) and len(self._queued) < self._limit:
                self._queued += event.pcm
            elif isinstance(event, ResponseInterrupted):
                self._queued.clear()

    def _fill(self, outdata: Any, frames: int, time: Any, status: Any) -> None:
        with self._lock:
            ready = bytes(self._queued[: 2 * frames])
            del self._queued[: 2 * frames]
        outdata[:] = ready.ljust(2 * frames, b"\0")


class LiveMicrophone:
    """The machine's microphone: calls ``deliver`` on the event loop with 20 ms of PCM16 at a time (``with``)."""

    def __init__(self, sample_rate: int, deliver: Callable[[bytes], None]) -> None:
        import sounddevice

        loop = asyncio.get_running_loop()

        def captured(indata: Any, frames: int, time: Any, status: Any) -> None:
            loop.call_soon_threadsafe(deliver, bytes(indata))

        self._stream: Any = sounddevice.RawInputStream(
            samplerate=sample_rate, channels=1, dtype="int16", blocksize=sample_rate // 50, callback=captured
        )

    def __enter__(self) -> LiveMicrophone:
        self._stream.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
