"""The actor pool on a real local Ray."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import ray
from ray.exceptions import RayActorError

from actors import pool as pools
from actors.pool import PoolClient, PoolManager, PoolSpec
from conversation.providers import EngineUnavailable
from tests.support.pool_members import Lame, Unborn, Worker

pytestmark = pytest.mark.usefixtures("cluster")

PAIR = PoolSpec("workers", Worker, (2,), 2, 2)


@pytest.fixture(scope="module")
def manager(cluster: None) -> Iterator[Any]:
    """A manager with a pool of two members with two slots each."""
    running = PoolManager.remote(
        [PAIR, PoolSpec("single", Worker, (8,), 1, 1), PoolSpec("unborn", Unborn, (), 1, 1)]
    )
    ray.get(running.start.remote("workers"))
    yield running
    ray.kill(running)


@pytest.fixture
def client(manager: Any) -> PoolClient:
    return PoolClient(manager, "workers")


async def handles(manager: Any, kind: str = "workers") -> list[Any]:
    return (await manager.members.remote(kind))[1]


async def outstanding(manager: Any) -> list[int]:
    loads = [await handle.load.remote() for handle in await handles(manager)]
    return [load["outstanding"] for load in loads]


async def release(manager: Any) -> None:
    for handle in await handles(manager):
        await handle.release.remote()


async def busy(handle: Any, calls: int = 2) -> None:
    for _ in range(2000):
        if (await handle.load.remote())["outstanding"] == calls:
            return
    raise AssertionError(await handle.load.remote())


async def settled(manager: Any, wanted: list[int]) -> None:
    for _ in range(500):
        if sorted(await outstanding(manager)) == wanted:
            return
    raise AssertionError(await outstanding(manager))


async def test_calls_go_to_the_least_loaded_and_a_full_pool_says_so(
    manager: Any, client: PoolClient, monkeypatch: pytest.MonkeyPatch
):
    calls = [asyncio.create_task(client.call("hold", timeout_s=30)) for _ in range(4)]
    await settled(manager, [2, 2])
    reasons: list[str] = []
    monkeypatch.setattr(client.metrics, "refused", reasons.append)
    with pytest.raises(EngineUnavailable, match="busy"):
        await client.call("hold", timeout_s=5)
    assert reasons == ["busy"]
    await release(manager)
    pids = await asyncio.gather(*calls)
    assert sorted(pids.count(pid) for pid in set(pids)) == [2, 2]
    report = (await manager.health.remote())["workers"]
    assert report["status"] == "ok"
    assert report["actors"] == 2


async def test_a_member_that_another_client_has_filled_is_passed_over(manager: Any, client: PoolClient):
    first, _second = await handles(manager)
    held = [first.hold.remote() for _ in range(2)]
    await settled(manager, [0, 2])
    pids = {await client.call("pid", timeout_s=5) for _ in range(4)}
    assert len(pids) == 1, "the full one answers busy at once and the call goes to the other"
    await release(manager)
    assert pids.isdisjoint(await asyncio.gather(*held))


async def test_a_member_that_dies_is_replaced_and_the_call_repeated(manager: Any, client: PoolClient):
    victims = [await handle.pid.remote() for handle in await handles(manager)]
    survivor = await client.call("die", victims[:1], timeout_s=30)
    assert survivor == victims[1]
    both_dead = await client.call("die", victims, timeout_s=30)
    assert both_dead not in victims
    report = (await manager.health.remote())["workers"]
    assert report["replaced"] == 2
    assert report["actors"] == 2


async def test_everybody_waits_for_the_only_members_replacement(manager: Any):
    await manager.start.remote("single")
    clients = [PoolClient(manager, "single") for _ in range(4)]
    victim = await clients[0].call("pid", timeout_s=5)
    answers = await asyncio.gather(
        *(each.call("die", [victim], timeout_s=60) for each in clients), return_exceptions=True
    )
    assert len(set(answers)) == 1
    assert victim not in answers
    assert isinstance(answers[0], int), answers
    assert (await manager.health.remote())["single"]["actors"] == 1


async def test_a_call_that_takes_too_long_is_given_up(manager: Any, client: PoolClient):
    with pytest.raises(EngineUnavailable, match=r"within 0\.3 s"):
        await client.call("hold", timeout_s=0.3)
    assert await client.call("pid", timeout_s=5) > 0
    await release(manager)


async def test_what_a_member_refuses_is_the_callers_to_know(manager: Any, client: PoolClient):
    with pytest.raises(ValueError, match="cannot do that"):
        await client.call("fail", timeout_s=5)
    assert sum([(await handle.load.remote())["failed"] for handle in await handles(manager)]) == 1
    assert await outstanding(manager) == [0, 0]


async def test_a_member_that_cannot_start_is_an_error_of_the_start(manager: Any):
    with pytest.raises(RayActorError):
        await manager.start.remote("unborn")
    assert (await manager.health.remote())["unborn"]["status"] == "down"
    assert (await manager.health.remote())["workers"]["status"] == "ok"


async def test_a_member_without_its_engine_is_a_degraded_pool():
    manager = PoolManager.__ray_metadata__.modified_class([PoolSpec("lame", Lame, (), 1, 1)])
    await manager.start("lame")
    assert (await manager.health())["lame"]["status"] == "degraded"
    assert (await manager.health())["lame"]["code"] == "engine_missing"
    manager._watcher.cancel()
    for member in manager._pools["lame"].members:
        ray.kill(member.handle)


async def test_a_pool_grows_under_load_and_shrinks_when_idle(monkeypatch: pytest.MonkeyPatch):
    # The manager's own class, run here, so that the test decides when it looks.
    monkeypatch.setattr(pools, "_IDLE_POLLS", 3)
    monkeypatch.setattr(pools, "POLL_S", 3600.0)
    manager = PoolManager.__ray_metadata__.modified_class([PoolSpec("workers", Worker, (2,), 1, 2)])
    await manager.start("workers")
    pool = manager._pools["workers"]

    async def look(times: int = 1) -> tuple[int, int]:
        for _ in range(times):
            await manager._poll(pool)
            await manager._scale(pool)
        return len(pool.usable), len(pool.members)

    assert await look(10) == (1, 1), "never below the minimum"
    (first,) = [member.handle for member in pool.members]
    held = [first.hold.remote() for _ in range(2)]
    await busy(first)
    assert await look() == (1, 1), "one look is no load"
    assert await look() == (2, 2)
    version = pool.version
    second = pool.members[1].handle
    held_too = [second.hold.remote() for _ in range(2)]
    await busy(second)
    assert await look(5) == (2, 2), "no further than the maximum"
    await first.release.remote()
    await asyncio.gather(*held)
    pool.members[1].draining = True
    assert await look(2) == (1, 2), "who still works is not ended"
    await second.release.remote()
    await asyncio.gather(*held_too)
    assert await look() == (1, 1)
    await manager._add(pool)
    pool.idle_polls = 0
    assert await look(2) == (2, 2)
    assert await look(4) == (1, 1), "idle"
    assert pool.version > version
    manager._watcher.cancel()
    for member in pool.members:
        ray.kill(member.handle)


async def test_without_a_manager_there_is_nobody(cluster: None):
    manager = PoolManager.remote([])
    ray.kill(manager)
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        await PoolClient(manager, "workers").call("pid", timeout_s=5)
