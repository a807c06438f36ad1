"""Shared fixtures: the one server (and with it the one Ray cluster) and the one PostgreSQL of a test run."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support import postgres as postgres_support

if TYPE_CHECKING:
    from serve_app.launcher import Server


# In CI the examples are the same each time, so that a failure is the change's and can be repeated.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("own", deadline=None)
settings.load_profile("ci" if postgres_support.is_ci() else "own")


def free_port() -> int:
    """A TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the one server is a test of the server."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()):
            item.add_marker("server")


def pytest_report_header() -> str:
    return postgres_support.report()


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_support.PostgresServer]:
    """A PostgreSQL server of our own; started when the first test asks for it."""
    with postgres_support.running_server() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole server on its embedded defaults, in a folder of its own, on free ports."""
    from config.settings import Settings
    from serve_app.launcher import Server

    settings = Settings(  # pyright: ignore[reportCallIssue]
        data_dir=tmp_path_factory.mktemp("hero365"),
        http_port=free_port(),
        haproxy_stats_port=free_port(),
        haproxy_metrics_port=free_port(),
        max_sessions=4,
        warm_sessions=1,
        grace_s=4.0,
        starts_per_minute=10_000,
        log_level="WARNING",
    )
    running = Server(settings)
    running.start()
    try:
        yield running
    finally:
        running.stop()
