"""What is said unasked because something is due: waits for a good moment, says it, knows whether it was heard.

Never speaks into a turn of the user's or the assistant's, nor between a question and its answer; never says the same
announcement twice once it was heard. Bounded: what finds no room is refused, and whoever asked keeps it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from business.delivery.announcer import Announced, Announcement
from business.entities.effects import OUTCOME_KIND
from conversation.answer import Answer
from conversation.events import ServerEvent
from conversation.seen_ids import SeenIds

#: Quiet before an announcement, seconds: the user may be about to say something.
PAUSE_S = 0.8
#: How often it is looked whether the moment is good, while something waits.
LOOK_S = 0.25
#: How long one request waits for a good moment.
WAIT_S = 45.0
MAX_WAITING = 20
#: How often one that was interrupted is begun again.
MAX_TRIES = 3


class Stage(Protocol):
    """The conversation, as far as announcements need it."""

    @property
    def attached(self) -> bool:
        """Whether a client is connected."""
        ...

    def is_idle(self, pause_s: float) -> bool:
        """Whether nobody has spoken for so long and nothing is being waited for."""
        ...

    def say_unasked(self, text: str) -> tuple[Answer, asyncio.Task[None] | None]:
        """Begin to say something; the answer, and the task that ends with it (None: the conversation is over)."""
        ...

    def send(self, event: ServerEvent) -> None:
        """An event for the client."""
        ...


@dataclass(slots=True)
class _Entry:
    announcement: Announcement
    outcome: asyncio.Future[Announced] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    tries: int = 0


class Announcements:
    """The announcements of one conversation."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._waiting: dict[str, _Entry] = {}
        self._current: _Entry | None = None
        self._heard = SeenIds()
        self._timer: asyncio.TimerHandle | None = None
        self._was_late = False
        self._closed = False

    @property
    def speaking(self) -> bool:
        """Whether an announcement is being said."""
        return self._current is not None

    async def announce(self, announcement: Announcement, wait_s: float = WAIT_S) -> Announced:
        """Say it at the next good moment. Asked again, joins what waits, or answers what is known."""
        if announcement.id in self._heard:
            return Announced.HEARD
        entry = self._waiting.get(announcement.id)
        if entry is None:
            if self._closed or not self._stage.attached:
                return Announced.ABSENT
            if len(self._waiting) >= MAX_WAITING:
                return Announced.MISSED
            entry = self._waiting[announcement.id] = _Entry(announcement)
            self._look()
        try:
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(entry.outcome)
        except TimeoutError:
            if entry is not self._current:
                self._finish(entry, Announced.MISSED)
            return Announced.MISSED

    def close(self) -> None:
        """The conversation is over: nobody hears what waits."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for entry in list(self._waiting.values()):
            self._finish(entry, Announced.ABSENT)

    def _look(self) -> None:
        """Say the next one if the moment is good; else look again soon."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._closed or self._current is not None:
            return
        entry = next(iter(self._waiting.values()), None)
        if entry is None:
            self._was_late = False
        elif self._stage.is_idle(PAUSE_S):
            self._say(entry)
        else:
            self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _say(self, entry: _Entry) -> None:
        announcement = entry.announcement
        answer, task = self._stage.say_unasked(self._wording(announcement))
        if task is None:
            return
        self._current = entry
        if entry.tries == 0:
            data = {
                "message_id": announcement.id,
                "kind": announcement.kind,
                "text": announcement.text,
                "late": announcement.is_late,
                "item_id": answer.item_id,
            }
            self._stage.send(ServerEvent("notification", data))
        entry.tries += 1
        task.add_done_callback(lambda _: self._said(entry, answer))

    def _wording(self, announcement: Announcement) -> str:
        if announcement.kind == OUTCOME_KIND and not announcement.is_late:
            return f"About what you asked for before: {announcement.text}"
        if not announcement.is_late:
            return f"Reminder: {announcement.text}"
        opening = "Also: " if self._was_late else "While you were away: "
        self._was_late = True
        return opening + announcement.text

    def _said(self, entry: _Entry, answer: Answer) -> None:
        self._current = None
        if _was_heard(answer):
            self._heard.add(entry.announcement.id)
            self._finish(entry, Announced.HEARD)
        elif entry.tries >= MAX_TRIES:
            self._finish(entry, Announced.MISSED)
        self._look()

    def _finish(self, entry: _Entry, outcome: Announced) -> None:
        self._waiting.pop(entry.announcement.id, None)
        if not entry.outcome.done():
            entry.outcome.set_result(outcome)


def _was_heard(answer: Answer) -> bool:
    """Whether all of it was played: to the end, or interrupted only after its last word."""
    if answer.speech.failed is not None:
        return False
    ledger = answer.speech.ledger
    return answer.finished or (len(ledger.sentences) == len(answer.sentences) > 0 and not ledger.unheard())
