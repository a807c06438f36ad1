from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from business.delivery.channels import Letter

LETTER = Letter(
    id="0123456789abcdef",
    kind="invoice",
    to="nora@client.example",
    subject="Invoice INV-000031 from One Plumbing",
    text="Hello Nora,\n\nhere is invoice INV-000031.\n",
    sender="One Plumbing",
    reply_to="office@one.example",
    business_id="biz-one",
    created_at=datetime(2026, 5, 13, 20, 0, tzinfo=UTC),
)


def letter(**changes: Any) -> Letter:
    return replace(LETTER, **changes)
