"""A short run of ``make chaos-provider``: everything fails at random, and no turn is lost, nothing done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos_provider.__main__ import run


@pytest.mark.parametrize(("count", "spoken", "rate"), [(6, 2, 0.2), (2, 0, 1.0)])
async def test_no_turn_is_lost_and_nothing_done_twice(
    tmp_path: Path, count: int, spoken: int, rate: float
) -> None:
    figures = await run(count, spoken, at_once=4, rate=rate, seed=5, folder=tmp_path)
    assert figures.turns >= 4 * count - 2 * spoken
    assert figures.lost == []
    assert figures.doubled == []
    assert figures.missing == []
    assert figures.unasked == []
    assert sum(figures.stepped_in.values()) > 0
