from __future__ import annotations

import io
from array import array
from pathlib import Path

import numpy as np
from rich.console import Console

from config.settings import Settings
from hero365_client import Player
from serve_app.cli.private import private_environment, private_settings
from serve_app.cli.progress import StartProgress
from serve_app.cli.recording import stereo
from serve_app.cli.waterfall import TurnTimes, bars_of, draw
from serve_app.ports import free_ports, own_serve_ports

SPANS = {
    "endpointing_ms": 400.0,
    "stt_ms": 90.0,
    "llm_ms": 20.0,
    "tool_ms": 30.0,
    "tts_ms": 40.0,
    "first_audio_out_ms": 50.0,
}


def test_spans_follow_one_another_and_work_lies_inside_them() -> None:
    main, beside = bars_of(TurnTimes("t", SPANS, 530.0))
    assert [(bar.start, bar.width) for bar in main] == [(0, 400), (400, 20), (420, 30), (450, 50)]
    assert [(bar.span, bar.start, bar.width) for bar in beside] == [("stt_ms", 310, 90), ("tts_ms", 450, 40)]


def test_missing_spans_take_no_room() -> None:
    main, beside = bars_of(TurnTimes("t", {"llm_ms": 10.0}, 100.0))
    assert [bar.width for bar in main] == [0, 10, 0, 0]
    assert [bar.width for bar in beside] == [0, 0]


def test_the_picture_is_a_png_with_a_row_a_turn(tmp_path: Path) -> None:
    draw(tmp_path / "one.png", [TurnTimes("book", SPANS, 530.0)])
    draw(tmp_path / "three.png", [TurnTimes(name, SPANS, 530.0) for name in ("a", "b", "c")])
    heights = [
        int.from_bytes((tmp_path / name).read_bytes()[20:24], "big") for name in ("one.png", "three.png")
    ]
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert heights[1] > heights[0]
    draw(tmp_path / "none.png", [])
    assert not (tmp_path / "none.png").exists()


def test_both_sides_of_a_recording_lie_on_one_clock() -> None:
    player = Player(10.0, 24_000)
    player.receive("a", array("h", [9000] * 2400).tobytes(), 11.001)  # played from 11.02
    player.advance(13.0)
    mic = np.zeros(32_000, dtype="<i2")  # two seconds from 10.5
    mic[8000:16_000] = 6000  # spoken from 11.0 to 11.5
    both, rate = stereo(mic.tobytes(), 16_000, 10.5, player)
    assert rate == 24_000
    user, heard = both[:, 0], both[:, 1]
    spoken = np.flatnonzero(np.abs(user) > 3000)
    assert abs(spoken[0] - 0.5 * rate) <= 2
    assert abs(spoken[-1] - 1.0 * rate) <= 2
    played = np.flatnonzero(heard)
    assert (played[0], played[-1]) == (round(0.52 * rate), round(0.62 * rate) - 1)


def test_a_private_server_touches_nothing_of_the_environment(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://production/hero")
    monkeypatch.setenv("REDIS_URL", "redis://production:6379")
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    settings = private_settings(tmp_path)
    assert settings.database_url.endswith(f"{tmp_path}/hero365.db")
    assert (settings.redis_url, settings.ray_address, settings.openai_enabled) == (None, None, False)
    for name, value in private_environment(tmp_path, haproxy=False).items():
        monkeypatch.setenv(name, value)
    again = Settings()
    assert again.database_url == settings.database_url
    assert (again.redis_url, again.ray_address, again.openai_enabled) == (None, None, False)
    assert again.haproxy == "off"


def test_free_ports_are_different() -> None:
    assert len(set(free_ports(20))) == 20


def test_serves_inner_ports_are_its_own() -> None:
    ranges = [own_serve_ports() for _ in range(20)]
    firsts = [int(each["RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT"]) for each in ranges]
    lasts = [int(each["RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT"]) for each in ranges]
    assert all(last - first == 99 for first, last in zip(firsts, lasts, strict=True))
    assert all(last < 30_000 for last in lasts)  # Ray's own range begins there
    assert len(set(firsts)) > 1
    fallbacks = {each["RAY_SERVE_FALLBACK_PROXY_HTTP_PORT"] for each in ranges}
    assert "8500" not in fallbacks
    assert len(fallbacks) > 1


def test_progress_prints_finished_steps_only_and_the_urls(tmp_path: Path) -> None:
    out = io.StringIO()
    progress = StartProgress(Console(file=out, width=100))
    with progress:
        progress.report("Redis", None)
        progress.report("Redis", 0.25)
    progress.urls("http://127.0.0.1:8000", Settings(data_dir=tmp_path))
    lines = out.getvalue()
    assert lines.count("Redis") == 1
    assert "Ready after" in lines
    assert "http://127.0.0.1:8000/docs" in lines
