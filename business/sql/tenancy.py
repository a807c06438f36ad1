"""The one place where tenancy is enforced: a session that cannot read or write outside its business.

Every statement that leaves a ``TenantSession`` passes ``_scope_statement``: only ORM statements on mapped rows pass,
and each gets the tenant's criterion on every row class in it, subqueries and aliases included. Every flushed object
passes ``_scope_flush``: new rows are stamped with the tenant, rows of another one are refused. Whatever goes around
these two (connections, bulk methods, text, bare tables) is refused. The flush is also where the audit trail is
written, so that no change can miss it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from pydantic_core import to_jsonable_python
from sqlalchemy import Delete, Select, TextClause, Update, event, inspect, text
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import AliasedReturnsRows, TableClause, TextualSelect
from sqlalchemy.sql.visitors import HasTraverseInternals

from business.actor import Actor
from business.entities.audit import AuditAction
from business.errors import TenancyViolation
from business.ids import new_id
from business.sql.base import TenantRow
from business.sql.tables import AuditRow, BusinessRow

_TENANT_COLUMN = "business_id"
_PREPARED = "hero365_prepared"
# A database has functions that run SQL given as a value (PostgreSQL's query_to_xml): only these are known to be tame.
_FUNCTIONS = frozenset({"coalesce", "count", "lower", "max", "min", "sum"})
# Prepared statements of the tenants seen last, ready to be run.
_KEPT_STATEMENTS = 1_024
# Noise in an audit trail: it changes with every write and says nothing.
_UNAUDITED = frozenset({_TENANT_COLUMN, "updated_at", "search_text", "sequence", "names_version"})

Statement = TypeVar("Statement", bound=Select[*tuple[Any, ...]])
# By statement (compared by identity) and tenant. Two threads may at worst both fill in the same entry.
_scoped: dict[tuple[Any, str], Any] = {}


def prepared(statement: Statement) -> Statement:
    """Mark a statement that lives as long as the process and differs by bound parameters only.

    It is looked at and bound to a tenant once for each tenant instead of every time it runs. For statements on
    module level; its parameters (``bindparam``) are given when it is executed.
    """
    return statement.execution_options(**{_PREPARED: True})


class TenantSession(Session):
    """A session of one business.

    Args:
        actor: Who acts, and in which business.
        now: Time of the transaction, for the audit trail.
        is_read_only: Refuse to flush anything.
        arguments: As for Session.
    """

    def __init__(self, *, actor: Actor, now: datetime, is_read_only: bool, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.actor = actor
        self.now = now
        self.is_read_only = is_read_only
        tenant = actor.business_id
        # Made once: making it costs as much as a small statement does.
        self.criterion = with_loader_criteria(
            TenantRow, lambda row: row.business_id == tenant, include_aliases=True
        )

    def serialise_writers(self, seconds: float) -> None:
        """Wait up to ``seconds`` for other writers of this business; on SQLite, BEGIN IMMEDIATE has done so.

        Numbering, duplicate checks, overlaps and balances then need no locks of their own on either database.
        Raises DBAPIError when the others take longer.
        """
        connection = super().connection()
        if connection.dialect.name == "postgresql":
            limit = text("SELECT set_config('lock_timeout', :milliseconds, true)")
            connection.execute(limit, {"milliseconds": str(max(int(seconds * 1000), 1))})
            lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:tenant, 0))")
            connection.execute(lock, {"tenant": self.actor.business_id})

    def connection(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: statements on a bare connection would escape the tenant."""
        raise TenancyViolation("a tenant's session hands out no connection")

    def bulk_save_objects(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: bulk methods skip the flush events."""
        raise TenancyViolation("bulk methods escape the tenant")

    def bulk_insert_mappings(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: bulk methods skip the flush events."""
        raise TenancyViolation("bulk methods escape the tenant")

    def bulk_update_mappings(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: bulk methods skip the flush events."""
        raise TenancyViolation("bulk methods escape the tenant")


@event.listens_for(TenantSession, "do_orm_execute")
def _scope_statement(state: ORMExecuteState) -> None:  # pyright: ignore[reportUnusedFunction]
    """Refuse whatever is no plain ORM statement, and bind the rest to the tenant."""
    session = _session_of(state.session)
    given = state.statement
    is_prepared = isinstance(given, Select) and given.get_execution_options().get(_PREPARED, False)
    if is_prepared:
        scoped = _scoped.get((given, session.actor.business_id))
        if scoped is not None:
            state.statement = scoped
            return
    if not state.is_orm_statement:
        raise TenancyViolation("only statements on mapped rows can run in a tenant's session")
    if not isinstance(state.statement, (Select, Update, Delete)):
        # INSERT would skip the flush; unions, lambdas and "from statement" would skip the criterion.
        raise TenancyViolation("only SELECT, and UPDATE and DELETE of the machinery's own rows, can run here")
    _refuse_unmapped(state.statement)
    if not isinstance(state.statement, Select):
        _check_bulk_change(state, session)
    state.statement = state.statement.options(session.criterion)
    if is_prepared:
        if len(_scoped) >= _KEPT_STATEMENTS:
            _scoped.clear()
        _scoped[given, session.actor.business_id] = state.statement


@event.listens_for(TenantSession, "before_flush")
def _scope_flush(session: Session, _: UOWTransaction, __: Any) -> None:  # pyright: ignore[reportUnusedFunction]
    """Stamp new rows, refuse foreign ones, write the audit trail."""
    owner = _session_of(session)
    rows = [*session.new, *session.dirty, *session.deleted]
    if owner.is_read_only and any(session.is_modified(row) or row in session.deleted for row in rows):
        raise TenancyViolation("a reading unit of work cannot write")
    if any(isinstance(row, AuditRow) for row in rows):
        raise TenancyViolation("the audit trail is written here and never changed")
    for row in rows:
        _claim(row, owner.actor.business_id)
    session.add_all(list(_audit(owner)))


def _session_of(session: Session) -> TenantSession:
    if not isinstance(session, TenantSession):
        raise TenancyViolation("not a tenant's session")
    return session


def _refuse_unmapped(statement: Any) -> None:
    """Raise when a statement holds text, another change, or a table or column not reached through a mapped class."""
    waiting: list[Any] = [statement]
    while waiting:
        element = waiting.pop()
        if isinstance(element, UpdateBase) and element is not statement:
            # The criterion does not reach a change inside a common table expression.
            raise TenancyViolation("a change hides in another statement")
        if isinstance(element, (TextClause, TextualSelect)):
            raise TenancyViolation("text in a statement escapes the tenant")
        if isinstance(element, ColumnClause) and element.is_literal and element.name != "*":
            raise TenancyViolation("literal columns escape the tenant")
        if isinstance(element, FunctionElement) and getattr(element, "name", "").lower() not in _FUNCTIONS:
            raise TenancyViolation("this function is not known to stay with the tenant")
        if _is_mapped(element):
            continue
        if isinstance(element, TableClause):
            raise TenancyViolation(f"{element.name} is used without its mapped class")
        waiting.extend(_parts(element))


def _is_mapped(element: Any) -> bool:
    """Whether an element is a mapped column, a mapped table, or an alias right on a mapped table."""
    if "parententity" not in getattr(element, "_annotations", ()):
        return False
    if isinstance(element, AliasedReturnsRows):
        return isinstance(element.element, TableClause)
    return isinstance(element, (ColumnClause, TableClause))


def _parts(element: Any) -> Iterable[Any]:
    """What an element was written with; not the tables that a SELECT derives from its mapped columns."""
    if isinstance(element, Select):
        return HasTraverseInternals.get_children(element)
    if isinstance(element, ColumnClause):
        return () if element.table is None else (element.table,)
    return element.get_children()


def _check_bulk_change(state: ORMExecuteState, session: TenantSession) -> None:
    """Allow UPDATE and DELETE statements only where nothing is lost: rows without an audit trail, tenant kept."""
    if session.is_read_only:
        raise TenancyViolation("a reading unit of work cannot write")
    mapper = state.bind_mapper
    if mapper is None or mapper.class_.audited or mapper.class_ is AuditRow:
        raise TenancyViolation("audited rows change by objects, and the audit trail never")
    if isinstance(state.parameters, (list, tuple)):
        raise TenancyViolation("rows that are changed by their keys skip the criterion")
    values: dict[Any, Any] = getattr(state.statement, "_values", None) or {}
    if any(
        getattr(column, "key", column) == _TENANT_COLUMN for column in (*values, *(state.parameters or ()))
    ):
        raise TenancyViolation("a row cannot move to another business")


def _claim(row: object, tenant: str) -> None:
    """Stamp ``row`` with the tenant, or raise when it belongs to another."""
    if not isinstance(row, TenantRow):
        raise TenancyViolation("not a tenant's row")
    if inspect(row).transient or row.business_id is None:  # pyright: ignore[reportUnnecessaryComparison]
        row.business_id = row.business_id or tenant
    before = inspect(row).attrs[_TENANT_COLUMN].history.deleted
    if row.business_id != tenant or any(value != tenant for value in before):
        raise TenancyViolation("a row of another business")


def _audit(session: TenantSession) -> Iterator[AuditRow]:
    """The audit rows of what is about to be flushed."""
    for action, rows in (
        (AuditAction.CREATED, session.new),
        (AuditAction.UPDATED, session.dirty),
        (AuditAction.DELETED, session.deleted),
    ):
        for row in rows:
            if not isinstance(row, TenantRow) or not row.audited:
                continue
            before, after = _difference(row, action)
            if before or after:
                yield _entry(session, row, action, before, after)


def _difference(row: TenantRow, action: AuditAction) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old and new values of the audited columns that change."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if name in _UNAUDITED:
            continue
        value = getattr(row, name)
        if action is AuditAction.UPDATED:
            history = state.attrs[name].history
            if not history.has_changes() or not history.deleted or history.deleted[0] == value:
                continue
            before[name] = to_jsonable_python(history.deleted[0])
        elif action is AuditAction.DELETED:
            before[name] = to_jsonable_python(value)
        if action is not AuditAction.DELETED:
            after[name] = to_jsonable_python(value)
    return before, after


def _entry(
    session: TenantSession, row: TenantRow, action: AuditAction, before: dict[str, Any], after: dict[str, Any]
) -> AuditRow:
    actor = session.actor
    entity_id: str = row.business_id if isinstance(row, BusinessRow) else getattr(row, "id")  # noqa: B009
    return AuditRow(
        business_id=actor.business_id,
        id=new_id(session.now),
        at=session.now,
        user_id=actor.user_id,
        session_id=actor.session_id,
        turn=actor.turn,
        call_key=actor.call_key,
        entity=row.__tablename__,
        entity_id=entity_id,
        action=action,
        before=before,
        after=after,
    )
