"""Letters, real servers to send them to, and dispatchers whose time is the world's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.mail_server import MailServer, make_certificate
from tests.support.webhook_server import WebhookServer

SECRET = "whsec_c2l4dGVlbi1ieXRlcy1vZi1rZXkh"
KEY = b"sixteen-bytes-of-key!"
NOW = datetime(2026, 5, 13, 20, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def hook() -> Iterator[WebhookServer]:
    server = WebhookServer(KEY)
    server.start()
    yield server
    server.stop()
