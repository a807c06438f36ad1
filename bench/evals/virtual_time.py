"""An event loop in which waiting takes no time and work takes no time of the clock.

Where nothing is ready, the clock jumps to the next timer, unless work of another thread (the database, an engine) is
counted as going on: then the loop waits for it and its clock stands still. So a conversation runs as it would with
engines that are infinitely fast, at the speed of the machine, and the same way every time.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

_T = TypeVar("_T")
_STUCK_S = 30.0
_LOOK_S = 1.0


class Stuck(Exception):  # noqa: N818  (a state of the conversation)
    """Nothing can ever happen again: everybody waits, no timer is set and no work is going on."""


class _Selector(selectors.DefaultSelector):
    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.loop.working:
            return super().select(_LOOK_S)
        if timeout is None:
            ready = super().select(_STUCK_S)
            if not ready:
                raise Stuck
            return ready
        self.loop.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """``now``: its clock, seconds. ``working``: how much counted work is going on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.working = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """The virtual time."""
        return self.now


@contextlib.contextmanager
def work() -> Generator[None]:
    """Count what is awaited inside as work; on an ordinary loop it means nothing."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        yield
        return
    loop.working += 1
    try:
        yield
    finally:
        loop.working -= 1


def run(main: Coroutine[Any, Any, _T], *, virtual: bool = True) -> _T:
    """Run ``main`` to its end, in virtual or in real time."""
    factory = VirtualTimeLoop if virtual else None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)
