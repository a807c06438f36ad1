"""The Ray that the tests of actors use: the cluster of the run's one server, since a process can have only one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from serve_app.launcher import Server


@pytest.fixture(scope="session")
def cluster(server: Server) -> None:
    """Ray is connected."""
    del server
