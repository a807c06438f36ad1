"""What estimates and invoices share: the client's snapshot, the status history, length limits. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from business.entities.contacts import Contact
from business.errors import ValidationFailed
from business.money import LineItem

MAX_TITLE = 300
MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class ClientSnapshot:
    """The client as they were when the document was made; later edits of the contact leave it alone."""

    name: str = ""
    email: str | None = None
    phone: str | None = None
    address: str = ""

    @classmethod
    def of(cls, contact: Contact) -> ClientSnapshot:
        """The snapshot of ``contact`` as it is now."""
        return cls(contact.display_name, contact.email, contact.best_phone, contact.address.one_line)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One step in a document's life."""

    status: str
    at: datetime
    by: str
    notes: str = ""


def check_document(title: str, lines: tuple[LineItem, ...]) -> None:
    """Raise ValidationFailed when a title or the number of lines is out of bounds."""
    if len(title) > MAX_TITLE:
        raise ValidationFailed("title", f"A title has at most {MAX_TITLE} characters.")
    if len(lines) > MAX_LINES:
        raise ValidationFailed("lines", f"A document has at most {MAX_LINES} lines.")


def check_sendable(client: ClientSnapshot, lines: tuple[LineItem, ...]) -> None:
    """Raise ValidationFailed unless there is a client's name, a line, and an email address or a phone number."""
    if not client.name.strip():
        raise ValidationFailed("contact", "It needs a client's name before it can be sent.")
    if not lines:
        raise ValidationFailed("lines", "It needs at least one line before it can be sent.")
    if not (client.email or client.phone):
        raise ValidationFailed("contact", f"There is no email address or phone number for {client.name}.")
