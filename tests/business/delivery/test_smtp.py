"""E-mail to a real SMTP server: what arrives, over which line, and what each refusal means."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from business.delivery.channels import DeliveryFailed
from business.delivery.smtp import SmtpChannel, SmtpServer
from tests.business.delivery.letters import letter
from tests.conftest import free_port
from tests.support.mail_server import MailServer

SENDER = "post@hero.example"


def channel(mail: MailServer, **more: object) -> SmtpChannel:
    return SmtpChannel(SmtpServer("127.0.0.1", mail.port, SENDER, **{"tls": "none", **more}), timeout_s=5)  # type: ignore[arg-type]


@pytest.fixture(params=["starttls", "tls"])
def guarded(request: pytest.FixtureRequest, certificate: Path) -> Iterator[MailServer]:
    server = MailServer(certificate=certificate, tls=request.param, needs_login=True)
    server.start()
    yield server
    server.stop()


async def test_a_letter_arrives_in_the_business_name(mail: MailServer) -> None:
    await channel(mail).deliver(letter(subject="Invoice für Müller", sender='One "Best" Plumbing, Inc.'))
    (message,) = mail.box.messages
    assert mail.box.recipients == ["nora@client.example"]
    assert message["From"].addresses[0].addr_spec == SENDER
    assert message["From"].addresses[0].display_name == 'One "Best" Plumbing, Inc.'
    assert message["Reply-To"].addresses[0].addr_spec == "office@one.example"
    assert message["Subject"] == "Invoice für Müller"
    assert message["Message-ID"] == "<0123456789abcdef@hero.example>"
    assert message["Date"].datetime == letter().created_at
    assert message.get_content().splitlines() == ["Hello Nora,", "", "here is invoice INV-000031."]


async def test_delivering_again_repeats_the_message_id(mail: MailServer) -> None:
    out = channel(mail)
    await out.deliver(letter())
    await out.deliver(letter())
    await out.deliver(letter(id="another"))
    first, second, third = mail.box.ids
    assert first == second != third


async def test_encrypted_and_logged_in(guarded: MailServer, certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    more = {"tls": guarded.tls, "username": "me", "context": trust}
    await channel(guarded, password="right", **more).deliver(letter())
    assert guarded.box.encrypted == [True]
    assert guarded.box.logins == [(b"me", b"right")]
    with pytest.raises(DeliveryFailed) as wrong:
        await channel(guarded, password="wrong", **more).deliver(letter())
    assert (wrong.value.code, wrong.value.retryable) == ("smtp_auth", True)
    assert len(guarded.box.messages) == 1


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(guarded: MailServer) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await channel(guarded, tls=guarded.tls, username="me", password="right").deliver(letter())
    assert caught.value.code == "unreachable"
    assert guarded.box.logins == []


async def test_a_server_without_starttls_gets_neither_password_nor_letter(mail: MailServer) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await channel(mail, tls="starttls", username="me", password="right").deliver(letter())
    assert (caught.value.code, caught.value.retryable) == ("smtp_unsupported", True)
    assert mail.box.messages == []
    with pytest.raises(ValueError, match="encrypted"):
        channel(mail, tls="none", username="me", password="right")


@pytest.mark.parametrize(
    ("refusal", "code", "retryable"),
    [("451 greylisted", "smtp_451", True), ("554 spam", "smtp_554", False)],
)
async def test_what_a_refusal_of_the_message_means(
    mail: MailServer, refusal: str, code: str, retryable: bool
) -> None:
    mail.box.answer = lambda _message: refusal
    with pytest.raises(DeliveryFailed) as caught:
        await channel(mail).deliver(letter())
    assert (caught.value.code, caught.value.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("refusal", "code", "retryable"),
    [("450 mailbox busy", "smtp_450", True), ("550 no such user", "smtp_550", False)],
)
async def test_what_a_refusal_of_the_recipient_means(
    mail: MailServer, refusal: str, code: str, retryable: bool
) -> None:
    mail.box.refuse_recipient = refusal
    with pytest.raises(DeliveryFailed) as caught:
        await channel(mail).deliver(letter())
    assert (caught.value.code, caught.value.retryable) == (code, retryable)


async def test_nobody_listens() -> None:
    out = SmtpChannel(SmtpServer("127.0.0.1", free_port(), SENDER, tls="none"), timeout_s=5)
    with pytest.raises(DeliveryFailed) as caught:
        await out.deliver(letter())
    assert (caught.value.code, caught.value.retryable) == ("unreachable", True)


@pytest.mark.parametrize("to", ["", "nobody", "a@b\r\nBcc: x@y.example", "a b@c.example"])
async def test_an_address_that_is_none_never_reaches_the_server(mail: MailServer, to: str) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await channel(mail).deliver(letter(to=to))
    assert (caught.value.code, caught.value.retryable) == ("bad_address", False)
    assert mail.box.messages == []
