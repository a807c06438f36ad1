"""``hero365 seed``: creates the tables if needed and fills the database. Never touches rows that are there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from config.settings import Settings, load_settings


def seed() -> int:
    """Fill the configured database with a believable contracting business (again is harmless)."""
    summary = asyncio.run(fill(load_settings()))
    print(f"Seeded: {summary}")
    return 0


async def fill(settings: Settings) -> Any:
    """Migrate and seed the database of ``settings``; returns the seed's summary."""
    from business.clock import SystemClock
    from business.migrations.runner import upgrade
    from business.seed import seed as plant
    from business.sql.database import Database

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    await upgrade(settings.database_url)
    database = Database(settings.database_url, clock=SystemClock())
    try:
        return await plant(database, datetime.now(UTC))
    finally:
        await database.close()
