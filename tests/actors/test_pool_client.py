"""A caller of a pool under cancellation, with futures in the place of Ray's."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from actors.pool import PoolClient
from tests.support.virtual_time import settle


class Member:
    """An actor handle whose one method answers when ``answer`` is done."""

    def __init__(self, answer: asyncio.Future[Any]) -> None:
        self.asked = 0
        self.work = SimpleNamespace(remote=self._ask)
        self._answer = answer

    def _ask(self) -> asyncio.Future[Any]:
        self.asked += 1
        return self._answer


async def test_a_cancellation_in_the_moment_of_the_answer_is_not_lost():
    loop = asyncio.get_running_loop()
    answer, members = loop.create_future(), loop.create_future()
    member = Member(answer)
    members.set_result((1, [member]))
    manager = SimpleNamespace(members=SimpleNamespace(remote=lambda _kind: members))
    client: Any = PoolClient(manager, "workers")  # pyright: ignore[reportArgumentType]
    call = asyncio.create_task(client.call("work", timeout_s=5.0))
    await settle()
    assert member.asked == 1
    answer.set_result("done")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
