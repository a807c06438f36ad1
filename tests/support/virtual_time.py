"""An event loop whose clock jumps to the next timer when nothing is ready: no test waits for real time."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

#: Real seconds without anything ready and without any timer after which a test is stuck for good.
_STUCK_S = 10.0
_MAX_TIMEOUT_S = 24 * 3600


class Stuck(Exception):  # noqa: N818  (a state of the test)
    """Nothing can ever happen again: everybody waits and no timer is set."""


class _JumpingSelector(selectors.DefaultSelector):
    """Selects without waiting; where the loop would wait for a timer, its clock jumps."""

    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or timeout >= _MAX_TIMEOUT_S:
            ready = super().select(_STUCK_S)  # a thread may still answer
            if not ready:
                raise Stuck
            return ready
        self.loop.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs everything that is ready, then jumps to the next timer."""

    def __init__(self) -> None:
        self.now = 1000.0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def run_virtual(main: Coroutine[Any, Any, Any]) -> Any:
    """Run ``main`` under virtual time; fails if it leaves a task running."""

    async def guarded() -> Any:
        result = await main
        await settle()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"still running: {left}"
        return result

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(guarded())


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Decorator: run an async test under virtual time."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        run_virtual(test(*args, **kwargs))

    return run


async def settle(rounds: int = 20) -> None:
    """Let everything that is ready run; no time passes."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def advance(seconds: float) -> None:
    """Let ``seconds`` of the loop's time go by."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    timer = loop.call_later(seconds, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()


async def until(condition: Callable[[], Any], *, within: float = 60.0, every: float = 0.01) -> None:
    """Wait until ``condition`` holds, looking ``every`` so often; fails after ``within`` seconds of the loop's time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not condition():
        assert loop.time() < deadline, "it did not come to pass in time"
        await advance(every)
