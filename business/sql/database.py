"""The database behind the business: connections, transactions and the way into a tenant.

SQLite (a file) and PostgreSQL. On both, the writers of one business run one after the other, so that use cases can
check and then act. Never hands out a connection; never decides a business rule.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from business.actor import Actor
from business.clock import Clock, SystemClock
from business.entities.businesses import Business
from business.entities.memberships import Membership
from business.errors import Conflict, Unavailable, ValidationFailed
from business.sql.directory import Directory
from business.sql.repositories.people import SqlBusinesses, SqlMemberships
from business.sql.sqlite_connection import connector
from business.sql.tenancy import TenantSession
from business.sql.unit_of_work import SqlUnitOfWork

BUSY_SECONDS = 15.0
UNREACHABLE = "I can't reach the books right now. Please try again in a moment."
_WRITES = "hero365_writes"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


def async_url(database_url: str) -> URL:
    """``database_url`` with the async driver. Raises ValidationFailed for another database or SQLite in memory."""
    try:
        url = make_url(database_url)
        url = url.set(drivername=_DRIVERS[url.drivername.partition("+")[0]])
    except (KeyError, ValueError, ArgumentError) as error:
        raise ValidationFailed(
            "DATABASE_URL", "DATABASE_URL must start with sqlite:/// or postgresql://"
        ) from error
    if url.get_backend_name() == "sqlite" and (not url.database or ":memory:" in url.database):
        raise ValidationFailed("DATABASE_URL", "SQLite must be a file: several processes share it.")
    return url


def create_engine(database_url: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine with this project's settings for either database."""
    url = async_url(database_url)
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=BUSY_SECONDS,
            async_creator=connector(str(url.database)),
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    return create_async_engine(
        url, pool_size=pool_size, max_overflow=pool_size, pool_timeout=BUSY_SECONDS, pool_pre_ping=True
    )


def writing(engine: AsyncEngine) -> AsyncEngine:
    """The same engine for transactions that write: on SQLite they take the lock at their beginning."""
    return engine.execution_options(**{_WRITES: True})


def _snapshots(engine: AsyncEngine) -> AsyncEngine:
    """The same engine for transactions that read: all statements see one moment, as they do on SQLite anyway."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Per connection: waiting instead of failing, foreign keys, the write-ahead log."""
    cursor = connection.cursor()
    # The time-out comes first, because switching to the write-ahead log needs the lock.
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # With the write-ahead log, NORMAL survives the death of any process; only a power cut can cost the last commits.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -16000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where writes are meant: a later upgrade could only fail."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _serialise_writers(session: Session) -> None:
    if isinstance(session, TenantSession):
        session.serialise_writers(BUSY_SECONDS)


@contextmanager
def _translated(*also: type[Exception]) -> Generator[None]:
    """Turn what the drivers raise into the business's own errors; ``also`` counts as unreachable too."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict("That collides with something that is already in the books.") from error
    except (DBAPIError, PoolTimeout, *also) as error:
        raise Unavailable(UNREACHABLE) from error


class Database:
    """One database, shared by all tenants.

    Args:
        database_url: ``sqlite:///path`` or ``postgresql://…``; async drivers are chosen here.
        clock: Source of the time of each transaction.
        pool_size: Connections kept open; as many again may be opened for a burst.
    """

    def __init__(self, database_url: str, *, clock: Clock | None = None, pool_size: int = 5) -> None:
        self.clock: Clock = clock or SystemClock()
        self._engine = create_engine(database_url, pool_size=pool_size)
        self._writing_engine = writing(self._engine)
        self._reading_engine = _snapshots(self._engine)
        # SQLite has one writer: queueing here is fair and wakes at once, where its own waiting polls.
        is_sqlite = self._engine.dialect.name == "sqlite"
        self._write_turn = asyncio.Semaphore(1 if is_sqlite else 2 * pool_size)
        self.directory = Directory(self._engine)

    @asynccontextmanager
    async def tenant(self, actor: Actor) -> AsyncGenerator[SqlUnitOfWork]:
        """A writing transaction of ``actor``'s business: committed on a clean exit, rolled back otherwise.

        Raises:
            Forbidden: The user is no active member of the business.
            Unavailable: The database cannot be reached or stays busy.
        """
        now = self.clock.now()
        async with (
            self._turn_to_write(),
            self._session(self._writing_engine, actor, now, is_read_only=False) as session,
        ):
            with _translated(OSError):
                await session.run_sync(_serialise_writers)
                uow = await SqlUnitOfWork.enter(session, actor, now)
            with _translated():
                yield uow
                await session.commit()

    @asynccontextmanager
    async def reading(self, actor: Actor) -> AsyncGenerator[SqlUnitOfWork]:
        """A reading transaction of ``actor``'s business: one snapshot, no writes. Raises as ``tenant``."""
        now = self.clock.now()
        async with self._session(self._reading_engine, actor, now, is_read_only=True) as session:
            with _translated(OSError):
                uow = await SqlUnitOfWork.enter(session, actor, now)
            with _translated():
                yield uow

    async def found(self, business: Business, owner: Membership) -> bool:
        """Write a new business with its owner; False, and nothing written, when the business is there already.

        The only way in that needs no membership. Raises ValidationFailed, Unavailable.
        """
        actor = Actor(business_id=business.id, user_id=owner.user_id)
        now = self.clock.now()
        async with (
            self._turn_to_write(),
            self._session(self._writing_engine, actor, now, is_read_only=False) as session,
        ):
            with _translated(OSError):
                await session.run_sync(_serialise_writers)
                businesses = SqlBusinesses(session, business.id)
                if await businesses.find(business.id) is not None:
                    return False
                await businesses.add(business)
                await SqlMemberships(session, business.id).add(owner)
                await session.commit()
                return True

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(BUSY_SECONDS):
                await self._write_turn.acquire()
        except TimeoutError as error:
            raise Unavailable(UNREACHABLE) from error
        try:
            yield
        finally:
            self._write_turn.release()

    def _session(
        self, engine: AsyncEngine, actor: Actor, now: datetime, *, is_read_only: bool
    ) -> AsyncSession:
        return AsyncSession(
            engine,
            sync_session_class=TenantSession,
            expire_on_commit=False,
            actor=actor,
            now=now,
            is_read_only=is_read_only,
        )
