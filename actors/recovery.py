"""Completes the writes that a session left behind, whatever became of its actor: once, by their keys.

Runs in the session pool, which knows what lives. Fences the dead session off first, so that nothing of it that is
still on its way can come later. It never asks a model for anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

from redis.exceptions import RedisError

from actors.directory import Directory
from actors.journal import RedisJournal
from actors.providers import PooledTools
from conversation.durable_calls import JournalUnavailable
from conversation.providers import EngineUnavailable
from tools.envelope import ToolCall, ToolErrorType

log = logging.getLogger(__name__)

_TIMEOUT_S = 15.0


class CallRecovery:
    """Looks after the open calls of sessions that are gone.

    Args:
        journal: The open calls.
        tools: Runs them.
        directory: Where the session's last words are kept.
    """

    def __init__(self, journal: RedisJournal, tools: PooledTools, directory: Directory) -> None:
        self._journal = journal
        self._tools = tools
        self._directory = directory
        self.completed = 0

    async def run(self, is_live: Callable[[str], bool]) -> int:
        """Complete what sessions that do not live have left open; how many calls are still open after it."""
        try:
            calls = [call for call in await self._journal.all_open() if not is_live(call.caller.session_id)]
        except JournalUnavailable as error:
            log.warning("the call journal cannot be read: %s", error)
            return 0
        left = 0
        for _session, group in groupby(calls, key=lambda call: call.caller.session_id):
            left += await self._complete(list(group))
        return left

    async def _complete(self, calls: list[ToolCall]) -> int:
        """The calls of one session, in their order; how many of them are still open."""
        epoch = max(call.epoch for call in calls) + 1
        for done, call in enumerate(calls):
            try:
                await self._tools.fence(call.caller, epoch)
                result = await self._tools.execute(replace(call, epoch=epoch), _TIMEOUT_S)
                if result.error is not None and result.error.unsettled:
                    return len(calls) - done
                if result.error is None or result.error.type is not ToolErrorType.NEEDS_CONFIRMATION:
                    await self._tools.tell_outcome(call, result)
                await self._directory.add_completed(call.caller.session_id, result.ok, result.summary)
                await self._journal.close(call)
            except (EngineUnavailable, JournalUnavailable, RedisError) as error:
                log.warning("call %s of a session that is gone waits: %s", call.key, error)
                return len(calls) - done
            self.completed += 1
            log.warning("call %s of a session that is gone: %s", call.key, "done" if result.ok else "refused")
        return 0
