"""SQLite without needless visits to another thread: statements that cannot wait for a lock run where they are asked.

aiosqlite visits the connection's thread for each step of each statement, and a visit costs more than most statements
do. Here the thread gets what may have to wait: whatever takes a lock (the first statement of a transaction), COMMIT
(which may have to tidy the write-ahead log), bulk writes, and a SELECT that turns out to be long. The rest, inside a
transaction that holds its lock, runs at once. Only the way statements travel differs; nothing else does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from enum import Enum
from typing import Any

import aiosqlite

# sqlite3.connect waits this long for a lock before any PRAGMA could say so.
CONNECT_SECONDS = 15.0
# A SELECT that takes more of SQLite's virtual instructions than this (1-3 ms) moves to the thread.
_LONG_SELECT = 50_000

Answer = tuple[list[Any], Any, int, int | None]


class _Lock(Enum):
    """What the connection's transaction holds."""

    NONE = "none"
    SNAPSHOT = "snapshot"
    WRITER = "writer"


class NearCursor:
    """A cursor that holds all rows of its last statement. Not for results that do not fit into memory."""

    arraysize = 1

    def __init__(self, connection: NearConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> NearCursor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, operation: str, parameters: Any = ()) -> NearCursor:
        """Run a statement and fetch what it returns. Raises sqlite3.Error."""
        self._keep(await self._connection.run(operation, parameters))
        return self

    async def executemany(self, operation: str, parameters: Any) -> NearCursor:
        """Run a statement once for each of ``parameters``. Raises sqlite3.Error."""
        raw = self._connection.raw
        self._keep(await self._connection.visit(lambda: _fetched(raw.executemany(operation, parameters))))
        return self

    async def fetchall(self) -> list[Any]:
        """The rows of the last statement."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows; the real cursor has gone already."""
        self._rows = []

    def _keep(self, answer: Answer) -> None:
        self._rows, self.description, self.rowcount, self.lastrowid = answer


class NearConnection(aiosqlite.Connection):
    """An aiosqlite connection with cursors of the above kind. For one task at a time, as all of them are."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._lock = _Lock.NONE
        self._gives_up = False
        # A cancelled task leaves its statement running in the thread: what follows has to queue behind it.
        self._sent = 0
        self._answered = 0

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself."""
        return self._conn

    def cursor(self) -> Any:
        """A cursor, without a visit to the thread."""
        return NearCursor(self)

    def watch(self, raw: sqlite3.Connection) -> sqlite3.Connection:
        """Have long statements looked at; for the new connection only."""
        raw.set_progress_handler(lambda: self._gives_up, _LONG_SELECT)
        return raw

    async def run(self, operation: str, parameters: Any) -> Answer:
        """Run one statement, here or in the thread. Raises sqlite3.Error."""
        if self._can_run_here(operation):
            answer = self._run_here(operation, parameters)
            if answer is not None:
                return answer
        answer = await self.visit(lambda: _fetched(self.raw.execute(operation, parameters)))
        if not self.raw.in_transaction:
            self._lock = _Lock.NONE
        elif operation == "BEGIN IMMEDIATE":
            self._lock = _Lock.WRITER
        elif self._lock is _Lock.NONE and operation.startswith("SELECT"):
            self._lock = _Lock.SNAPSHOT
        return answer

    async def visit(self, function: Callable[[], Any]) -> Any:
        """Run ``function`` in the connection's thread, after whatever is still running there."""

        def counted() -> Any:
            try:
                return function()
            finally:
                self._answered += 1

        self._sent += 1
        return await self._execute(counted)

    async def commit(self) -> None:
        """Commit; in the thread, because it may have to wait for the disk."""
        was_writing = self._lock is not _Lock.SNAPSHOT
        self._lock = _Lock.NONE
        if was_writing or self._is_busy:
            await self.visit(self.raw.commit)
        else:
            self.raw.commit()

    async def rollback(self) -> None:
        """Roll back; at once, because nothing has to be written for it."""
        self._lock = _Lock.NONE
        if self._is_busy:
            await self.visit(self.raw.rollback)
        else:
            self.raw.rollback()

    @property
    def _is_busy(self) -> bool:
        return self._sent != self._answered

    def _can_run_here(self, operation: str) -> bool:
        if self._is_busy:
            return False
        if self._lock is _Lock.WRITER or operation == "BEGIN":  # a plain BEGIN takes no lock yet
            return True
        return self._lock is _Lock.SNAPSHOT and operation.startswith("SELECT")

    def _run_here(self, operation: str, parameters: Any) -> Answer | None:
        """Run a statement in this thread; None when it was a SELECT that took too long and was given up."""
        self._gives_up = operation.startswith("SELECT")
        try:
            return _fetched(self.raw.execute(operation, parameters))
        except sqlite3.OperationalError as error:
            if not self._gives_up or error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return None
        finally:
            self._gives_up = False


def _fetched(cursor: sqlite3.Cursor) -> Answer:
    try:
        rows = cursor.fetchall() if cursor.description else []
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


def connector(path: str) -> Callable[..., Any]:
    """What SQLAlchemy calls for a new connection to the file at ``path``."""

    def create(*_: Any, **__: Any) -> NearConnection:
        def connect() -> sqlite3.Connection:
            raw = sqlite3.connect(
                path, timeout=CONNECT_SECONDS, check_same_thread=False, isolation_level=None
            )
            return connection.watch(raw)

        connection = NearConnection(connect, iter_chunk_size=64)
        # A process must be able to end although somebody forgot to close a connection.
        connection._thread.daemon = True  # pyright: ignore[reportPrivateUsage]
        return connection

    return create
