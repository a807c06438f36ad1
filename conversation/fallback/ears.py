"""Hears with the provider, and with the embedded recogniser when the provider does not."""

from __future__ import annotations

import asyncio

from conversation.fallback.circuits import TRIES, Circuits, Part
from conversation.providers import Recogniser, Recognition


class FallbackRecogniser:
    """Recogniser protocol over two.

    Args:
        remote: The provider's.
        local: The embedded one.
        circuits: Of this conversation.
    """

    def __init__(self, remote: Recogniser, local: Recogniser, circuits: Circuits) -> None:
        self._remote = remote
        self._local = local
        self._circuits = circuits

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """Recognise 16 kHz mono PCM16. Raises EngineUnavailable when neither can.

        A quick look (``partial``) is not tried twice, as the next one comes soon. A whole utterance in which the
        provider hears nothing is listened to here too.
        """
        circuit = self._circuits[Part.HEARING]
        for _ in range(1 if partial else TRIES):
            attempt = circuit.begin()
            if attempt is None:
                break
            try:
                async with asyncio.timeout(self._circuits.settings.hearing_timeout_s):
                    heard = await self._remote.recognise(pcm, hints=hints, partial=partial, at=at)
            except asyncio.CancelledError:
                circuit.abandoned(attempt)
                raise
            except Exception as error:  # whatever a provider does wrong, the words are heard
                if not circuit.failed(attempt, error).may_try_again:
                    break
            else:
                circuit.succeeded(attempt)
                if heard.text.strip() or partial:
                    return heard
                break  # somebody spoke, as far as we know: before it counts as noise another listens
        circuit.on_local(Part.HEARING)
        return await self._local.recognise(pcm, hints=hints, partial=partial, at=at)
