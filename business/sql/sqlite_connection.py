"""SQLite with one hop a statement: a connection whose cursors run and fetch in a single visit to its thread.

aiosqlite visits the connection's thread for each of cursor, execute, fetchall and close. Each visit costs two context
switches, which is most of what a small statement costs. Only the way statements travel differs; nothing else does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import aiosqlite

# sqlite3.connect waits this long for a lock before any PRAGMA could say so.
CONNECT_SECONDS = 15.0


class SingleHopCursor:
    """A cursor that holds all rows of its last statement. Not for results that do not fit into memory."""

    arraysize = 1

    def __init__(self, connection: SingleHopConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> SingleHopCursor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, operation: str, parameters: Any = ()) -> SingleHopCursor:
        """Run a statement and fetch what it returns. Raises sqlite3.Error."""
        await self._visit(lambda connection: connection.execute(operation, parameters))
        return self

    async def executemany(self, operation: str, parameters: Any) -> SingleHopCursor:
        """Run a statement once for each of ``parameters``. Raises sqlite3.Error."""
        await self._visit(lambda connection: connection.executemany(operation, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """The rows of the last statement."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows; in the thread the cursor has gone already."""
        self._rows = []

    async def _visit(self, statement: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> None:
        def run() -> tuple[list[Any], Any, int, int | None]:
            cursor = statement(self._connection.raw)
            try:
                rows = cursor.fetchall() if cursor.description else []
                return rows, cursor.description, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        self._rows, self.description, self.rowcount, self.lastrowid = await self._connection.visit(run)


class SingleHopConnection(aiosqlite.Connection):
    """An aiosqlite connection with cursors of the above kind."""

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection in the thread; for use in there only."""
        return self._conn

    async def visit(self, function: Callable[[], Any]) -> Any:
        """Run ``function`` in the connection's thread."""
        return await self._execute(function)

    def cursor(self) -> Any:
        """A cursor, without a visit to the thread."""
        return SingleHopCursor(self)


def connector(path: str) -> Callable[..., Any]:
    """What SQLAlchemy calls for a new connection to the file at ``path``."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=CONNECT_SECONDS, check_same_thread=False, isolation_level=None)

    def create(*_: Any, **__: Any) -> SingleHopConnection:
        connection = SingleHopConnection(connect, iter_chunk_size=64)
        # A process must be able to end although somebody forgot to close a connection.
        connection._thread.daemon = True  # pyright: ignore[reportPrivateUsage]
        return connection

    return create
