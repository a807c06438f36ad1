from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from config.settings import Settings
from serve_app.cli import checks
from serve_app.cli.checks import Level, Model


def settings(tmp_path: Path, **changes: object) -> Settings:
    return Settings(data_dir=tmp_path / "data", **changes)


def test_too_little_memory_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1e9, total=4e9))
    (found,) = checks.check_memory(settings(tmp_path))
    assert found.level is Level.FAILED
    assert "1.0 GB free" in found.found


def test_a_data_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = checks.check_disk(Settings(data_dir=tmp_path / "file" / "data"))
    assert found[0].level is Level.FAILED


def test_ports_are_looked_at_as_configured(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        found = {c.name: c.level for c in checks.check_ports(settings(tmp_path, haproxy_stats_port=port))}
        assert found["HAProxy statistics port"] is Level.FAILED
        off = checks.check_ports(settings(tmp_path, haproxy="off", haproxy_stats_port=port))
        assert [c.name for c in off] == ["HTTP port"]


def test_the_installed_models_are_found_with_their_size(tmp_path: Path) -> None:
    for found in checks.check_models(settings(tmp_path)):
        assert found.level is Level.OK, found
        assert " MB" in found.found


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Model("recogniser", "no-such-distribution", (".onnx",)), "is not installed"),
        (Model("recogniser", "httpx", (".onnx",)), "carries no model files"),
    ],
)
def test_a_missing_model_fails(
    model: Model, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MODELS", (model,))
    (found,) = checks.check_models(settings(tmp_path))
    assert found.level is Level.FAILED
    assert words in found.found


def test_a_model_that_can_be_done_without_only_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = Model("second recogniser", "no-such-distribution", (".bin",), required=False)
    monkeypatch.setattr(checks, "MODELS", (second,))
    (found,) = checks.check_models(settings(tmp_path))
    assert found.level is Level.WARNING


def test_a_redis_that_does_not_answer_fails_without_its_password(tmp_path: Path) -> None:
    (found,) = checks.check_redis(settings(tmp_path, REDIS_URL="redis://:secret@127.0.0.1:1/0"))
    assert found.level is Level.FAILED
    assert "secret" not in found.found


def test_a_redis_binary_is_enough(tmp_path: Path) -> None:
    (found,) = checks.check_redis(settings(tmp_path, REDIS_URL=None))
    assert found.level is Level.OK


def test_haproxy_turned_off_is_only_a_warning(tmp_path: Path) -> None:
    (found,) = checks.check_haproxy(settings(tmp_path, haproxy="off"))
    assert found.level is Level.WARNING
