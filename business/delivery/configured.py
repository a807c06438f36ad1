"""The channels and rules that the settings ask for. Builds only; opens no connection until something is delivered."""

from __future__ import annotations

import time

from pydantic import SecretStr

from business.delivery.channels import Channels
from business.delivery.dispatcher import Rules
from business.delivery.signing import SignedPost
from business.delivery.sms import SmsGateway
from business.delivery.smtp import SmtpChannel, SmtpServer
from business.delivery.webhook import WebhookChannel
from business.entities.activities import QuietHours
from config.delivery import DeliverySettings


def channels_of(settings: DeliverySettings) -> Channels:
    """A channel for each that is set."""
    email = sms = webhook = None
    if settings.smtp_host and settings.smtp_from:
        server = SmtpServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_from,
            settings.smtp_tls,
            settings.smtp_username,
            settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        )
        email = SmtpChannel(server)
    if settings.webhook_url and settings.webhook_secret:
        webhook = WebhookChannel(_post(settings.webhook_url, settings.webhook_secret))
    if settings.sms_gateway_url and settings.sms_gateway_secret:
        sms = SmsGateway(_post(settings.sms_gateway_url, settings.sms_gateway_secret))
    return Channels(email, sms, webhook)


def rules_of(settings: DeliverySettings) -> Rules:
    """The rules with the quiet hours that are set."""
    return Rules(quiet_hours=QuietHours(*settings.quiet_times))


def _post(url: str, secret: SecretStr) -> SignedPost:
    return SignedPost(url, secret.get_secret_value(), time.time)
