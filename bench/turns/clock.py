"""An event loop for benches whose clock runs as real time does, except that nobody waits out what is idle.

Everything that computes takes as long as it takes: on the loop itself, on its executors and in ``outside`` work. Only
when nothing is ready and nothing is being computed does the clock jump to the next timer. What is measured on it is
what would be measured in real time on the same machine, in a fraction of the time. It never slows anything down.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import time
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from typing import Any, TypeVar

Result = TypeVar("Result")
_LONGEST_WAIT_S = 10.0
_LOOK_S = 0.001
_PROCESSORS = os.cpu_count() or 1


class Stuck(Exception):  # noqa: N818  (a state of the run)
    """Everybody waits, nothing is being computed and no timer is set."""


class _SkippingSelector(selectors.DefaultSelector):
    loop: SkippingLoop

    def select(self, timeout: float | None = None) -> Any:
        if self.loop.computing:
            return self._while_computing(timeout)
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            ready = super().select(_LONGEST_WAIT_S)  # a thread may still answer
            if not ready:
                raise Stuck
            return ready
        self.loop.skipped += timeout
        return ready

    def _while_computing(self, timeout: float | None) -> Any:
        if self.loop.real:
            return super().select(timeout)
        until = None if timeout is None else self.loop.time() + timeout
        while True:
            ready = super().select(_LOOK_S)
            if ready or (until is not None and self.loop.time() >= until):
                return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """The loop.

    Attributes:
        real: Computing takes the time that it takes. Else it takes the processor time that this process uses for it:
            what it would take on a machine that does nothing else (but for waiting on a disk). Computations side by
            side share the processors.
        computing: How many computations go on outside of it; while there are any, time passes as it does.
        skipped: Seconds of idleness that were not waited for.
    """

    def __init__(self, *, real: bool = True) -> None:
        self.real = real
        self.computing = 0
        self.skipped = 0.0
        self._used = self._passed = 0.0  # of the processors' time
        selector = _SkippingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Seconds, monotonic: those that computing took and those that were skipped."""
        return (time.perf_counter() if self.real else self._processor_time()) + self.skipped

    def _processor_time(self) -> float:
        used = time.process_time()
        side_by_side = max(1, min(self.computing, _PROCESSORS))
        self._passed += (used - self._used) / side_by_side
        self._used = used
        return self._passed


@contextlib.contextmanager
def outside() -> Generator[None]:
    """While this is open, something is computed that the loop does not see (a thread, a database): time must pass."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    loop.time()  # what was used so far was used by as many as there were
    loop.computing += 1
    try:
        yield
    finally:
        loop.time()
        loop.computing -= 1


async def compute(executor: Executor, work: Callable[[], Result]) -> Result:
    """Run ``work`` on the executor; time passes meanwhile."""
    with outside():
        return await asyncio.get_running_loop().run_in_executor(executor, work)


def run_skipping(main: Coroutine[Any, Any, Result], *, real: bool = True) -> Result:
    """Run ``main`` on such a loop."""
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(real=real)) as runner:
        return runner.run(main)
