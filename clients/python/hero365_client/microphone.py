"""A microphone that never closes: clips when asked, silence otherwise, one packet at a time in real time.

Keeps what it sent on its own time line, so that "when was this said" has an exact answer. Never sends a
packet before its last sample would have been captured, as a real device cannot either.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from types import TracebackType

from hero365_client.audio import AudioFormatError, Clip
from hero365_client.connection import VoiceConnection
from hero365_client.pacing import Pacer


@dataclass(frozen=True, slots=True)
class Utterance:
    """A clip on the microphone's time line; all times are seconds on the connection's clock."""

    clip: Clip
    start_sample: int
    started_at: float
    voiced_from: float
    voiced_until: float
    ends_at: float


class Microphone:
    """Sends packets in real time for as long as it is open (``async with``).

    Args:
        connection: Where the audio goes; its ``audio_in`` is the rate.
        packet_ms: Length of a packet; telephones send 20 ms.
        record: Keep everything that was sent for ``recording`` (32 kB a second at 16 kHz).
    """

    def __init__(self, connection: VoiceConnection, *, packet_ms: int = 20, record: bool = False) -> None:
        self.origin = connection.clock()
        self.sample_rate = connection.audio_in
        self.packets = 0
        self._connection = connection
        self._packet_s = packet_ms / 1000
        self._packet = self.sample_rate * packet_ms // 1000
        self._pending: deque[bytes] = deque()
        self._record = record
        self._recorded: list[bytes] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Microphone:
        self.origin = self._connection.clock()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def say(self, clip: Clip) -> Utterance:
        """Speak a clip from the next packet on (after clips that still wait); returns where it lies in time.

        Raises:
            AudioFormatError: The clip has another sample rate than the microphone.
        """
        if clip.sample_rate != self.sample_rate:
            raise AudioFormatError(
                f"{clip.name} has {clip.sample_rate} Hz, the microphone {self.sample_rate} Hz"
            )
        start = (self.packets + len(self._pending)) * self._packet
        size = 2 * self._packet
        for offset in range(0, len(clip.pcm), size):
            self._pending.append(clip.pcm[offset : offset + size].ljust(size, b"\0"))
        return Utterance(
            clip,
            start,
            self.time_of(start),
            self.time_of(start + clip.voiced_start),
            self.time_of(start + clip.voiced_end),
            self.time_of(start + clip.samples),
        )

    def time_of(self, sample: int) -> float:
        """Clock time at which a sample was spoken."""
        return self.origin + sample / self.sample_rate

    @property
    def failure(self) -> BaseException | None:
        """Why the microphone stopped by itself, None while it runs."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    def recording(self) -> bytes:
        """Everything that was sent since ``origin`` (empty unless ``record``)."""
        return b"".join(self._recorded)

    async def _run(self) -> None:
        silence = bytes(2 * self._packet)
        pacer = Pacer(self._connection.clock, self._packet_s, self.origin)
        while True:
            packet = self._pending.popleft() if self._pending else silence
            self.packets += 1
            if self._record:
                self._recorded.append(packet)
            await pacer.wait()
            await self._connection.send_audio(packet)
