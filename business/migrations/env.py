"""Alembic's entry: runs migrations on the connection that ``runner`` hands over. Opens none of its own."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from business.sql import tables
from business.sql.base import TenantRow

__all__ = ["tables"]


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write a column's plain type into a new migration, so that migrations outlive our own types."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    if item.impl_instance.__class__.__name__ == "JSON":
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
    return f"sa.{item.impl_instance!r}"


connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run migrations through business.migrations.runner.upgrade")

context.configure(
    connection=connection,
    target_metadata=TenantRow.metadata,
    render_item=render_item,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
