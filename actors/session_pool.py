"""The pool of session actors: claim instead of create. One named, detached, restartable actor.

Keeps a few warm actors ready, admits by slots, never by load samples, and buries the dead. What survives a restart
of the pool is in Redis (the live session actors' names).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Any, cast

import ray
from ray.actor import ActorHandle
from ray.exceptions import ActorUnavailableError, RayActorError, RayError
from redis.exceptions import RedisError

from actors.demand import Demand
from actors.directory import Directory
from actors.journal import RedisJournal
from actors.names import NAMESPACE, session_actor_name
from actors.node_hints import NodeHints
from actors.placement import Placement, on_node
from actors.pool import PoolClient
from actors.providers import PooledTools
from actors.recovery import CallRecovery
from actors.redis_client import redis_of
from actors.session import SessionActor
from actors.vitals import worst_of
from actors.within import within
from config.logs import setup_logging
from config.settings import Settings
from conversation.spec import AtCapacity, SessionRecord, SessionSpec

log = logging.getLogger(__name__)

_CLAIMED = "h365:claimed"
START_TIMEOUT_S = 60.0
BIND_TIMEOUT_S = 10.0
WATCH_S = 5.0
RETRY_AFTER_S = 5.0
#: An actor whose session has ended still answers whoever ended it.
_LAST_ANSWER_S = 0.5
#: Session actors started at a time; starting is CPU-bound, more at once only makes all of them late.
_STARTS_AT_ONCE = 2
_REDIS_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class _Warm:
    name: str
    handle: ActorHandle[Any]


@ray.remote(num_cpus=0)
class SessionPool:
    """Claims, refills, counts and buries session actors.

    Args:
        settings: The server's settings.
        pools: The pool manager, given on to the sessions.
        delivery: The delivery actor, given on to the sessions.
        voice_rate: Sample rate of the embedded voice, Hz.
        py_executable: The fork server's shim, or None for the ordinary start.
    """

    def __init__(
        self,
        settings: Settings,
        pools: ActorHandle[Any],
        delivery: ActorHandle[Any],
        voice_rate: int,
        py_executable: str | None = None,
    ) -> None:
        setup_logging(settings)
        self._settings = settings
        self._arguments = (settings, pools, delivery, voice_rate)
        self._runtime_env = {"py_executable": py_executable} if py_executable else {}
        self._redis = redis_of(settings, timeout_s=5.0, connections=_REDIS_CONNECTIONS, decode_responses=True)
        self._directory = Directory(self._redis)
        tools = PooledTools(PoolClient(pools, "tools"))
        self._recovery = CallRecovery(RedisJournal(self._redis), tools, self._directory)
        self._warm: asyncio.Queue[_Warm] = asyncio.Queue(settings.max_sessions + settings.warm_sessions_max)
        self._claimed: dict[str, tuple[ActorHandle[Any], str]] = {}
        self._claiming = 0
        self._starting = 0
        self._coming: dict[str, ActorHandle[Any]] = {}
        self._placement = Placement(joined=settings.ray_address is not None)
        self._demand = Demand(settings.warm_sessions, settings.warm_sessions_max)
        self._starts = asyncio.Semaphore(_STARTS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._completer: asyncio.Task[None] | None = None
        self._draining = False
        self._vitals: dict[str, dict[str, Any]] = {}
        per_cpu = settings.node_hint_sessions_per_cpu
        self._hints = NodeHints(per_cpu) if per_cpu and settings.ray_address is not None else None

    async def start(self) -> float:
        """Find the sessions of an earlier pool, fill the warm pool; returns the milliseconds it took."""
        began = time.monotonic()
        await self._look_after()
        missing = self._settings.warm_sessions - self._warm.qsize() - self._starting
        await asyncio.gather(*(self._add() for _ in range(max(0, missing))))
        return (time.monotonic() - began) * 1000

    async def claim(self, spec: SessionSpec) -> SessionRecord:
        """Bind a warm actor (or one that is started for it) to ``spec``. Raises AtCapacity before any work."""
        await self._look_after()
        if self._draining or len(self._claimed) + self._claiming >= self._settings.max_sessions:
            raise AtCapacity(RETRY_AFTER_S)
        self._demand.arrived()
        self._claiming += 1
        try:
            deadline = time.monotonic() + START_TIMEOUT_S
            while (left := deadline - time.monotonic()) > 0:
                self._refill(waiting=self._claiming)
                try:
                    async with asyncio.timeout(left):
                        warm = await self._warm.get()
                except TimeoutError:
                    break
                try:
                    record = await within(BIND_TIMEOUT_S, warm.handle.bind.remote(spec))
                    self._claimed[warm.name] = (warm.handle, spec.session_id)
                    await self._redis.hset(_CLAIMED, warm.name, spec.session_id)
                except (RayActorError, TimeoutError):
                    log.warning("a warm session actor was dead; taking another")
                    _bury(warm.handle)
                    continue
                except RedisError:  # half begun, nobody would find it: its actor and its slot are free again
                    self._claimed.pop(warm.name, None)
                    _bury(warm.handle)
                    raise
                return record
            raise AtCapacity(RETRY_AFTER_S)
        finally:
            self._claiming -= 1
            self._refill(waiting=self._claiming)

    async def released(self, name: str) -> None:
        """The session of that actor has ended: its slot is free, and the actor goes when it has said its last."""
        entry = self._claimed.pop(name, None)
        self._vitals.pop(name, None)
        await self._redis.hdel(_CLAIMED, name)
        if entry is not None:
            asyncio.get_running_loop().call_later(_LAST_ANSWER_S, _bury, entry[0])

    async def drain(self) -> None:
        """Admit nobody any more, end every session, and let go of the actors that wait for one."""
        self._draining = True
        stops = [handle.stop.remote() for handle, _session in self._claimed.values()]
        for handle in self._coming.values():
            _bury(handle)  # those that are being started wait for nobody any more
        waiting = {*self._tasks, *(asyncio.ensure_future(stop) for stop in stops)}
        if waiting:
            await asyncio.wait(waiting, timeout=8.0)
        while not self._warm.empty():
            _bury(self._warm.get_nowait().handle)

    async def health(self) -> dict[str, Any]:
        """Occupancy: active, warm, starting, capacity."""
        await self._look_after()
        active = len(self._claimed)
        full = active >= self._settings.max_sessions or self._draining
        return {
            "status": "degraded" if full else "ok",
            "active": active,
            "warm": self._warm.qsize(),
            "starting": self._starting,
            "warm_wanted": self._demand.wanted,
            "capacity": self._settings.max_sessions,
            "calls_recovered": self._recovery.completed,
            **worst_of(self._vitals.values()),
        }

    # --- inside

    async def _look_after(self) -> None:
        """Watch the sessions; a pool that Ray has restarted finds them again with the first call it gets."""
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())
            await self._recover()
            self._completer = asyncio.create_task(self._complete_calls())

    def _refill(self, *, waiting: int) -> None:
        if self._draining:
            return
        room = self._settings.max_sessions - len(self._claimed)
        wanted = min(self._demand.wanted + waiting, room) - self._warm.qsize() - self._starting
        for _ in range(max(0, wanted)):
            task = asyncio.create_task(self._add())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _add(self) -> None:
        self._starting += 1
        began = time.monotonic()
        try:
            async with self._starts:
                if self._draining:
                    return
                name = session_actor_name(secrets.token_hex(6))
                actor_class: Any = SessionActor
                node = await self._placement.node()
                handle: ActorHandle[Any] = actor_class.options(
                    name=name,
                    namespace=NAMESPACE,
                    lifetime="detached",
                    max_restarts=0,
                    max_concurrency=64,
                    runtime_env=self._runtime_env,
                    **on_node(node),
                ).remote(name, *self._arguments)
                self._placement.started(handle, node)
                self._coming[name] = handle
                try:
                    await within(START_TIMEOUT_S, handle.prepare.remote())
                except (RayActorError, TimeoutError):
                    if not self._draining:
                        log.exception("a session actor did not start")
                    _bury(handle)
                    return
                finally:
                    del self._coming[name]
                if self._draining:
                    _bury(handle)
                    return
                self._demand.started(time.monotonic() - began)
                self._warm.put_nowait(_Warm(name, handle))
        finally:
            self._starting -= 1

    async def _watch(self) -> None:
        """Every few seconds, whatever happens: bury the dead, fill up."""
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                await self._bury_the_dead()
            except (RedisError, RayError):
                log.exception("the sessions could not be looked after; trying again")
            self._shed()
            self._refill(waiting=self._claiming)
            if self._hints is not None:
                wanted = len(self._claimed) + self._claiming + self._demand.wanted
                await asyncio.to_thread(self._hints.wanted, min(wanted, self._settings.max_sessions))

    def _shed(self) -> None:
        """Let one warm actor go that a rush has left behind."""
        if self._warm.qsize() > self._demand.wanted + self._claiming:
            _bury(self._warm.get_nowait().handle)

    async def _bury_the_dead(self) -> None:
        """Sessions whose actor died without a word: their slots are free again."""
        for name, (handle, session_id) in list(self._claimed.items()):
            vitals = await _vitals_of(handle)
            if name not in self._claimed:  # it has ended by itself meanwhile
                continue
            if vitals is not None:
                self._vitals[name] = vitals or self._vitals.get(name, {})
                continue
            log.warning("the actor of session %s died", session_id)
            await self.released(name)
            record = await self._directory.get(session_id)
            if record is not None and record.state != "ended":
                await self._directory.end(record, {"status": {"is_active": False}, "reason": "actor_died"})

    async def _complete_calls(self) -> None:
        """Every few seconds: the writes that sessions have left behind."""
        while True:
            await asyncio.sleep(WATCH_S)
            before = self._live()
            try:
                # Who came or went while the journal was read has left nothing behind yet.
                await self._recovery.run(lambda each: each in before or each in self._live())  # noqa: B023
            except RayError:
                log.exception("calls of dead sessions could not be completed; trying again")

    def _live(self) -> set[str]:
        return {session_id for _handle, session_id in self._claimed.values()}

    async def _recover(self) -> None:
        for name, session_id in cast("dict[str, str]", await self._redis.hgetall(_CLAIMED)).items():
            try:
                handle = ray.get_actor(name, NAMESPACE)
            except ValueError:
                await self._redis.hdel(_CLAIMED, name)
                continue
            self._claimed[name] = (handle, session_id)
            record = await self._directory.get(session_id)
            if record is not None:
                await self._placement.found(handle, record.host)


def _bury(handle: ActorHandle[Any]) -> None:
    with contextlib.suppress(ValueError, RayActorError):
        ray.kill(handle, no_restart=True)


async def _vitals_of(handle: ActorHandle[Any]) -> dict[str, Any] | None:
    """How an actor fares: empty when it is out of reach for a moment or busy, None when it is dead."""
    try:
        return await within(10.0, handle.vitals.remote())
    except (ActorUnavailableError, TimeoutError):
        return {}
    except RayActorError:
        return None
