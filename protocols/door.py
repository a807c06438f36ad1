"""What a door is: the codec between one client's socket and the session's events. Types only; nothing here does I/O.

The media server carries frames between a socket and a door; a door may remember what it has told its client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from conversation.budget import ClientBudget
from conversation.events import AudioOut, ClientEvent, ServerEvent


class ProtocolError(Exception):
    """A frame that is not of the protocol. ``code`` is stable; ``oversize`` frames are closed with 1009 by a flood."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Frame:
    """A message for the client: text or bytes.

    ``audio_of`` names the item whose audio it is: such a frame may be dropped for a client that does not read.
    """

    payload: bytes | str
    audio_of: str | None = None


class Door(Protocol):
    """The codec of one connection."""

    @property
    def ends_with_socket(self) -> bool:
        """Whether nobody can come back through this door, so that the conversation ends with its socket."""
        ...

    def opened(self) -> Sequence[ClientEvent]:
        """What the session is told when the client has been let in."""
        ...

    def read(self, binary: bool, payload: bytes) -> Sequence[ClientEvent | Frame]:
        """A message of the client: events for the session and answers of the door itself, in order.

        Raises ProtocolError.
        """
        ...

    def write(self, event: ServerEvent | AudioOut, seq: int, budget: ClientBudget) -> Sequence[Frame]:
        """An event of the session as messages for the client; ``budget`` is what the client may still send."""
        ...

    def farewell(self, code: int, reason: str) -> Sequence[Frame]:
        """The last messages before the socket is closed with this code."""
        ...
