"""What the sockets of one media server have lost and still hold back; only counted here, decided elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol


class Holding(Protocol):
    """A socket that may have bytes waiting."""

    @property
    def unsent(self) -> int:
        """Bytes that wait for the client."""
        ...


@dataclass(slots=True)
class SocketCounts:
    """Counts of all sockets there have been, and those that are open.

    Attributes:
        open: Open sockets.
        dropped_audio: Frames of audio that a client did not take in time.
        cut_off: Clients that were disconnected because they read nothing.
        closes: Closes from our side, by code.
    """

    open: set[Holding] = field(default_factory=set[Holding])
    dropped_audio: int = 0
    cut_off: int = 0
    closes: Counter[int] = field(default_factory=Counter[int])

    @property
    def unsent(self) -> int:
        """Bytes that wait for clients now."""
        return sum(socket.unsent for socket in self.open)
