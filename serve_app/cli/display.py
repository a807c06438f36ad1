"""Prints a conversation as it happens: partial words while the user speaks, tools, answers, times. Only prints."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.markup import escape

from hero365_client import (
    ConfirmationRequest,
    ErrorEvent,
    Event,
    HandOff,
    Notification,
    ResponseDone,
    ResponseInterrupted,
    ResponseText,
    ToolCalled,
    ToolFinished,
    ToolProgress,
    Transcript,
    TurnRecord,
)


class ConversationDisplay:
    """A listener of a voice connection.

    Args:
        console: Where to print.
        quiet: Only what was heard and answered.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._tools: dict[str, str] = {}

    def take(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Transcript():
                self._transcript(event)
            case ResponseText():
                self._answer(event)
            case ToolCalled():
                self._tools[event.call_id] = event.name
                self._detail(f"→ {event.name}({_brief(event.arguments)})")
            case ToolFinished():
                mark = "[green]✓[/green]" if event.ok else "[yellow]✗[/yellow]"
                name = self._tools.pop(event.call_id, "tool")
                self._detail(f"{mark} {name}: {escape(event.summary)}", markup=True)
            case ToolProgress():
                self._detail(f"… {event.name} is running for {event.elapsed_ms / 1000:.1f} s")
            case ConfirmationRequest():
                self._detail("? waits for a yes")
            case HandOff():
                self._detail(f"⇄ {event.from_agent} → {event.to_agent}")
            case Notification():
                self._detail(f"🔔 {event.kind}{' (was due earlier)' if event.late else ''}: {event.text}")
            case ResponseInterrupted():
                self._detail(f"✂ interrupted after {event.heard_ms / 1000:.1f} s: “{event.heard_text}”")
            case ResponseDone():
                spans = ", ".join(
                    f"{name.removesuffix('_ms')} {value:.0f}" for name, value in event.latency.items()
                )
                if spans:
                    self._detail(f"⏱ {spans} ms (the server's own)")
            case ErrorEvent():
                self._console.print(f"[red]error[/red] {escape(event.code)}: {escape(event.message)}")
            case _:
                return

    def measured(self, record: TurnRecord) -> None:
        """The turn's times as measured on the audio at the client."""
        if record.timed_out:
            self._console.print("[red]no complete answer in time[/red]")
        if record.voice_to_voice_ms is not None:
            self._detail(f"⏱ voice to voice {record.voice_to_voice_ms:.0f} ms (measured on the audio)")
        if record.barge_in_stop_ms is not None:
            self._detail(f"⏱ fell silent {record.barge_in_stop_ms:.0f} ms after the interruption began")

    def _transcript(self, event: Transcript) -> None:
        if event.is_final:
            self._console.print(f"[bold cyan]you [/bold cyan] {escape(event.text)}", highlight=False)
        elif self._console.is_terminal and not self._quiet:
            self._console.print(f"[dim]you  {escape(event.text)} …[/dim]", highlight=False, end="\r")

    def _answer(self, event: ResponseText) -> None:
        # each sentence is announced as pending; the whole text comes again when it has been spoken
        if event.spoken == "pending":
            self._console.print(f"[bold green]hero[/bold green] {escape(event.text)}", highlight=False)

    def _detail(self, text: str, *, markup: bool = False) -> None:
        if not self._quiet:
            self._console.print("     " + (text if markup else escape(text)), style="dim", highlight=False)


def _brief(arguments: Any) -> str:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return arguments[:80]
    if not isinstance(arguments, dict):
        return ""
    return ", ".join(f"{key}={value!r}" for key, value in arguments.items())
