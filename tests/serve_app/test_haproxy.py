"""HAProxy: its binary really runs here, and what Ray is told about it."""

from __future__ import annotations

import stat
from importlib.util import find_spec
from pathlib import Path

import pytest

from config.settings import Settings
from serve_app.haproxy import choose_proxy, haproxy_environment, haproxy_usable


def test_the_bundled_binary_runs():
    assert haproxy_usable() is None


def test_a_binary_that_does_not_run_means_a_warning_and_the_default_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
):
    fake = tmp_path / "haproxy"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("RAY_SERVE_HAPROXY_BINARY_PATH", str(fake))
    proxy = choose_proxy(settings)
    assert proxy.mode == "default"
    assert proxy.warning is not None
    assert "does not run" in proxy.warning
    monkeypatch.setenv("RAY_SERVE_HAPROXY_BINARY_PATH", str(tmp_path / "missing"))
    assert "no HAProxy binary" in str(choose_proxy(settings).warning)


def test_it_can_be_switched_off(settings: Settings):
    off = choose_proxy(settings.model_copy(update={"haproxy": "off"}))
    assert off.mode == "default"
    assert "HERO365_HAPROXY=off" in str(off.warning)
    assert choose_proxy(settings).mode == "haproxy"


def test_a_reload_outlives_every_conversation(settings: Settings):
    long = settings.model_copy(update={"max_duration_s": 7200.0, "grace_s": 120.0})
    environment = haproxy_environment(long)
    assert environment["RAY_SERVE_ENABLE_HA_PROXY"] == "1"
    assert environment["RAY_SERVE_THROUGHPUT_OPTIMIZED"] == "1"
    assert int(environment["RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S"]) >= 7320
    assert int(environment["RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S"]) >= 7320
    assert int(haproxy_environment(settings)["RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S"]) >= 3720


def test_ray_reads_each_of_these_variables(settings: Settings):
    ray = find_spec("ray")  # found, not imported: Ray freezes these variables when it is
    assert ray is not None
    assert ray.origin is not None
    source = (Path(ray.origin).parent / "serve/_private/constants.py").read_text()
    for name in haproxy_environment(settings):
        assert f'"{name}"' in source, f"{name} means nothing to this version of Ray"


def test_socket_paths_are_short_and_differ_by_server(settings: Settings):
    one = haproxy_environment(settings)["RAY_SERVE_HAPROXY_SOCKET_PATH"]
    other = haproxy_environment(settings.model_copy(update={"http_port": 8001}))[
        "RAY_SERVE_HAPROXY_SOCKET_PATH"
    ]
    assert one != other
    assert max(len(one), len(other)) < 100
