from __future__ import annotations

import itertools

import pytest

from conversation.fillers import Fillers


@pytest.mark.parametrize("changes", [None, True, False])
def test_no_filler_comes_twice_in_a_row(changes: bool | None):
    fillers = Fillers("seed")
    said = [fillers.next(number % 2, changes=changes) for number in range(30)]
    assert all(one != other for one, other in itertools.pairwise(said))
    assert len(set(said)) >= 4


def test_none_says_that_something_is_done():
    said = {Fillers(str(seed)).next(0, changes=True) for seed in range(30)}
    assert not [each for each in said if "done" in each.lower() or "created" in each.lower()]
