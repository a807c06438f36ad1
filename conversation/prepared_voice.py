"""A voice that has its first words ready: what will surely be said is synthesised before it is asked for.

Holds one sentence (the greeting) until it is spoken or until the voice is set differently; everything else goes
straight to the engine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from conversation.providers import EngineUnavailable, Voice


class PreparedVoice:
    """Voice protocol over another voice.

    Args:
        voice: Who synthesises.
    """

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._key: tuple[str, str, float] | None = None
        self._chunks: list[bytes] = []

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._voice.sample_rate

    async def prepare(self, text: str, *, voice: str, speed: float) -> None:
        """Synthesise ``text`` now. Does nothing when the engine is not to be had: it is asked again when speaking."""
        try:
            chunks = [chunk async for chunk in self._voice.speak(text, voice=voice, speed=speed)]
        except EngineUnavailable:
            return
        self._key, self._chunks = (text, voice, speed), chunks

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """As the voice beneath; at once for the sentence that was prepared. Raises EngineUnavailable."""
        if self._key == (text, voice, speed):
            chunks, self._key, self._chunks = self._chunks, None, []
            for chunk in chunks:
                yield chunk
            return
        async for chunk in self._voice.speak(text, voice=voice, speed=speed):
            yield chunk
