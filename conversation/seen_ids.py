"""Ids that were seen before, the latest of them: a repeated delivery is recognised. Bounded; forgets the oldest."""

from __future__ import annotations


class SeenIds:
    """The latest ``capacity`` ids."""

    def __init__(self, capacity: int = 1000) -> None:
        self._capacity = capacity
        self._ids: dict[str, None] = {}

    def __contains__(self, one: str) -> bool:
        return one in self._ids

    def add(self, one: str) -> bool:
        """Remember an id; False when it was known."""
        if one in self._ids:
            return False
        self._ids[one] = None
        if len(self._ids) > self._capacity:
            del self._ids[next(iter(self._ids))]
        return True
