"""The arithmetic of a load test: what counts, what is held, and what a report says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.load.compare import differences, read_report
from bench.load.findings import Findings, over_time
from bench.load.lags import lag_of
from bench.load.page import write_report
from bench.load.plan import BadPlan, Plan
from bench.load.processes import Sample, kind_of

PLAN = Plan(sessions=2, hold_s=300.0)


def turn(at: float = 110.0, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "turn", "at": at, "line": "slt_day_overview", "said_s": 2.0, "tool": "get_today_jobs", "plain": True,
        "verified": True, "tool_ok": True, "errors": [], "voice_to_voice_ms": 800.0, "in_ms": 4.0,
        "mark": "mark aaaaab", "audio_at": at + 0.5, **changes,
    }  # fmt: skip


def found(*told: dict[str, Any]) -> Findings:
    findings = Findings(PLAN, list(told), window=(100.0, 400.0))
    findings.spoken = {"mark aaaaab": 110.494}
    return findings


def held() -> Findings:
    return found(*(turn(110.0 + number * 10) for number in range(12)))


def test_the_share_of_talk_is_that_of_the_hold():
    findings = found(*(turn(110.0 + number * 10) for number in range(12)), turn(50.0))
    assert findings.talking == pytest.approx(12 * 2.0 / 300 / 2)


def test_what_adds_is_from_the_models_first_audio_to_the_callers_and_the_ping():
    findings = found(turn())
    assert findings.added_out_ms == [pytest.approx(6.0)]
    assert findings.added_in_ms == [4.0]
    assert findings.failures() == [f"{0.1:.2f} verified turns a minute and caller instead of 1"]


def test_a_good_run_is_held():
    findings = held()
    findings.spoken = {}
    assert findings.failures() == []
    assert findings.report()["held"] is True


def test_turns_outside_the_hold_and_interrupted_ones_are_not_measured():
    findings = found(turn(50.0), turn(plain=False, in_ms=900.0))
    assert findings.added_ms == []
    assert "added p50 was not measured" in findings.failures()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda f: f.told.append({"kind": "error", "at": 1.0, "what": "event: x"}), "1 × event: x"),
        (lambda f: f.told.append(turn(errors=["no answer"], verified=False)), "1 × turn: no answer"),
        (lambda f: f.told.extend(turn(in_ms=200.0) for _ in range(20)), "added p50 200.0 ms instead of 10"),
        (
            lambda f: f.told.append({"kind": "generator", "at": 120.0, "late_p99_ms": 50.0}),
            "the generator itself was 50 ms late",
        ),
        (lambda f: setattr(f, "reminders", 3), "3 reminders in the books instead of 0"),
        (
            lambda f: f.samples.extend(
                Sample(at, {"sessions": 0.0}, {"sessions": size}, {"sessions": 2})
                for at, size in ((100.0, 80.0), (160.0, 100.0))
            ),
            "memory of the sessions grew by 25%",
        ),
    ],
)
def test_what_spoils_a_run_is_said(spoil: Any, reason: str):
    findings = held()
    findings.spoken = {}
    spoil(findings)
    assert reason in findings.failures()


def test_a_write_that_was_told_must_be_in_the_books_and_one_that_was_not_may_be():
    findings = found(turn(tool="set_reminder"), turn(tool="set_reminder", tool_ok=False))
    assert findings.writes() == (1, 1)
    for count, is_right in ((0, False), (1, True), (2, True), (3, False)):
        findings.reminders = count
        assert any("reminders" in reason for reason in findings.failures()) is not is_right


def test_processor_time_by_kind_counts_what_died():
    findings = held()
    findings.samples = [
        Sample(100.0, {"sessions": 1.0, "haproxy": 0.0}, {"sessions": 80.0}, {"sessions": 2}),
        Sample(150.0, {"sessions": 2.0, "haproxy": 0.5}, {}, {"sessions": 2}),
    ]
    assert findings.cpu_pct() == {"haproxy": 1.0, "sessions": 2.0}
    assert findings.report()["cpu_pct_per_session"] == 1.5
    assert findings.report()["pss_mb_per_session"] == 40.0


def test_over_time_is_in_steps():
    series = over_time([turn(100.0), turn(101.0, in_ms=8.0), turn(112.0, in_ms=None)], "in_ms", 10.0)
    assert series == {"at": [0.0], "p50": [4.0], "p95": [8.0]}


def test_kinds_of_processes():
    assert kind_of("ray::SessionActor.run") == "sessions"
    assert kind_of("ray::ServeReplica:hero365-voice:Ingress") == "ingress"
    assert kind_of("/usr/bin/haproxy -f x") == "haproxy"
    assert kind_of("/site-packages/ray/core/raylet") == "ray"
    assert kind_of(".venv/bin/python .venv/bin/hero365 up") == "launcher"
    assert kind_of("/bin/true") == "other"


def test_reports_are_written_and_compared(tmp_path: Path):
    page, data = write_report(held(), tmp_path, "one")
    text = page.read_text()
    assert text.count("<svg") == 3
    assert "http://" not in text.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    rows = differences(read_report(data), read_report(data) | {"turns": 24})
    assert ["turns", 12, 24, "+100 %"] in rows
    with pytest.raises(BadPlan):
        read_report(page)
    with pytest.raises(BadPlan):
        read_report(tmp_path / "missing.json")


@pytest.mark.parametrize(
    "wrong", [{"sessions": 0}, {"packet_ms": 25}, {"hold_s": 0.0}, {"llm_ms": -1}, {"ramp_s": -1.0}]
)
def test_plans_that_cannot_be_carried_out_are_refused(wrong: dict[str, Any]):
    with pytest.raises(BadPlan):
        Plan(**wrong)


def test_event_loop_lag_is_the_worst_of_the_hold_by_kind(tmp_path: Path):
    def told(at: float, sessions: float, **more: Any) -> dict[str, Any]:
        return lag_of({"sessions": {"active": 2, "loop_lag_ms": {"max": 99.0, "p99": sessions}}, **more}, at)

    findings = held()
    findings.told += [
        told(50.0, 80.0),  # before the hold
        told(110.0, 2.5),
        told(115.0, 4.5, ingress={"loop_lag_ms": {"max": 3.0, "p99": 1.5}}),
        lag_of({"sessions": {"active": 0, "loop_lag_ms": {}}, "ingress": {}}, 120.0),
    ]
    assert findings.report()["loop_lag_p99_ms"] == {"sessions": 4.5, "ingress": 1.5}
    page, _data = write_report(findings, tmp_path, "lag")
    assert "Event-loop lag" in page.read_text()
    assert "<td>4.5</td>" in page.read_text()
