"""What a scenario did to the books: the rows of the business before and after, compared.

Reads the database file only; it knows nothing of scenarios. The machinery's own tables (audit, call log, counters,
confirmations, fences) are left out: what they hold follows from the rest.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from bench.evals.schema import Entity

#: Columns that follow from others, or say only that something changed.
_DERIVED = frozenset(
    {
        "created_at",
        "updated_at",
        "created_by",
        "history",
        "sequence",
        "client",
        "search_text",
        "names_version",
    }
    | {"last_contacted", "claimed_by", "claimed_until", "attempts", "next_attempt_at", "next_reminder_at"}
)
_MONEY = frozenset({"total", "net_paid", "paid_in_time", "amount", "refunded_amount", "estimated_value"})
_TIMES = frozenset(
    {
        "scheduled_start",
        "scheduled_end",
        "actual_start",
        "actual_end",
        "scheduled_at",
        "due_at",
        "completed_at",
    }
    | {"occurred_at", "scheduled_follow_up", "sent_at", "last_reminded_at", "recorded_at", "joined_at"}
)
Row = dict[str, Any]
Rows = dict[tuple[str, str, str], Row]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is different: its values afterwards, and which of them changed (all of a new one)."""

    kind: Literal["create", "update", "delete"]
    entity: str
    row: Row
    changed: dict[str, tuple[Any, Any]]

    def told(self) -> str:
        """For a report."""
        if self.kind == "update":
            what = ", ".join(f"{name}: {old!r} → {new!r}" for name, (old, new) in self.changed.items())
        else:
            what = ", ".join(
                f"{name}: {value!r}" for name, value in self.row.items() if value not in (None, "")
            )
        label = self.row.get("number") or self.row.get("contact") or self.row.get("title") or ""
        return f"{self.kind} {self.entity} {label}: {what}"


def snapshot(path: Path, zone: ZoneInfo) -> Rows:
    """All rows of all businesses that mean something, their values as a person would write them."""
    rows: Rows = {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        contacts = dict(connection.execute("SELECT id, display_name FROM contact").fetchall())
        jobs = dict(connection.execute("SELECT id, number FROM job").fetchall())
        for entity in get_args(Entity):
            for raw in connection.execute(f"SELECT * FROM {entity}"):  # noqa: S608  (names of our own tables)
                row = dict(raw)
                identity = str(row.pop("id", row["business_id"]))
                business = str(row.pop("business_id"))
                rows[entity, business, identity] = _readable(row, contacts, jobs, zone)
    connection.close()
    return rows


def differences(before: Rows, after: Rows) -> list[Change]:
    """What was created, updated and deleted; a change of derived columns only is none."""
    found: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if old is None or new is None:
            kind = "create" if old is None else "delete"
            found.append(Change(kind, key[0], new or old or {}, {}))
        else:
            changed = {name: (old.get(name), new[name]) for name in new if old.get(name) != new[name]}
            found.append(Change("update", key[0], new, changed))
    return found


def _readable(row: Row, contacts: dict[str, str], jobs: dict[str, str], zone: ZoneInfo) -> Row:
    readable: Row = {}
    for name, value in row.items():
        if name in _DERIVED:
            continue
        if name == "contact_id":
            readable["contact"] = contacts.get(value)
        elif name == "job_id":
            readable["job"] = jobs.get(value)
        elif value is None:
            readable[name] = None
        elif name in _MONEY:
            readable[name] = Decimal(int(value)) / 100
        elif name in _TIMES:
            moment = datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
            readable[name] = moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        else:
            readable[name] = value
    return readable
