from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bench.compare import Called
from bench.report import percentile, print_result, rounded
from bench.samples import external, own_samples
from bench.voice import Findings
from bench.ws import per_message
from hero365_client import TurnRecord


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1.0), (50, 50.0), (95, 95.0), (99.5, 100.0), (100, 100.0)]
)
def test_percentiles_are_values_that_occurred(percent: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == expected


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert percentile([], 50) is None
    assert rounded(None) is None


def test_the_last_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    print_result({"a": 1, "b": {"c": None}})
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"a": 1, "b": {"c": None}}


def test_voice_findings_count_only_what_was_measured() -> None:
    found = Findings()
    found.answered = [TurnRecord(voice_to_voice_ms=500.0), TurnRecord(timed_out=True)]
    found.interrupting = [TurnRecord(voice_to_voice_ms=700.0, barge_in_stop_ms=120.0), TurnRecord()]
    report = found.report()
    assert report["turns"] == 4
    assert (report["measured_turns"], report["measured_interruptions"], report["unanswered"]) == (2, 1, 1)
    assert (report["voice_to_voice_p50_ms"], report["voice_to_voice_p95_ms"]) == (500.0, 700.0)
    assert report["barge_in_stop_p95_ms"] == 120.0


def test_cpu_per_message_is_what_exceeds_idle() -> None:
    busy = {"proxy": 0.5, "ingress": 0.4, "session": 0.9, "other": 3.0}
    measured = per_message(busy, 40.0, {"proxy": 0.05, "session": 0.2, "other": 1.5}, 20.0, 1000)
    assert measured.us_per_message["proxy"] == pytest.approx(400.0)
    assert measured.us_per_message["session"] == pytest.approx(500.0)
    assert measured.us_per_message["other"] == pytest.approx(0.0)
    assert measured.path_us == pytest.approx(1300.0)
    assert measured.idle_percent["session"] == pytest.approx(1.0)


def test_an_external_set_is_joined_with_its_expectations(tmp_path) -> None:
    rows = [
        {"file": "a.flac", "text": "what's my day", "voice": "v"},
        {"file": "b.flac", "text": "what's my day", "voice": "v", "noise_db_snr": 15},
        {"file": "c.flac", "text": "not expected", "voice": "v"},
    ]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "e.json").write_text(json.dumps({"what's my day": {"tool": "get_today_jobs"}}))
    found = external(tmp_path / "c.jsonl", tmp_path / "e.json")
    assert [(each.path.name, each.voice) for each in found] == [("a.flac", "v"), ("b.flac", "v 15 dB")]
    now, zone = datetime.now(UTC), ZoneInfo("UTC")
    assert found[0].judge([Called("get_today_jobs", {}, "")], now, zone).understood
    assert not found[0].judge([Called("get_upcoming_jobs", {}, "")], now, zone).understood


def test_own_samples_that_say_it_come_after_the_booking_of_the_same_voice() -> None:
    for each in own_samples():
        assert bool(each.first) is (each.path.stem.endswith("move_it"))
        assert all(path.name == f"{each.path.name[:3]}_book_job.wav" for path in each.first)
