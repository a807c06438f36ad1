"""Tells SQLite's query planner how a grown business looks, so that it picks the right index from the first day.

Without statistics SQLite takes any index that begins with the tenant for selective, and scans whole businesses. The
numbers are those of 50,000 rows in two businesses; a later ANALYZE replaces them. PostgreSQL keeps its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

_ROWS = 50_000
_OF_A_BUSINESS = 25_000
# Rows of a business that share a value: few statuses, many of anything else.
_OF_A_STATUS = 5_000
_OF_ANYTHING_ELSE = 6


def teach_planner(connection: Connection) -> None:
    """Write statistics for every index of every table that begins with the tenant (SQLite only)."""
    if connection.dialect.name != "sqlite":
        return
    connection.execute(text("ANALYZE"))
    connection.execute(text("DELETE FROM sqlite_stat1"))
    tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    write = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)")
    for table in tables:
        indexes = connection.execute(
            text("SELECT name, [unique] FROM pragma_index_list(:tbl)"), {"tbl": table}
        )
        for name, is_unique in indexes.all():
            columns = text("SELECT name FROM pragma_index_info(:idx) ORDER BY seqno")
            names = connection.execute(columns, {"idx": name}).scalars().all()
            if names[0] == "business_id":
                stat = _statistics(names[1:], is_unique=bool(is_unique))
                connection.execute(write, {"tbl": table, "idx": name, "stat": stat})


def _statistics(columns: Sequence[str], *, is_unique: bool) -> str:
    """Rows in all, then rows that share the first column, the first two, and so on."""
    counts = [_ROWS, _OF_A_BUSINESS]
    for column in columns:
        fewer = _OF_A_STATUS if column == "status" else _OF_ANYTHING_ELSE
        counts.append(max(1, min(fewer, counts[-1] // 3)))
    if is_unique:
        counts[-1] = 1
    return " ".join(map(str, counts))
