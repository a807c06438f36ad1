"""One mechanism for every shared pool of actors: membership, choice, back-pressure, health, autoscaling, drain.

``PoolManager`` (one named actor) owns the members of all kinds. ``PoolClient`` (one in every process that calls)
knows the members and picks the least loaded. Members are ``PoolMember``s. Nothing here knows what a pool does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import ActorUnavailableError, RayActorError

from actors.metrics import PoolMetrics
from actors.within import within
from conversation.providers import EngineUnavailable

log = logging.getLogger(__name__)

POLL_S = 1.0
POLL_TIMEOUT_S = 5.0
START_TIMEOUT_S = 120.0
_BUSY_SHARE = 0.7
_IDLE_SHARE = 0.2
_IDLE_POLLS = 30


class PoolBusy(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """A member's slots and queue are full; nothing of the call was done."""

    code = "pool_busy"


class PoolMember:
    """Base of the actors in a pool: counts what it does and refuses what is too much.

    Args:
        slots: Calls accepted at a time; more are refused with ``PoolBusy``.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._outstanding = 0
        self._done = 0
        self._failed = 0

    @property
    def has_room(self) -> bool:
        """Whether a call would get a slot now."""
        return self._outstanding < self._slots

    def outstanding(self) -> int:
        """Calls in progress."""
        return self._outstanding

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Hold one slot for the time of a call. Raises PoolBusy when none is free."""
        if not self.has_room:
            raise PoolBusy
        self._outstanding += 1
        try:
            yield
        except Exception:
            self._failed += 1
            raise
        finally:
            self._outstanding -= 1
            self._done += 1

    async def warm(self) -> None:
        """Make the first call as quick as the later ones; the member is called by nobody before this returns."""

    async def load(self) -> dict[str, int]:
        """Calls in progress, done, failed, and the slots there are."""
        return {
            "outstanding": self._outstanding,
            "done": self._done,
            "failed": self._failed,
            "slots": self._slots,
        }


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """One kind of pool.

    Attributes:
        kind: Its name.
        actor_class: A ``ray.remote`` class that derives from ``PoolMember``.
        arguments: Its constructor's arguments.
        minimum: Members always there.
        maximum: Members under load.
        concurrency: Ray's ``max_concurrency`` of a member; above its slots, so that refusals are quick.
    """

    kind: str
    actor_class: Any
    arguments: tuple[Any, ...]
    minimum: int
    maximum: int
    concurrency: int = 200


@dataclass(slots=True)
class _Member:
    handle: ActorHandle[Any]
    load: dict[str, int] = field(default_factory=dict[str, int])
    draining: bool = False


@dataclass(slots=True)
class _Pool:
    spec: PoolSpec
    members: list[_Member] = field(default_factory=list[_Member])
    version: int = 0
    starting: int = 0
    busy_polls: int = 0
    idle_polls: int = 0
    replaced: int = 0
    filling: asyncio.Lock = field(default_factory=asyncio.Lock)
    started_ms: float = 0.0

    @property
    def usable(self) -> list[_Member]:
        return [member for member in self.members if not member.draining]


@ray.remote(num_cpus=0)
class PoolManager:
    """Owns the members of every pool; replaces the dead, adds under load, drains when idle.

    Members live as long as the manager: they hold no state that is not elsewhere.
    """

    def __init__(self, specs: list[PoolSpec]) -> None:
        self._pools = {spec.kind: _Pool(spec) for spec in specs}
        self._watcher: asyncio.Task[None] | None = None

    async def start(self, kind: str) -> float:
        """Start the pool's first members; returns the milliseconds it took. Raises what a member's start raised."""
        pool = self._pools[kind]
        began = time.monotonic()
        async with pool.filling:
            await self._fill(pool)
        pool.started_ms = (time.monotonic() - began) * 1000
        self._look_after()
        return pool.started_ms

    async def members(self, kind: str) -> tuple[int, list[ActorHandle[Any]]]:
        """Version of the membership and the handles that may be called."""
        self._look_after()
        pool = self._pools[kind]
        return pool.version, [member.handle for member in pool.usable]

    async def suspect(self, kind: str) -> tuple[int, list[ActorHandle[Any]]]:
        """A client met a dead member: look at once, then answer as ``members``."""
        await self._poll(self._pools[kind])
        return await self.members(kind)

    async def health(self) -> dict[str, dict[str, Any]]:
        """Every pool as it is now."""
        self._look_after()
        report: dict[str, dict[str, Any]] = {}
        for kind, pool in self._pools.items():
            usable = pool.usable
            status = "ok" if len(usable) >= pool.spec.minimum else "degraded" if usable else "down"
            broken = any(member.load.get("out_of_order") for member in usable)
            report[kind] = {
                "status": status,
                "actors": len(usable),
                "outstanding": sum(member.load.get("outstanding", 0) for member in usable),
                "done": sum(member.load.get("done", 0) for member in usable),
                "failed": sum(member.load.get("failed", 0) for member in usable),
                "replaced": pool.replaced,
            }
            if broken and status == "ok":
                report[kind] |= {"status": "degraded", "code": "engine_missing"}
        return report

    def _look_after(self) -> None:
        """Watch the pools; a manager that Ray has restarted begins again here, with the first call it gets."""
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())

    async def _add(self, pool: _Pool) -> None:
        pool.starting += 1
        try:
            options: dict[str, Any] = {"num_cpus": 0, "max_concurrency": pool.spec.concurrency}
            handle = pool.spec.actor_class.options(**options).remote(*pool.spec.arguments)
            await within(START_TIMEOUT_S, handle.warm.remote())
            load = await within(START_TIMEOUT_S, handle.load.remote())
            pool.members.append(_Member(handle, load))
            pool.version += 1
        finally:
            pool.starting -= 1

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            for pool in self._pools.values():
                try:
                    await self._poll(pool)
                    await self._scale(pool)
                except Exception:
                    log.exception("pool %s could not be looked after; trying again", pool.spec.kind)

    async def _poll(self, pool: _Pool) -> None:
        """Ask every member for its load; forget the dead and start their replacements.

        Who comes while another call does that waits for it, and for the replacements.
        """
        async with pool.filling:
            for member in list(pool.members):
                try:
                    member.load = await within(POLL_TIMEOUT_S, member.handle.load.remote())
                except ActorUnavailableError:
                    continue
                except (RayActorError, TimeoutError):
                    self._forget(pool, member)
            await self._fill(pool)

    def _forget(self, pool: _Pool, member: _Member) -> None:
        if member not in pool.members:
            return
        pool.members.remove(member)
        pool.version += 1
        pool.replaced += 1
        with contextlib.suppress(ValueError, RayActorError):
            ray.kill(member.handle)
        log.warning("a member of pool %s died; it is replaced", pool.spec.kind)

    async def _fill(self, pool: _Pool) -> None:
        missing = pool.spec.minimum - len(pool.usable) - pool.starting
        await asyncio.gather(*(self._add(pool) for _ in range(missing)))

    async def _scale(self, pool: _Pool) -> None:
        usable = pool.usable
        slots = sum(member.load.get("slots", 0) for member in usable) or 1
        share = sum(member.load.get("outstanding", 0) for member in usable) / slots
        pool.busy_polls = pool.busy_polls + 1 if share > _BUSY_SHARE else 0
        pool.idle_polls = pool.idle_polls + 1 if share < _IDLE_SHARE else 0
        if pool.busy_polls >= 2 and len(usable) + pool.starting < pool.spec.maximum:
            pool.busy_polls = 0
            await self._add(pool)
        elif pool.idle_polls >= _IDLE_POLLS and len(usable) > pool.spec.minimum:
            pool.idle_polls = 0
            usable[-1].draining = True
            pool.version += 1
        for member in [each for each in pool.members if each.draining and not each.load.get("outstanding")]:
            pool.members.remove(member)
            ray.kill(member.handle)


class PoolClient:
    """Calls a pool: the member with the fewest own calls outstanding, another one when it is dead or full.

    A call whose member dies is repeated on another one, so calls must be idempotent (a read, or carrying a key).
    """

    def __init__(self, manager: ActorHandle[Any], kind: str) -> None:
        self._manager = manager
        self.kind = kind
        self.metrics = PoolMetrics(kind)
        self._members: list[ActorHandle[Any]] = []
        self._outstanding: dict[ActorHandle[Any], int] = {}
        self._refreshed = 0.0

    async def call(self, method: str, *arguments: Any, timeout_s: float) -> Any:
        """Call ``method`` of a member.

        Raises:
            EngineUnavailable: Every member is full or dead, or ``timeout_s`` went by.
        """
        deadline = time.monotonic() + timeout_s
        refused: set[ActorHandle[Any]] = set()
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._none("late", f"no answer from the {self.kind} within {timeout_s:g} s")
            member = await self._pick(refused, left)
            if member is None:
                raise self._none("busy", f"all {self.kind} are busy")
            self._outstanding[member] = self._outstanding.get(member, 0) + 1
            try:
                return await within(left, getattr(member, method).remote(*arguments))
            except PoolBusy:
                refused.add(member)
            except RayActorError:
                refused.add(member)
                await self._refresh(suspect=True, timeout_s=max(0.1, deadline - time.monotonic()))
            except TimeoutError:
                raise self._none("late", f"no answer from the {self.kind} within {timeout_s:g} s") from None
            finally:
                if member in self._outstanding:  # it may have left the pool meanwhile
                    self._outstanding[member] -= 1

    def _none(self, reason: str, message: str) -> EngineUnavailable:
        """There is no answer; counted."""
        self.metrics.refused(reason)
        return EngineUnavailable(message)

    async def _pick(self, refused: set[ActorHandle[Any]], timeout_s: float) -> ActorHandle[Any] | None:
        if not self._members or time.monotonic() - self._refreshed > 10.0:
            await self._refresh(suspect=False, timeout_s=timeout_s)
        free = [member for member in self._members if member not in refused]
        return min(free, key=lambda member: self._outstanding.get(member, 0)) if free else None

    async def _refresh(self, *, suspect: bool, timeout_s: float) -> None:
        method = self._manager.suspect if suspect else self._manager.members
        try:
            _version, self._members = await within(timeout_s, method.remote(self.kind))
        except (RayActorError, TimeoutError):
            if not self._members:
                raise self._none("gone", f"the {self.kind} cannot be reached") from None
        self._refreshed = time.monotonic()
        self._outstanding = {member: self._outstanding.get(member, 0) for member in self._members}
