"""``hero365 doctor``: can this machine run the server? Looks only: starts nothing and leaves nothing behind."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from config.settings import load_settings
from serve_app.cli.checks import Check, Level, all_checks

_MARKS = {Level.OK: "[green]✓[/green]", Level.WARNING: "[yellow]![/yellow]", Level.FAILED: "[red]✗[/red]"}


def doctor() -> int:
    """Check ports, memory, models, HAProxy, Redis and the data folder; ends with 1 if something required is missing."""
    checks = all_checks(load_settings())
    Console().print(_table(checks))
    failed = [check.name for check in checks if check.level is Level.FAILED]
    print(f"Missing: {', '.join(failed)}." if failed else "This machine can run the server.")
    return 1 if failed else 0


def _table(checks: list[Check]) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 1))
    for check in checks:
        table.add_row(_MARKS[check.level], check.name, check.found)
    return table
