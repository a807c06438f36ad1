from __future__ import annotations

import asyncio

import pytest

from tests.support.virtual_time import advance, run_virtual, until, virtual


def test_an_hour_passes_at_once_and_in_order():
    order: list[str] = []

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(3600, order.append, "late")
        loop.call_later(1, order.append, "early")
        await advance(3601)
        return loop.time() - began

    assert run_virtual(main()) == pytest.approx(3601)
    assert order == ["early", "late"]


@virtual
async def test_until_sees_what_a_timer_changes():
    seen: list[int] = []
    asyncio.get_running_loop().call_later(2.0, seen.append, 1)
    await until(lambda: seen, within=2.1)
    with pytest.raises(AssertionError):
        await until(lambda: len(seen) > 1, within=1.0)


def test_a_task_left_behind_is_a_failure():
    kept: list[asyncio.Task[None]] = []

    async def main() -> None:
        kept.append(asyncio.create_task(advance(10)))

    with pytest.raises(AssertionError, match="still running"):
        run_virtual(main())
