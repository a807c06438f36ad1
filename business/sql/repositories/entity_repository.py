"""The common part of all repositories: entities to rows and back, by equal names of fields and columns.

Never filters by tenant itself: the session does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Select, String, bindparam, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from business.errors import NotFound, ValidationFailed
from business.sql.base import TenantRow
from business.sql.tenancy import prepared

Entity = TypeVar("Entity")
Row = TypeVar("Row", bound=TenantRow)


class EntityRepository(Generic[Entity, Row]):
    """Entities of one kind.

    Subclasses name the two classes and, where the row has derived columns, override ``_derived``.
    """

    entity_class: ClassVar[type[Any]]
    row_class: ClassVar[type[Any]]
    kind: ClassVar[str]
    _fields: ClassVar[tuple[str, ...]]
    _lengths: ClassVar[Mapping[str, int]]
    # The columns behind the fields, in their order: what lists select, as whole rows are several times as dear.
    columns: ClassVar[tuple[Any, ...]]
    _by_id: ClassVar[Select[Any]]

    def __init_subclass__(cls) -> None:
        """Read the entity's fields and the columns' lengths once."""
        columns = inspect(cls.row_class).column_attrs
        cls._fields = tuple(
            field.name for field in dataclasses.fields(cls.entity_class) if hasattr(cls.row_class, field.name)
        )
        cls._lengths = {
            attribute.key: attribute.columns[0].type.length
            for attribute in columns
            if isinstance(attribute.columns[0].type, String) and attribute.columns[0].type.length
        }
        cls.columns = tuple(getattr(cls.row_class, name) for name in cls._fields)
        mapper = inspect(cls.row_class)
        key = mapper.get_property_by_column(mapper.primary_key[-1]).class_attribute
        cls._by_id = prepared(select(cls.row_class).where(key == bindparam("entity_id")))

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def get(self, entity_id: str) -> Entity:
        """The entity. Raises NotFound."""
        found = await self.find(entity_id)
        if found is None:
            raise NotFound(self.kind, "")
        return found

    async def find(self, entity_id: str) -> Entity | None:
        """The entity, if there is one."""
        row = await self._row(entity_id)
        return None if row is None else await self._entity(row)

    async def add(self, entity: Entity) -> None:
        """Write a new entity. Raises ValidationFailed for a text longer than its column."""
        await self.add_all((entity,))

    async def add_all(self, entities: Collection[Entity]) -> None:
        """Write many new entities at once. Raises ValidationFailed."""
        self._session.add_all([self.row_class(**self._values(entity)) for entity in entities])
        await self._session.flush()

    async def save(self, entity: Entity) -> None:
        """Write a changed entity. Raises NotFound, ValidationFailed."""
        values = self._values(entity)
        row = await self._row(values["id"])
        if row is None:
            raise NotFound(self.kind, "")
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
        await self._session.flush()

    async def _row(self, entity_id: str) -> Row | None:
        """The row, from memory when this transaction has read it: nobody else changes it meanwhile."""
        keys = self.row_class.__mapper__.primary_key
        identity = (self._tenant, entity_id)[: len(keys)]
        known = self._session.identity_map.get(self._session.identity_key(self.row_class, identity))
        if known is not None:
            return known
        return await self._session.scalar(self._by_id, {"entity_id": entity_id})

    async def _entity(self, row: Row) -> Entity:
        return self.from_row(row)

    @classmethod
    def from_row(cls, row: Row, **more: Any) -> Entity:
        """The entity of a row; ``more`` are fields that the row does not hold."""
        return cls.entity_class(**{name: getattr(row, name) for name in cls._fields}, **more)

    @classmethod
    def from_values(cls, values: Sequence[Any], **more: Any) -> Entity:
        """The entity of the values of ``columns``; ``more`` as for ``from_row``."""
        return cls.entity_class(**dict(zip(cls._fields, values, strict=True)), **more)

    def _values(self, entity: Entity) -> dict[str, Any]:
        """Column values of ``entity``. Raises ValidationFailed for text that no database would take."""
        values = {name: getattr(entity, name) for name in self._fields} | self._derived(entity)
        for name, value in values.items():
            if isinstance(value, str):
                if "\x00" in value:
                    raise ValidationFailed(
                        name, f"The {name.replace('_', ' ')} holds a character I can't keep."
                    )
                if len(value) > self._lengths.get(name, len(value)):
                    raise ValidationFailed(name, f"The {name.replace('_', ' ')} is too long.")
        return values

    def _derived(self, entity: Entity) -> dict[str, Any]:
        """Values of columns that are computed from the entity."""
        return {}

    async def _all(self, statement: Select[Any]) -> tuple[Entity, ...]:
        """The entities of a statement that selects whole rows."""
        rows: Iterable[Row] = await self._session.scalars(statement)
        return tuple([self.from_row(row) for row in rows])


async def rows_by_number(
    session: AsyncSession, row: type[Any], number: str, sequence: int | None, *, limit: int = 5
) -> list[str]:
    """Ids of the rows that a spoken number means.

    The number itself; else the same digits; else digits that end so ("invoice 31" for ``INV-002031``), the newest
    first. ``row`` has the columns id, number and sequence.
    """
    wanted = number.strip().upper()
    parameters = {"number": wanted, "sequence": sequence}
    rows = (await session.execute(_same_number(row), parameters)).all()
    exact = [each.id for each in rows if each.number == wanted]
    found = exact or [each.id for each in rows][:limit]
    return found or await rows_ending_with(session, row, sequence, limit=limit)


async def rows_ending_with(
    session: AsyncSession, row: type[Any], sequence: int | None, *, limit: int = 5
) -> list[str]:
    """Ids of the rows whose number ends with the digits of ``sequence``, the newest first."""
    if sequence is None:
        return []
    column: InstrumentedAttribute[int] = row.sequence
    magnitude = 10 ** len(str(sequence))
    ending = select(row.id).where(column % magnitude == sequence).order_by(column.desc()).limit(limit)
    return list(await session.scalars(ending))


@cache
def _same_number(row: type[Any]) -> Any:
    """Rows with a number, or with its digits; no digits (None) equal nothing."""
    is_same = or_(row.number == bindparam("number"), row.sequence == bindparam("sequence"))
    return prepared(select(row.id, row.number).where(is_same))
