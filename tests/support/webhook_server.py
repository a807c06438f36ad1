"""A real HTTP server on this machine that checks the signature of what it is sent, and answers as a test says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the server says: status, headers, and a body (``endless``: one that never stops)."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    hang: threading.Event | None = None


@dataclass
class WebhookServer:
    """Requests whose signature holds are kept in ``received``; others are answered with 401."""

    key: bytes
    answers: list[Answer] = field(default_factory=list)
    received: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    forged: int = 0
    paths: list[str] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.received]

    def start(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.handle(self)

            def log_message(self, format: str, *args: Any) -> None:
                del format, args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["content-length"]))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.paths.append(request.path)
        if not self.is_signed(headers, body):
            self.forged += 1
            request.send_response(401)
            request.end_headers()
            return
        self.received.append((headers, json.loads(body)))
        answer = self.answers.pop(0) if self.answers else Answer()
        if answer.hang is not None:
            answer.hang.wait(30)
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        request.end_headers()
        try:
            while answer.endless:
                request.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        """As the specification of Standard Webhooks tells a receiver to check."""
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        offered = [each.partition(",") for each in headers["webhook-signature"].split()]
        return any(version == "v1" and hmac.compare_digest(value, expected) for version, _, value in offered)
