"""An answer that is prepared before it is sure that the user's turn is over: nobody may notice it until then.

Everything that runs for it carries its outbox in its context, so that events it causes, however deep, wait there for
the commit or vanish with it. It decides nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field

from conversation.answering import Answer
from conversation.events import ServerEvent

_outbox: contextvars.ContextVar[Outbox | None] = contextvars.ContextVar("outbox", default=None)


@dataclass(slots=True)
class Outbox:
    """Holds events back until it is opened; dropped, it swallows them."""

    _held: list[ServerEvent] | None = field(default_factory=list[ServerEvent])
    _dropped: bool = False

    def takes(self, event: ServerEvent) -> bool:
        """Whether the event stays here."""
        if self._held is not None:
            self._held.append(event)
        return self._held is not None or self._dropped

    def open(self, send: Callable[[ServerEvent], None]) -> None:
        """Send what was held; from now on nothing is."""
        held, self._held = self._held or [], None
        for event in held:
            send(event)

    def drop(self) -> None:
        """Forget what was held, and what still comes."""
        self._held, self._dropped = None, True

    def context(self) -> contextvars.Context:
        """A context in which events come here."""
        context = contextvars.copy_context()
        context.run(_outbox.set, self)
        return context


def is_held(event: ServerEvent) -> bool:
    """Whether the event belongs to something that is being prepared (and has been put there)."""
    outbox = _outbox.get()
    return outbox is not None and outbox.takes(event)


@dataclass(slots=True)
class Preparation:
    """An answer to ``text``, on its way and unheard."""

    text: str
    outbox: Outbox
    answer: Answer
    task: asyncio.Task[None] | None
