"""Identifiers: time-ordered UUIDs (RFC 9562 version 7), so that new rows land at the end of an index."""

from __future__ import annotations

import itertools
import secrets
import uuid
from datetime import datetime

# Within one millisecond, and within a transaction whose time stands still, the count keeps the order of creation.
_count = itertools.count(secrets.randbits(31))


def new_id(now: datetime) -> str:
    """A fresh UUIDv7 string: 48 bits of Unix milliseconds of ``now``, a 32-bit count, 42 random bits."""
    milliseconds = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    count = next(_count) & 0xFFFF_FFFF
    high, low = count >> 20, count & 0xF_FFFF
    value = milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 42 | secrets.randbits(42)
    return str(uuid.UUID(int=value))
