"""The control messages of a voice connection, and their frames. Sends by ``send`` of whoever has the socket."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from hero365_client.errors import ConnectionLost

#: Typed messages that are remembered, and how old one may be that perhaps did not arrive before a break, seconds.
_REMEMBERED: Final = 64
_DOUBTFUL_S: Final = 10.0


class Controls:
    """What a client can ask for beside audio.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._typed: deque[tuple[float, dict[str, str]]] = deque(maxlen=_REMEMBERED)

    async def send(self, kind: str, **data: Any) -> None:
        """Send a control frame. Raises ConnectionLost."""
        raise NotImplementedError

    async def send_doubtful(self, broken_at: float) -> None:
        """Send again what was typed so late that it may not have arrived; what has is passed over by its id."""
        doubtful = [message for at, message in self._typed if at >= broken_at - _DOUBTFUL_S]
        with contextlib.suppress(ConnectionLost):
            for message in doubtful:
                await self.send("text_message", **message)

    async def audio_end(self) -> None:
        """Say that no more audio follows in this turn."""
        await self.send("audio_end")

    async def send_text(self, text: str, message_id: str | None = None) -> None:
        """Type instead of speaking.

        ``message_id`` makes it count once, one is made up unless given: what was typed just before a break may not have
        arrived, and is sent again.
        """
        message = {"text": text, "message_id": message_id or uuid.uuid4().hex}
        await self.send("text_message", **message)
        self._typed.append((self.clock(), message))

    async def interrupt(self) -> None:
        """Stop the running reply."""
        await self.send("interrupt")

    async def confirm(self, confirmation_id: str, answer: bool) -> None:
        """Answer a ``ConfirmationRequest`` by button instead of by voice."""
        await self.send("confirm", confirmation_id=confirmation_id, answer=answer)

    async def update_config(self, **options: Any) -> None:
        """Change options of the running session."""
        await self.send("config_update", **options)

    async def mute(self, muted: bool = True) -> None:
        """Mute or unmute the microphone on the server's side."""
        await self.send("mute" if muted else "unmute")

    async def ping(self) -> None:
        """Ask for a ``pong``."""
        await self.send("ping")


def frame_of(kind: str, **data: Any) -> str:
    """A control message as the wire has it."""
    return json.dumps({"type": kind, "data": data} if data else {"type": kind}, separators=(",", ":"))


def rate_of(audio: Any) -> int | None:
    """Hz from ``audio_out`` of the server, which may be a number or an object."""
    if isinstance(audio, int):
        return audio
    if isinstance(audio, dict):
        rate: Any = audio.get("sample_rate") or audio.get("rate")
        return rate if isinstance(rate, int) else None
    return None
