"""The table of what conversations have used of paid models."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from business.sql.base import ID, EntityRow, of_business
from business.sql.types import UtcDateTime


class UsageRow(EntityRow):
    """What one conversation has used of one model on one day."""

    __tablename__ = "usage"
    __table_args__ = (of_business(), Index(None, "business_id", "day"))
    audited: ClassVar[bool] = False

    session_id: Mapped[str] = mapped_column(ID)
    epoch: Mapped[int]
    day: Mapped[date]
    model: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requests: Mapped[int] = mapped_column(BigInteger)
    estimated: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cached_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    audio_input_tokens: Mapped[int] = mapped_column(BigInteger)
    audio_output_tokens: Mapped[int] = mapped_column(BigInteger)
    heard_ms: Mapped[int] = mapped_column(BigInteger)
    spoken_ms: Mapped[int] = mapped_column(BigInteger)
    micro_usd: Mapped[int | None] = mapped_column(BigInteger)
