"""The base of every table: each row belongs to one business, by the first column of its primary key.

There is no other base: a table without a tenant cannot be declared.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import ForeignKeyConstraint, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID = String(64)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class TenantRow(DeclarativeBase):
    """A row of one business."""

    metadata = MetaData(naming_convention=NAMING)
    # Whether changes of these rows are written to the audit trail; False only for the machinery's own records.
    audited: ClassVar[bool] = True

    business_id: Mapped[str] = mapped_column(ID, primary_key=True, sort_order=-10)


class EntityRow(TenantRow):
    """A row of one business with an id of its own."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(ID, primary_key=True, sort_order=-9)


def within_tenant(column: str, table: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """A reference to ``table`` that includes the tenant: a row cannot even point at another business's row."""
    return ForeignKeyConstraint(
        ["business_id", column], [f"{table}.business_id", f"{table}.id"], ondelete=on_delete
    )


def of_business() -> ForeignKeyConstraint:
    """The reference of every row to its business."""
    return ForeignKeyConstraint(["business_id"], ["business.business_id"])


def columns_of(row: TenantRow) -> dict[str, Any]:
    """The mapped values of ``row`` by attribute name."""
    return {attribute.key: getattr(row, attribute.key) for attribute in row.__mapper__.column_attrs}
