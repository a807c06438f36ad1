"""HAProxy: its binary really runs here, and what Ray is told about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from config.settings import Settings
from serve_app.haproxy import choose_proxy, haproxy_environment, haproxy_usable
from tests.serve_app.conftest import free_port


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


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this test's own, whose folder is taken away afterwards."""
    port = free_port()
    yield port
    left = Path("/tmp") / f"h365-{os.getuid()}-{port}"  # noqa: S108
    if left.is_dir() and not left.is_symlink():
        left.rmdir()
    else:
        left.unlink()


def folder_of(settings: Settings, port: int) -> Path:
    environment = haproxy_environment(settings.model_copy(update={"http_port": port}))
    folder = Path(environment["RAY_SERVE_HAPROXY_SOCKET_PATH"]).parent
    assert folder.is_dir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    return folder


def test_the_admin_socket_is_private_and_its_path_short(settings: Settings, port: int):
    folder = folder_of(settings, port)
    assert folder == folder_of(settings, port)  # none is left behind at each start
    assert len(str(folder)) <= 107 - len("/" + "0" * 56 + "/admin.sock.1234567.tmp")


def test_a_folder_that_is_not_private_is_not_used(settings: Settings, port: int, tmp_path: Path):
    taken = Path("/tmp") / f"h365-{os.getuid()}-{port}"  # noqa: S108
    taken.mkdir(mode=0o755)
    other = folder_of(settings, port)
    assert other != taken
    other.rmdir()
    taken.rmdir()
    taken.symlink_to(tmp_path)
    another = folder_of(settings, port)
    assert another.resolve() == another
    another.rmdir()
    taken.unlink()
    taken.write_text("a file")
    one_more = folder_of(settings, port)
    assert one_more != taken
    one_more.rmdir()
