"""Which node of a cluster the next session actor is started on: the one with the fewest for its processors.

Ray itself puts actors that ask for no resource on a node at random, whatever their scheduling strategy. In the cluster
of a single machine there is nothing to choose. Never moves an actor.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import ray
from ray._private.state import state
from ray.actor import ActorHandle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

NodeTable = Sequence[Mapping[str, Any]]


def choose(nodes: NodeTable, sessions: Mapping[str, int], leaving: Collection[str] = ()) -> str | None:
    """The id of the node with the fewest sessions for each processor; None when no node has a processor.

    Args:
        nodes: As ``ray.nodes()`` tells. One that offers Ray no processor (a head node with ``--num-cpus=0``) gets none.
        sessions: Session actors by node id.
        leaving: Ids of nodes that are being drained; they get none.
    """
    staying = [each for each in nodes if each["Alive"] and each["NodeID"] not in leaving]
    able = [(_processors(each), str(each["NodeID"])) for each in staying if _processors(each) > 0]
    if not able:
        return None
    return min(able, key=lambda each: ((sessions.get(each[1], 0) + 1) / each[0], each[1]))[1]


def _processors(node: Mapping[str, Any]) -> float:
    return float(node["Resources"].get("CPU", 0.0))


class Placement:
    """Spreads session actors over the nodes of a cluster that was joined.

    An actor counts for as long as the pool holds its handle.

    Args:
        joined: Whether the cluster is one that was joined.
    """

    def __init__(self, *, joined: bool) -> None:
        self._joined = joined
        self._node_of: weakref.WeakKeyDictionary[ActorHandle[Any], str] = weakref.WeakKeyDictionary()

    async def node(self) -> str | None:
        """The node for an actor that is made next; None leaves it to Ray."""
        if not self._joined:
            return None
        nodes, leaving = await asyncio.to_thread(lambda: (ray.nodes(), state.get_draining_nodes()))
        return choose(nodes, self.sessions, leaving)

    def started(self, handle: ActorHandle[Any], node: str | None) -> None:
        """The actor is made on that node."""
        if node is not None:
            self._node_of[handle] = node

    async def found(self, handle: ActorHandle[Any], host: str) -> None:
        """An actor of an earlier life of the pool listens on ``host``."""
        if not self._joined:
            return
        for each in await asyncio.to_thread(ray.nodes):
            if each["Alive"] and each["NodeManagerAddress"] == host:
                self._node_of[handle] = str(each["NodeID"])
                return

    @property
    def sessions(self) -> dict[str, int]:
        """Session actors by node id, those that are being started and those that wait included."""
        return dict(Counter(self._node_of.values()))


def on_node(node: str | None) -> dict[str, Any]:
    """The options of an actor that belongs on ``node``. Soft affinity would be none: Ray would choose at random."""
    return {} if node is None else {"scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=False)}
