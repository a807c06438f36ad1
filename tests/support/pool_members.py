"""A member of a pool for tests: works until it is told to stop, dies on request."""

from __future__ import annotations

import asyncio
import os

import ray

from actors.pool import PoolMember


@ray.remote(num_cpus=0)
class Worker(PoolMember):
    """Holds calls until it is released."""

    def __init__(self, slots: int) -> None:
        super().__init__(slots)
        self._free = asyncio.Event()

    async def pid(self) -> int:
        async with self.slot():
            return os.getpid()

    async def hold(self) -> int:
        """Busy until ``release``."""
        async with self.slot():
            await self._free.wait()
            return os.getpid()

    async def release(self) -> None:
        self._free.set()
        self._free = asyncio.Event()

    async def die(self, victims: list[int]) -> int:
        """Ends the process if it is one of the victims; else its pid."""
        async with self.slot():
            if os.getpid() in victims:
                os._exit(1)
            return os.getpid()

    async def fail(self) -> None:
        async with self.slot():
            raise ValueError("cannot do that")


@ray.remote(num_cpus=0)
class Lame(PoolMember):
    """Is there, but cannot do its work."""

    def __init__(self) -> None:
        super().__init__(1)

    async def load(self) -> dict[str, int]:
        return await super().load() | {"out_of_order": 1}


@ray.remote(num_cpus=0)
class Unborn(PoolMember):
    """Cannot be started."""

    def __init__(self) -> None:
        super().__init__(1)
        raise RuntimeError("no model file")
