"""What the listening half of a conversation tells the rest of it. A protocol; nothing is done here."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from conversation.events import ServerEvent
from conversation.latency import TurnTrace


class TurnHandler(Protocol):
    """What the listener tells the rest of the conversation."""

    def send(self, event: ServerEvent) -> None:
        """An event for the client."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Run something as a task of the conversation."""
        ...

    def user_speaks(self) -> None:
        """The user was noticed."""
        ...

    def pause_speaking(self) -> None:
        """Somebody speaks over the assistant: its audio stands still."""
        ...

    def resume_speaking(self) -> None:
        """It was no interruption: the assistant goes on where it stopped."""
        ...

    def stop_speaking(self) -> None:
        """Barge-in: the assistant falls silent."""
        ...

    def said_lately(self) -> str:
        """The assistant's own words that are in the air, or were a moment ago."""
        ...

    def prepare(self, text: str) -> None:
        """The turn may well end with ``text``: prepare the answer."""
        ...

    def discard(self) -> None:
        """Forget what was prepared."""
        ...

    def say_filler(self, number: int) -> None:
        """The work takes long: say something meanwhile."""
        ...

    def withdraw_turn(self, merge: bool) -> bool:
        """Take the running turn back if it changed nothing; whether it was taken back.

        ``merge`` when its words come again as the beginning of the next turn's.
        """
        ...

    def commit_turn(self, text: str, trace: TurnTrace, merged: bool) -> None:
        """The user's turn is over; ``merged`` when it begins with the words of the turn that was taken back."""
        ...

    def drop_utterance(self, resume: bool) -> None:
        """There were no words; ``resume`` when the assistant had been silenced."""
        ...
