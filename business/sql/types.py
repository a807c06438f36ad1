"""Column types that keep the domain's promises in both databases: UTC times, exact money, enums, typed JSON.

Values come back as the domain's own types; nothing here knows a table.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from business.money import cents

# Parsed values kept per column, short ones only; what is used least makes room.
_KEPT_VALUES = 1_024
_KEPT_LENGTH = 400


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive values are refused; what comes back is aware, in UTC (SQLite has no zones of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database. Raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount, stored as whole cents: exact, comparable and summable in SQLite, which has no decimals."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """To the database, rounded half up to cents."""
        return None if value is None else int(cents(value).scaleb(2))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """From the database, with two places."""
        return None if value is None else Decimal(value).scaleb(-2)


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum, stored as its value."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum
        self._members: dict[str | None, StrEnum | None] = {None: None, **{one.value: one for one in enum}}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """To the database. Raises ValueError for what is no member."""
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """From the database. Raises KeyError for what is no member."""
        return self._members[value]


class TypedJson(TypeDecorator[Any]):
    """A value of any type that pydantic understands (dataclasses, tuples, Decimal, dates), stored as JSON.

    The type has to be immutable: equal texts give the same value, as most rows of a list hold the same few.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)
        self._read = lru_cache(maxsize=_KEPT_VALUES)(self._adapter.validate_json)

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """JSONB on PostgreSQL, JSON text elsewhere."""
        return _json_of(dialect)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """To the database."""
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From the database, where it hands out parsed JSON."""
        return None if value is None else self._adapter.validate_python(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """From the database; SQLite hands out the text itself."""
        if dialect.name == "sqlite":
            return self._from_text
        return super().result_processor(dialect, coltype)

    def _from_text(self, value: str | None) -> Any:
        if value is None:
            return None
        return self._read(value) if len(value) <= _KEPT_LENGTH else self._adapter.validate_json(value)


class Texts(TypeDecorator[tuple[str, ...]]):
    """Strings in their order, stored as a JSON list; cheaper to read than ``TypedJson``, and every job has two."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """JSONB on PostgreSQL, JSON text elsewhere."""
        return _json_of(dialect)

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> list[str] | None:
        """To the database."""
        return None if value is None else list(value)

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[str, ...] | None:
        """From the database, where it hands out parsed JSON."""
        return None if value is None else tuple(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """From the database; SQLite hands out the text itself."""
        if dialect.name == "sqlite":
            return _texts
        return super().result_processor(dialect, coltype)


@lru_cache(maxsize=_KEPT_VALUES)
def _texts(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(json.loads(value))


def _json_of(dialect: Dialect) -> Any:
    kind = JSONB(none_as_null=True) if dialect.name == "postgresql" else JSON(none_as_null=True)
    return dialect.type_descriptor(kind)
