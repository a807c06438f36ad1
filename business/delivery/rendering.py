"""Outbox message → subject and text in the business's name.

Pure. Uses only the message's own payload and its business: no internal ids, no other tenant's data can get in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from business.delivery.channels import DeliveryFailed, Letter, letter_id
from business.entities.businesses import Business
from business.entities.effects import OUTCOME_KIND, OutboxMessage

_MAX_SUBJECT = 150
_MAX_TEXT = 4000
#: A text message should stay within a few segments of 153 characters.
_MAX_SMS = 450
_SIGNS = {"USD": "$", "CAD": "CA$", "AUD": "A$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥"}


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says: a subject line, a text for reading, and one short enough for a phone."""

    subject: str
    text: str
    short: str


def words_of(message: OutboxMessage, business: Business) -> Words:
    """What the message says. Raises DeliveryFailed ``unreadable`` for a kind or payload that cannot be rendered."""
    renderer = _RENDERERS.get(message.kind)
    if renderer is None:
        raise DeliveryFailed("unknown_kind", retryable=False)
    try:
        words = renderer(message.payload, business)
    except (KeyError, ValueError, InvalidOperation, TypeError) as error:
        raise DeliveryFailed("unreadable", retryable=False) from error
    return Words(_line(words.subject, _MAX_SUBJECT), words.text[:_MAX_TEXT], _line(words.short, _MAX_SMS))


def letter(message: OutboxMessage, business: Business, channel: str, to: str) -> Letter:
    """The message as it goes to one address. Raises DeliveryFailed."""
    words = words_of(message, business)
    return Letter(
        id=letter_id(business.id, message.id),
        kind=message.kind,
        to=to,
        subject=words.subject,
        text=words.short if channel == "sms" else words.text,
        sender=_line(business.name, 100),
        reply_to=business.email,
        business_id=business.id,
        created_at=message.created_at,
    )


def spoken(message: OutboxMessage) -> str:
    """A reminder as it is said aloud, one line. Raises DeliveryFailed ``unreadable``."""
    text = _line(str(message.payload.get("message") or ""), 300)
    if not text:
        raise DeliveryFailed("unreadable", retryable=False)
    return text if text[-1] in ".!?" else text + "."


def _reminder(payload: dict[str, Any], business: Business) -> Words:
    what = str(payload["message"]).strip()
    if not what:
        raise ValueError("a reminder without words")
    return Words(
        f"Reminder: {what}",
        f"You asked to be reminded:\n\n{what}\n\n{business.name}\n",
        f"{business.name}: reminder: {what}",
    )


def _outcome(payload: dict[str, Any], business: Business) -> Words:
    what = str(payload["message"]).strip()
    if not what:
        raise ValueError("an outcome without words")
    return Words(
        "What you asked for earlier",
        f"You asked for this in a conversation that ended before it was done:\n\n{what}\n\n{business.name}\n",
        f"{business.name}: {what}",
    )


def _invoice(payload: dict[str, Any], business: Business) -> Words:
    number, due = str(payload["number"]), _day(payload["due_date"])
    total, left = _amount(payload, "total"), _amount(payload, "amount_due")
    title = f" for {payload['title']}" if payload.get("title") else ""
    return Words(
        f"Invoice {number} from {business.name}",
        f"{_greeting(payload)}\n\nhere is invoice {number}{title}.\n\nTotal: {total}\nTo pay: {left}\nDue: {due}\n"
        f"{_closing(business)}",
        f"{business.name}: invoice {number}{title}, {left}, due {due}.",
    )


def _invoice_reminder(payload: dict[str, Any], business: Business) -> Words:
    number, due, left = str(payload["number"]), _day(payload["due_date"]), _amount(payload, "amount_due")
    title = f" for {payload['title']}" if payload.get("title") else ""
    return Words(
        f"Reminder: invoice {number} from {business.name}",
        f"{_greeting(payload)}\n\na friendly reminder: invoice {number}{title} is still open.\n\n"
        f"To pay: {left}\nDue: {due}\n\nIf you have paid already, thank you; please disregard this.\n"
        f"{_closing(business)}",
        f"{business.name}: a friendly reminder of invoice {number}{title}: {left}, due {due}.",
    )


def _estimate(payload: dict[str, Any], business: Business) -> Words:
    number, total = str(payload["number"]), _amount(payload, "total")
    title = f" for {payload['title']}" if payload.get("title") else ""
    until = f"\nValid until: {_day(payload['valid_until'])}" if payload.get("valid_until") else ""
    return Words(
        f"Estimate {number} from {business.name}",
        f"{_greeting(payload)}\n\nhere is our estimate {number}{title}.\n\nTotal: {total}{until}\n"
        f"{_closing(business)}",
        f"{business.name}: estimate {number}{title}: {total}.",
    )


_RENDERERS = {
    "reminder": _reminder,
    OUTCOME_KIND: _outcome,
    "invoice": _invoice,
    "invoice_reminder": _invoice_reminder,
    "estimate": _estimate,
}


def _greeting(payload: dict[str, Any]) -> str:
    name = _line(str(payload.get("client") or ""), 100)
    return f"Hello {name}," if name else "Hello,"


def _closing(business: Business) -> str:
    ways = " · ".join(way for way in (business.phone, business.email, business.website) if way)
    return f"\n{business.name}\n{ways}\n" if ways else f"\n{business.name}\n"


def _amount(payload: dict[str, Any], name: str) -> str:
    """``$1,234.50``; a currency without a sign of its own by its code."""
    currency = str(payload.get("currency") or "USD")
    places = 0 if currency == "JPY" else 2
    figure = f"{Decimal(str(payload[name])):,.{places}f}"
    return f"{_SIGNS[currency]}{figure}" if currency in _SIGNS else f"{figure} {currency}"


def _day(value: Any) -> str:
    """``December 22, 2026``."""
    day = date.fromisoformat(str(value))
    return f"{day:%B} {day.day}, {day.year}"


def _line(text: str, most: int) -> str:
    """``text`` on one line without control characters (a line break in a header would start another), cut."""
    clean = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"
