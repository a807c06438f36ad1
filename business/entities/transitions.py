"""State machines as tables: which status may follow which. Pure; knows no entity."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from business.errors import InvalidTransition

Status = TypeVar("Status", bound=StrEnum)


class Transitions(Generic[Status]):
    """The transition table of one kind of entity.

    Args:
        kind: Entity kind as one says it ("job").
        table: For each status, those that may follow, likeliest first; a status without a row ends the life.
    """

    def __init__(self, kind: str, table: Mapping[Status, tuple[Status, ...]]) -> None:
        self._kind = kind
        self._table = dict(table)

    def allowed(self, current: Status) -> tuple[Status, ...]:
        """What may follow ``current``."""
        return self._table.get(current, ())

    def check(self, current: Status, wanted: Status) -> None:
        """Raise InvalidTransition, naming what is allowed, unless ``wanted`` may follow ``current``."""
        if wanted not in self.allowed(current):
            allowed = tuple(status.value for status in self.allowed(current))
            raise InvalidTransition(self._kind, current.value, wanted.value, allowed)

    def is_final(self, status: Status) -> bool:
        """Whether nothing may follow ``status``."""
        return not self.allowed(status)
