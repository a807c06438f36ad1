"""The load test on a server of its own, for seconds: callers are answered, and what they were told is in the books."""

from __future__ import annotations

import pytest

from bench.load.plan import Plan
from bench.load.run import measure

pytestmark = [pytest.mark.server, pytest.mark.timeout(400)]


async def test_a_few_callers_are_held() -> None:
    plan = Plan(sessions=3, ramp_s=2.0, settle_s=1.0, hold_s=30.0, packet_ms=64, barge_every=2, drop_every=3)
    found = await measure(plan)
    assert dict(found.errors) == {}
    turns = found.of("turn", held=False)
    assert len(turns) >= 4
    assert all(turn["verified"] for turn in turns if turn["plain"])
    assert found.of("barge", held=False)
    assert found.of("resume", held=False)
    assert found.added_in_ms
    assert found.added_out_ms
    told, unsure = found.writes()
    assert found.reminders is not None
    assert 1 <= told <= found.reminders <= told + unsure
    assert found.report()["pss_mb"]["sessions"] > 0
    assert {"sessions", "ingress"} <= set(found.report()["loop_lag_p99_ms"])
