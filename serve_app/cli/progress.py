"""Shows what a starting server is doing and how long each step took; plain lines where there is no terminal.

Only prints. Steps arrive from the launcher's ``report(step, seconds)``: None for the seconds while a step
begins.
"""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.status import Status
from rich.table import Table

from config.settings import Settings


class StartProgress:
    """A spinner with the current step and a line for each finished one (``with`` around the start)."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._status: Status | None = None
        self._begun = time.monotonic()

    def __enter__(self) -> StartProgress:
        self._begun = time.monotonic()
        if self._console.is_terminal:
            self._status = self._console.status("Starting …")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        if error is None:
            self.say(f"Ready after {self.seconds:.1f} s.")

    @property
    def seconds(self) -> float:
        """Since the start began."""
        return time.monotonic() - self._begun

    def report(self, step: str, seconds: float | None = None) -> None:
        """A step has begun (``seconds`` None) or is done."""
        if seconds is None:
            if self._status is not None:
                self._status.update(step)
            return
        self.say(f"  [green]✓[/green] {step} [dim]{seconds:.1f} s[/dim]")

    def say(self, line: str) -> None:
        """Print a line, above the spinner if there is one."""
        self._console.print(line, highlight=False)

    def urls(self, base_url: str, settings: Settings) -> None:
        """Where to find what, once the server is up."""
        table = Table.grid(padding=(0, 2))
        table.add_row("API", f"{base_url}/api/v1/voice-agent")
        table.add_row("Docs", f"{base_url}/docs")
        table.add_row("Data", str(settings.data_dir))
        table.add_row("Talk", 'hero365 talk --text "What\'s my day?"')
        self._console.print(table)
