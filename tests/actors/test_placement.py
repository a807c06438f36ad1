"""Which node the next session actor goes to."""

from __future__ import annotations

from typing import Any

import pytest

from actors.placement import Placement, choose, on_node


def node(name: str, processors: float = 2.0, *, alive: bool = True) -> dict[str, Any]:
    return {"NodeID": name, "Alive": alive, "Resources": {"CPU": processors} if processors else {}}


def test_the_node_with_the_fewest_for_its_processors_is_next() -> None:
    nodes = [node("small", 2.0), node("large", 6.0)]
    sessions: dict[str, int] = {}
    for _ in range(40):
        chosen = choose(nodes, sessions)
        assert chosen is not None
        sessions[chosen] = sessions.get(chosen, 0) + 1
    assert sessions == {"small": 10, "large": 30}


@pytest.mark.parametrize("other", [node("b", 0), node("b", alive=False)])
def test_the_dead_and_those_without_processors_get_none(other: dict[str, Any]) -> None:
    assert choose([node("a"), other], {"a": 50}) == "a"
    assert choose([other], {}) is None


def test_a_node_that_is_drained_gets_none() -> None:
    assert choose([node("a"), node("b")], {"a": 50}, leaving={"b": 0}) == "a"
    assert choose([node("b")], {}, leaving={"b": 0}) is None


async def test_on_one_machine_there_is_nothing_to_choose() -> None:
    alone = Placement(joined=False)
    assert await alone.node() is None
    assert on_node(None) == {}
    assert alone.sessions == {}
