"""A real SMTP server on this machine: keeps what it is given, refuses what a test says, in a thread of its own."""

from __future__ import annotations

import email
import email.policy
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """What arrived; ``answer`` decides about each message (None takes it)."""

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuse_recipient: str | None = None
    answer: Callable[[EmailMessage], str | None] = lambda _message: None

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's hook)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.refuse_recipient is not None:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        message: Any = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        refusal = self.answer(message)
        if refusal is not None:
            return refusal
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        line: Any = server.transport
        self.encrypted.append(line.get_extra_info("ssl_object") is not None)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        del server, session, envelope, mechanism
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    @property
    def ids(self) -> list[str]:
        """Message-IDs in the order of arrival."""
        return [str(each["Message-ID"]) for each in self.messages]


@dataclass
class MailServer:
    """The server; ``certificate`` (a PEM file with key) makes it offer or demand TLS."""

    box: Mailbox = field(default_factory=Mailbox)
    certificate: Path | None = None
    tls: str = "none"
    needs_login: bool = False
    controller: Controller | None = None

    @property
    def port(self) -> int:
        assert self.controller is not None
        assert self.controller.server is not None
        return int(self.controller.server.sockets[0].getsockname()[1])

    def start(self) -> None:
        options: dict[str, Any] = {}
        if self.certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate)
            options["ssl_context" if self.tls == "tls" else "tls_context"] = context
        if self.needs_login:
            options |= {
                "authenticator": self.box.authenticate,
                "auth_required": self.tls != "tls",
                "auth_require_tls": self.tls != "tls",  # the whole line is encrypted there
            }
        self.controller = _AnyPort(self.box, hostname="127.0.0.1", port=0, **options)
        self.controller.start()

    def stop(self) -> None:
        assert self.controller is not None
        self.controller.stop()


class _AnyPort(Controller):
    """A controller on a port that the system picks."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def make_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 signed by itself, with its key, in one PEM file."""
    path = folder / "server.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key"), "-out", str(folder / "crt"),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    path.write_text((folder / "key").read_text() + (folder / "crt").read_text())
    return path
