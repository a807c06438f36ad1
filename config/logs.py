"""Logging of every process of the server: one line a record, for people or as JSON, with secrets cut out.

Libraries log what they like, so the finished line is cleaned, whoever wrote it. Never logs audio or transcripts.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from config.settings import Settings

_SECRETS = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"(?i)(bearer\s+|ticket=|token=|resume_token\W+)[^\s&\"',;]+"), r"\1[hidden]"),
    (re.compile(r"\bsk-[\w-]{8,}"), "[key]"),
    (re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@"), r"\1:[hidden]@"),
)
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_QUIET = ("alembic", "picows", "httpx", "httpcore", "openai", "aiosqlite", "websockets", "asyncio")


def redact(text: str) -> str:
    """``text`` without tokens, tickets, keys and the passwords of URLs."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class ConsoleFormatter(logging.Formatter):
    """``12:30:01.123 INFO  ingress serve_app.door  socket refused: ticket_expired  session_id=…``."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line (a trace-back follows on its own lines)."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        extras = "".join(f"  {name}={value}" for name, value in _extras(record).items())
        line = f"{moment} {record.levelname:<7} {self._process} {record.name}  {record.getMessage()}{extras}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return redact(line)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, process, logger, message, then the record's extras."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        body: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        body.update({name: _plain(value) for name, value in _extras(record).items()})
        if record.exc_info:
            body["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(body, ensure_ascii=False, default=str)


def setup_logging(settings: Settings, process: str = "server", stream: TextIO | None = None) -> None:
    """Send the records of this process to ``stream`` (standard error), in the configured form.

    Args:
        settings: For the level and the form.
        process: Which kind of process this is, for example ``ingress`` or ``session``.
        stream: Where to.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    formatter = JsonFormatter if settings.log_format == "json" else ConsoleFormatter
    handler.setFormatter(formatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as ``extra=``."""
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD}


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | bool | None) else redact(str(value))
