"""``hero365 status``: what a running server says about itself. Reads only, changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from rich.console import Console
from rich.table import Table

from config.settings import load_settings
from hero365_client import Hero365Client
from serve_app.cli.access import local_url


def status(*, url: str | None = None) -> int:
    """Show the health of a server; ends with 1 when something it needs is down.

    Args:
        url: Base URL; by default the local server's.
    """
    base_url = url or local_url(load_settings())
    health = asyncio.run(_health(base_url))
    Console().print(health_table(base_url, health))
    return 1 if str(health.get("status")) == "down" else 0


async def _health(base_url: str) -> dict[str, Any]:
    async with Hero365Client(base_url, timeout=10.0) as client:
        return await client.health()


def health_table(base_url: str, health: dict[str, Any]) -> Table:
    """The health answer as a table: one row a part, nested parts indented."""
    table = Table(title=f"{base_url}: {health.get('status', 'unknown')}", title_justify="left")
    table.add_column("part")
    table.add_column("state")
    table.add_column("details")
    for name, value in health.items():
        if name != "status":
            _rows(table, str(name), value, depth=0)
    return table


def _rows(table: Table, name: str, value: Any, depth: int) -> None:
    label = "  " * depth + name
    if not isinstance(value, dict):
        table.add_row(label, "", str(value))
        return
    nested: dict[str, Any] = {str(key): item for key, item in value.items()}
    details = ", ".join(
        f"{key}={item}" for key, item in nested.items() if key != "status" and not isinstance(item, dict)
    )
    table.add_row(label, str(nested.get("status", "")), details)
    for key, item in nested.items():
        if isinstance(item, dict):
            _rows(table, key, item, depth + 1)
