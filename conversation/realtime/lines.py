"""The one line of a conversation to the provider: opened when it is needed, made again when it is old or broken.

It knows how a line is opened and what it must be like, nothing of what is said over it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final

from agents.realtime import RealtimeAgent
from agents.realtime.model import RealtimeModelConfig

from conversation.realtime.amounts import of_response, of_transcription
from conversation.realtime.events import NoLine
from conversation.realtime.hearing import SharedHearing
from conversation.realtime.line import Line
from conversation.usage import Amounts

log = logging.getLogger(__name__)

#: The provider ends a session after 60 minutes; it is made anew before that, between two turns.
RENEW_S: Final = 55 * 60.0
#: After a line that could not be opened, none is tried for so long while somebody only speaks.
_AGAIN_S: Final = 5.0


class Lines:
    """Keeps the line.

    Args:
        settings: What a line is opened with now. A line whose settings have changed is replaced.
        agent: Makes the agent that speaks now; ``wanted`` tells whether a call is still to be made.
        agent_key: Changes whenever that agent does.
        hearing: Where the user's audio comes from.

    Attributes:
        renew_s: Age at which a line is replaced, seconds.
        used: Told what was used of which model.
        models: Those that speak and that write down, for ``used``.
        enabled: Whether the conversation is speech to speech now, and the provider to be had.
    """

    def __init__(
        self,
        settings: Callable[[], RealtimeModelConfig],
        agent: Callable[[Callable[[str], bool]], RealtimeAgent[Any]],
        agent_key: Callable[[], Hashable],
        hearing: SharedHearing,
    ) -> None:
        self._settings = settings
        self._agent = agent
        self._agent_key = agent_key
        self.hearing = hearing
        hearing.listen = self.listen
        self.renew_s = RENEW_S
        self.used: Callable[[str, Amounts], None] = lambda _model, _amounts: None
        self.models: tuple[str, str] = ("", "")
        self.enabled: Callable[[], bool] = lambda: True
        self._line: Line | None = None
        self._opened_with: RealtimeModelConfig | None = None
        self._used: Hashable = None
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failed_at: float | None = None
        self._closed = False
        self.opened = 0

    async def ready(self) -> Line:
        """The line, with the agent of now. Raises NoLine."""
        # A turn that is given up meanwhile leaves a line for the next one, never half of one.
        opening = asyncio.create_task(self._open())
        self._tasks.add(opening)
        opening.add_done_callback(self._opened)
        line = await asyncio.shield(opening)
        if self._used != (key := self._agent_key()):
            self._used = key
            line.use(self._agent(self.wants))
        return line

    def listen(self, at: int, pcm: bytes) -> None:
        """The user speaks: the provider hears it too, as soon as there is a line."""
        if self._is_good(self._line):
            assert self._line is not None  # noqa: S101  (it is good)
            self._line.hear(at, pcm)
        elif not self._opening.locked() and not self._has_just_failed():
            self._spawn(self._open_ahead())

    def wants(self, call_id: str) -> bool:
        """Whether a tool call is one that a turn on this line has asked for."""
        return self._line is not None and call_id in self._line.reading.allowed

    def renew(self) -> None:
        """The next turn begins on a line that knows what is in the history, and nothing else."""
        self._opened_with = None

    async def close(self) -> None:
        """Hang up for good."""
        self._closed = True
        line, self._line = self._line, None
        if line is not None:
            await line.close()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _is_good(self, line: Line | None) -> bool:
        if line is None or line.lost is not None:
            return False
        age = asyncio.get_running_loop().time() - line.opened_at
        return age < self.renew_s and self._opened_with == self._settings()

    def _has_just_failed(self) -> bool:
        now = asyncio.get_running_loop().time()
        return self._closed or (self._failed_at is not None and now - self._failed_at < _AGAIN_S)

    async def _open_ahead(self) -> None:
        try:
            await self._open()
        except NoLine as error:
            log.info("no line yet: %s", error)

    async def _open(self) -> Line:
        async with self._opening:
            if self._line is not None and self._is_good(self._line):
                return self._line
            if self._closed:
                raise NoLine("the conversation is over")
            old, self._line = self._line, None
            if old is not None:
                self._spawn(old.close())
            settings, key = self._settings(), self._agent_key()
            line = Line(self._agent(self.wants), settings)
            speaks, writes = self.models
            line.reading.on_usage = lambda usage: self.used(speaks, of_response(usage))
            line.reading.on_heard_usage = lambda usage: self.used(writes, of_transcription(usage))
            try:
                await line.open()
            except NoLine:
                self._failed_at = asyncio.get_running_loop().time()
                raise
            self._line, self._opened_with, self._used, self._failed_at = line, settings, key, None
            self.opened += 1
            return line

    def _opened(self, opening: asyncio.Task[Line]) -> None:
        self._tasks.discard(opening)
        if not opening.cancelled() and (error := opening.exception()) is not None:
            log.info("no line: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
