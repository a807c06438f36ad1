"""E-mail over SMTP. A repeated delivery of a message carries the same Message-ID, so that receivers recognise it.

Never logs an address or a server's words, never sends a password over a line that is not encrypted.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Literal

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPTimeoutError,
)

from business.delivery.channels import DeliveryFailed, Letter

TIMEOUT_S = 20.0
#: Connections to the server at a time.
AT_ONCE = 4

Tls = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server and the account.

    Attributes:
        sender: Address that mail comes from; the business's name stands before it, its own address in Reply-To.
        tls: ``starttls`` (required, not merely tried), ``tls`` from the first byte, or ``none``.
        context: Whom to trust; None takes the machine's authorities.
    """

    host: str
    port: int
    sender: str
    tls: Tls = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    context: ssl.SSLContext | None = None


class SmtpChannel:
    """Delivers letters as plain-text e-mail, one connection each."""

    name = "email"

    def __init__(self, server: SmtpServer, *, timeout_s: float = TIMEOUT_S) -> None:
        if server.tls == "none" and server.password is not None:
            raise ValueError("a password needs an encrypted line")
        self._server = server
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def deliver(self, letter: Letter) -> None:
        """Send it; returns when the server has taken responsibility for it. Raises DeliveryFailed."""
        message = compose(letter, self._server.sender)
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._send(message)
            except (TimeoutError, SMTPTimeoutError) as error:
                raise DeliveryFailed("timeout", retryable=True) from error
            except SMTPException as error:
                raise _failure(error) from error
            except (OSError, ValueError) as error:
                # ValueError: what the server says about itself is no SMTP.
                raise DeliveryFailed("unreachable", retryable=True) from error

    async def _send(self, message: EmailMessage) -> None:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            username=server.username,
            password=server.password,
            tls_context=server.context,
            timeout=self._timeout_s,
        )
        await client.connect()
        try:
            await client.send_message(message)
        finally:
            # The message is delivered or refused by now; how the parting goes changes nothing.
            with contextlib.suppress(SMTPException, OSError):
                await client.quit()
            client.close()


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The e-mail. Raises DeliveryFailed ``bad_address``."""
    try:
        origin = Address(letter.sender, addr_spec=sender)
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = origin
        message["To"] = Address(addr_spec=letter.to)
        if letter.reply_to:
            message["Reply-To"] = Address(letter.sender, addr_spec=letter.reply_to)
    except (ValueError, IndexError) as error:
        raise DeliveryFailed("bad_address", retryable=False) from error
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.id}@{origin.domain}>"
    if letter.created_at is not None:
        message["Date"] = format_datetime(letter.created_at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _failure(error: SMTPException) -> DeliveryFailed:
    """What an SMTP error means: 5xx about the message is final; connection, account and 4xx may be better later."""
    if isinstance(error, SMTPAuthenticationError):
        return DeliveryFailed("smtp_auth", retryable=True)
    if isinstance(error, SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
        return _by_code(max(codes, default=550))
    if isinstance(error, SMTPResponseException):
        return _by_code(error.code)
    if isinstance(error, OSError):  # connecting failed, or the line broke
        return DeliveryFailed("unreachable", retryable=True)
    # The server does not offer what the settings ask for: encryption, or a log-in.
    return DeliveryFailed("smtp_unsupported", retryable=True)


def _by_code(code: int) -> DeliveryFailed:
    return DeliveryFailed(f"smtp_{code}", retryable=not 500 <= code < 600)
