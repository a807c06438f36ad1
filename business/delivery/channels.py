"""What a channel of delivery is: it takes one rendered message to one address, or says why not.

Plain values and a protocol; no channel is implemented here, and nothing here decides when or where to deliver.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, rendered for one address.

    Attributes:
        id: Opaque, the same at every delivery of this message, unlike any other message's of any business.
        kind: As in the outbox ("reminder", "invoice", …).
        to: Address on the channel: e-mail address, E.164 number, or user id for a webhook.
        sender: The business's name, as the recipient knows it.
        reply_to: The business's own e-mail address.
        business_id: For the operator's own webhook only; never part of a text.
    """

    id: str
    kind: str
    to: str
    subject: str
    text: str
    sender: str
    reply_to: str | None
    business_id: str
    created_at: datetime | None


class DeliveryFailed(Exception):  # noqa: N818  (named as the code reads)
    """A channel did not take a message.

    Attributes:
        code: Stable, shown to operators; never holds an address or a server's own words.
        retryable: Whether the same message may go through later.
        retry_after_s: When the receiver asked for a pause, its length in seconds.
    """

    def __init__(self, code: str, *, retryable: bool, retry_after_s: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class Channel(Protocol):
    """One way out of the house."""

    @property
    def name(self) -> str:
        """Stable name: email, sms or webhook."""
        ...

    async def deliver(self, letter: Letter) -> None:
        """Hand the letter over; returns when the other side has taken it. Raises DeliveryFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels that are configured; None where one is not."""

    email: Channel | None = None
    sms: Channel | None = None
    webhook: Channel | None = None


def letter_id(business_id: str, message_id: str) -> str:
    """The opaque, stable id of an outbox message among all businesses' (message ids are unique in one only)."""
    return hashlib.sha256(f"{business_id}\0{message_id}".encode()).hexdigest()[:40]
