"""One WebSocket of the stand-in's Realtime API: checked messages out, parsed ones in, faults on command."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.openai_stand_in.faults import Fault
from tests.support.polling import elapse

_SERVER: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
_CLIENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)


class LineCut(Exception):  # noqa: N818  (an event, named as the code reads)
    """The fault of this line has cut it."""


class Line:
    """What the endpoints of the Realtime API send through and read from. ``taken`` is what came, but for audio."""

    def __init__(self, socket: WebSocket, fault: Fault | None) -> None:
        self.taken: list[dict[str, Any]] = []
        self._socket = socket
        self._fault = fault
        self._sent = itertools.count()

    async def send(self, kind: str, **data: Any) -> None:
        """Send one event, if it is one of the original's. Raises LineCut."""
        number = next(self._sent)
        event = {"type": kind, "event_id": f"event_{number}", **data}
        _SERVER.validate_python(event)
        fault = self._fault
        # The event that opens the session always comes: before it there is nothing to break.
        if fault is not None and number > 0:
            if fault.kind == "slow" and number == 1:
                await elapse(fault.seconds)
            if fault.kind == "cut" and number > fault.after:
                await self._socket.close(1011)
                raise LineCut
            if fault.kind == "malformed" and number > fault.after:
                self._fault = None
                await self._socket.send_text("{this is no JSON")
                return
        await self._socket.send_text(json.dumps(event))

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """What the client sends, until it goes; what the original does not know is answered with an error."""
        while True:
            try:
                text = await self._socket.receive_text()
            except WebSocketDisconnect:
                return
            event: dict[str, Any] = json.loads(text)
            try:
                _CLIENT.validate_python(event)
            except ValueError as error:
                await self.refuse(str(error), event)
                continue
            if event["type"] != "input_audio_buffer.append":
                self.taken.append(event)
            yield event

    async def cut(self) -> None:
        """Break the connection now."""
        await self._socket.close(1011)

    async def expire(self) -> None:
        """The session has lasted as long as the original lets one last."""
        await self.refuse("Your session hit the maximum duration of 60 minutes.", {}, "session_expired")
        await self._socket.close(1001)

    async def say_nonsense(self) -> None:
        """Send what is no event."""
        await self._socket.send_text("{this is no JSON")

    async def refuse(self, message: str, event: dict[str, Any], code: str = "invalid_value") -> None:
        """Answer ``event`` with an error."""
        error = {
            "type": "invalid_request_error",
            "code": code,
            "message": message,
            "param": None,
            "event_id": event.get("event_id"),
        }
        await self.send("error", error=error)
