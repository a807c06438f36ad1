"""Logs: the two forms, and no secret in either."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import jwt
import pytest

from config.logs import redact, setup_logging
from config.settings import Settings

TOKEN = jwt.encode({"sub": "u"}, "k" * 40, algorithm="HS256")


@pytest.fixture(autouse=True)
def restored_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _logged(tmp_path: Path, form: Literal["console", "json"], level: str = "INFO") -> io.StringIO:
    stream = io.StringIO()
    setup_logging(Settings(data_dir=tmp_path, log_format=form, log_level=level), "ingress", stream)
    return stream


def test_json_has_one_object_a_line(tmp_path: Path):
    stream = _logged(tmp_path, "json")
    logging.getLogger("some.module").warning("it is %d", 5, extra={"session_id": "s1", "turn": 2})
    body = json.loads(stream.getvalue())
    assert body["level"] == "WARNING"
    assert body["process"] == "ingress"
    assert body["logger"] == "some.module"
    assert body["message"] == "it is 5"
    assert (body["session_id"], body["turn"]) == ("s1", 2)


def test_console_is_one_line_with_the_extras(tmp_path: Path):
    stream = _logged(tmp_path, "console")
    logging.getLogger("some.module").info("hello", extra={"session_id": "s1"})
    assert stream.getvalue().count("\n") == 1
    assert "INFO" in stream.getvalue()
    assert stream.getvalue().endswith("ingress some.module  hello  session_id=s1\n")


def test_the_level_is_honoured(tmp_path: Path):
    stream = _logged(tmp_path, "console", "ERROR")
    logging.getLogger("some.module").warning("quiet")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_secret_is_written(tmp_path: Path, form: Literal["console", "json"]):
    stream = _logged(tmp_path, form)
    logger = logging.getLogger("some.module")
    logger.info("GET /ws/x?ticket=%s&a=1", TOKEN, extra={"url": "redis://me:hunter2@cache:6379"})
    logger.info("Authorization: Bearer opaque-token-123")
    logger.info("key sk-abcdefghijkl")
    try:
        raise RuntimeError("postgresql://me:hunter2@db/x refused " + TOKEN)
    except RuntimeError:
        logger.exception("failed")
    written = stream.getvalue()
    for secret in (TOKEN, "hunter2", "opaque-token-123", "sk-abcdefghijkl"):
        assert secret not in written
    assert "RuntimeError" in written


def test_redaction_leaves_the_rest_alone():
    assert redact("ticket_expired for session s1 at http://host:8000/x") == (
        "ticket_expired for session s1 at http://host:8000/x"
    )
