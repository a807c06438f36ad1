"""Cursors: where the next page begins, as a text that clients hand back unread.

A cursor holds no content and no right: the tenant and the permissions of whoever hands it back decide what is read.
It is bound to its book and filters, so that pages of two different questions cannot be mixed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from business.errors import ValidationFailed
from business.paging.queries import Book, Filters

_VERSION = 1
_LONGEST = 400


def encode(book: Book, filters: Filters, after: str) -> str:
    """The cursor behind the row with the id ``after``."""
    content = json.dumps([_VERSION, _question(book, filters), after], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode(cursor: str, book: Book, filters: Filters) -> str:
    """The id that ``cursor`` stands behind. Raises ValidationFailed for a cursor of another question or none."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        padded = cursor + "=" * (-len(cursor) % 4)
        version, question, after = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise _refused() from error
    is_ours = version == _VERSION and isinstance(after, str) and 0 < len(after) <= 64 and "\x00" not in after
    if not is_ours or question != _question(book, filters):
        raise _refused()
    return after


def _question(book: Book, filters: Filters) -> str:
    """A short fingerprint of what is asked."""
    return hashlib.sha256(repr((book, filters)).encode()).hexdigest()[:16]


def _refused() -> ValidationFailed:
    return ValidationFailed("cursor", "That cursor does not belong to this question; begin without one.")
