"""Numbered control events of a session, kept for a while so that a reconnecting client misses none.

Audio is numbered but never kept. The log is bounded: beyond ``capacity`` the oldest events are gone, and a client
that missed those is told so by ``complete`` being false.
"""

from __future__ import annotations

from collections import deque

from conversation.events import ServerEvent


class EventLog:
    """Sequence numbers and the latest ``capacity`` control events."""

    def __init__(self, capacity: int = 500) -> None:
        self._events: deque[tuple[int, ServerEvent]] = deque(maxlen=capacity)
        self._forgotten = 0  # number of the newest event that is no longer kept
        self.seq = 0

    def number(self) -> int:
        """The next sequence number, for a frame that is not kept."""
        self.seq += 1
        return self.seq

    def add(self, event: ServerEvent) -> int:
        """Keep a control event; returns its number."""
        self.seq += 1
        if len(self._events) == self._events.maxlen:
            self._forgotten = self._events[0][0]
        self._events.append((self.seq, event))
        return self.seq

    def since(self, seq: int) -> tuple[list[tuple[int, ServerEvent]], bool]:
        """Events after ``seq`` that are still kept, and whether none of them is missing."""
        return [entry for entry in self._events if entry[0] > seq], seq >= self._forgotten
