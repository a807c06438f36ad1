"""Settings of delivery: how reminders, invoices and estimates leave the house. A part of ``config.settings.Settings``.

What is set halfway is refused at the start: a mail account without its password would fail only in the night.
"""

from __future__ import annotations

import base64
import re
from datetime import time
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

_ADDRESS = r"^[^@\s<>]+@[^@\s<>]+$"
_QUIET = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


class DeliverySettings(BaseSettings):
    """The ways out of the house; none has to be set."""

    smtp_host: str | None = Field(None, description="Mail server. Empty: no e-mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="TCP port of the mail server.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the line to the mail server is encrypted."
    )
    smtp_username: str | None = Field(None, description="Account at the mail server. Empty: no log-in.")
    smtp_password: SecretStr | None = Field(None, description="Password of that account.")
    smtp_from: str | None = Field(
        None, pattern=_ADDRESS, description="Address that mail comes from, in each business's name."
    )
    webhook_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Receiver of notifications for users in no conversation. Empty: none.",
    )
    webhook_secret: SecretStr | None = Field(
        None, min_length=24, description="Signs them (Standard Webhooks); text, or whsec_ and base64."
    )
    sms_gateway_url: str | None = Field(
        None, pattern=r"^https?://", description="Receiver of text messages to send. Empty: none is sent."
    )
    sms_gateway_secret: SecretStr | None = Field(
        None, min_length=24, description="Signs them, as HERO365_WEBHOOK_SECRET does."
    )
    quiet_hours: str = Field(
        "21:00-07:00",
        description="Local hours of a business without reminders and text messages, as 21:00-07:00, or off.",
    )

    @property
    def quiet_times(self) -> tuple[time, time]:
        """Begin and end of the quiet hours; equal when there are none."""
        found = _QUIET.fullmatch(self.quiet_hours)
        if found is None:
            return time(0), time(0)
        first, second, third, fourth = map(int, found.groups())
        return time(first, second), time(third, fourth)

    @field_validator("quiet_hours", mode="after")
    @classmethod
    def _two_times(cls, value: str) -> str:
        value = value.strip().lower()
        found = _QUIET.fullmatch(value)
        numbers = [int(part) for part in found.groups()] if found else [24]
        if value != "off" and not (max(numbers[::2]) < 24 and max(numbers[1::2], default=60) < 60):
            raise ValueError("two times such as 21:00-07:00, or off")
        return value

    @field_validator("webhook_secret", "sms_gateway_secret", mode="after")
    @classmethod
    def _usable_key(cls, value: SecretStr | None) -> SecretStr | None:
        secret = value.get_secret_value() if value else ""
        if secret.startswith("whsec_"):
            try:
                base64.b64decode(secret.removeprefix("whsec_"), validate=True)
            except ValueError:
                raise ValueError("text of 24 characters or more, or whsec_ followed by base64") from None
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp_host is not None and self.smtp_from is None:
            raise ValueError("HERO365_SMTP_FROM: must be set when HERO365_SMTP_HOST is")
        if (self.smtp_username is None) != (self.smtp_password is None):
            missing = "PASSWORD" if self.smtp_password is None else "USERNAME"
            raise ValueError(f"HERO365_SMTP_{missing}: must be set too, or neither of name and password")
        if self.smtp_tls == "none" and self.smtp_password is not None:
            raise ValueError("HERO365_SMTP_TLS: must not be none when a password is sent")
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError("HERO365_WEBHOOK_SECRET: must be set when HERO365_WEBHOOK_URL is")
        if self.sms_gateway_url is not None and self.sms_gateway_secret is None:
            raise ValueError("HERO365_SMS_GATEWAY_SECRET: must be set when HERO365_SMS_GATEWAY_URL is")
        return self
