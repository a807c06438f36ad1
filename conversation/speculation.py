"""An answer that is prepared before it is sure that the user's turn is over: nobody may notice it until then.

Everything that runs for it carries its outbox in its context, so that what others would notice of it, however deep,
waits there for the commit or vanishes with it. It decides nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field

from conversation.answer import Answer

_outbox: contextvars.ContextVar[Outbox | None] = contextvars.ContextVar("outbox", default=None)


@dataclass(slots=True)
class Outbox:
    """Holds back what others may notice (events, counts) until it is opened; dropped, it swallows it."""

    _held: list[Callable[[], None]] | None = field(default_factory=list[Callable[[], None]])
    _dropped: bool = False

    def takes(self, action: Callable[[], None]) -> bool:
        """Whether the action stays here."""
        if self._held is not None:
            self._held.append(action)
        return self._held is not None or self._dropped

    def open(self) -> None:
        """Do what was held, in its order; from now on nothing is."""
        held, self._held = self._held or [], None
        for action in held:
            action()

    def drop(self) -> None:
        """Forget what was held, and what still comes."""
        self._held, self._dropped = None, True

    def context(self) -> contextvars.Context:
        """A context in which events come here."""
        context = contextvars.copy_context()
        context.run(_outbox.set, self)
        return context


def when_committed(action: Callable[[], None]) -> None:
    """Do it now, or when the answer that is being prepared here is given; never, if that is thrown away."""
    outbox = _outbox.get()
    if outbox is None or not outbox.takes(action):
        action()


@dataclass(slots=True)
class Preparation:
    """An answer to ``text``, on its way and unheard."""

    text: str
    outbox: Outbox
    answer: Answer
    task: asyncio.Task[None] | None
