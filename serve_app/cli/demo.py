"""``make demo``: a whole server, a spoken conversation, and the database as the judge.

Leaves ``demo_out/`` and nothing else: the server, its data and its ports are gone at the end, however it ends.
"""

from __future__ import annotations

import asyncio
import json
import signal
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.markup import escape

from business.seed import DEMO_BUSINESS_ID
from config.settings import Settings
from hero365_client import TurnRecord
from serve_app.cli.access import owner_token
from serve_app.cli.books import Books, read_books
from serve_app.cli.demo_checks import (
    Verdict,
    check_answered,
    check_billed,
    check_booked,
    check_interrupted,
    check_moved,
    check_not_before_yes,
    check_read_back,
    check_tools,
)
from serve_app.cli.demo_script import Expectations, Script, expectations, script_from
from serve_app.cli.demo_talk import DemoTalk, Held
from serve_app.cli.failure import CommandFailed
from serve_app.cli.private import private_settings
from serve_app.cli.progress import StartProgress
from serve_app.cli.samples import load_samples
from serve_app.cli.waterfall import TurnTimes, draw
from serve_app.launcher import Server

_WHOLE_CONVERSATION_S = 240.0


def demo(*, out: Path = Path("demo_out"), voice: str | None = None) -> int:
    """Start a server of its own, hold a conversation with it, check the database; ends with 0 only if all holds.

    Args:
        out: Folder for the recording, the picture and the transcript.
        voice: Speak with the samples of this voice; by default the manifest's first.
    """
    console = Console()
    samples = load_samples()
    wanted = voice or samples[0].voice
    script = script_from([sample for sample in samples if sample.voice == wanted])
    out.mkdir(parents=True, exist_ok=True)
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="hero365-demo-") as folder:
            settings = private_settings(Path(folder) / "data")
            return _with_server(settings, script, out, console)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _with_server(settings: Settings, script: Script, out: Path, console: Console) -> int:
    begun = time.monotonic()
    progress = StartProgress(console)
    server = Server(settings, progress.report)
    try:
        with progress:
            server.start()
        verdicts = _converse(server, script, out, console)
    finally:
        progress.say("[dim]Stopping the server.[/dim]")
        server.stop()
    _print_verdicts(verdicts, console)
    seconds = time.monotonic() - begun
    console.print(f"[dim]Recording, picture and transcript are in {out}/; {seconds:.0f} s in all.[/dim]")
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _converse(server: Server, script: Script, out: Path, console: Console) -> list[Verdict]:
    def look() -> Books:
        return read_books(server.settings.database_url, DEMO_BUSINESS_ID)

    before = look()
    expected = expectations(script, before, datetime.now(UTC).astimezone(before.zone).date())
    talk = DemoTalk(script, look, lambda name, record: _print_turn(name, record, console))
    token = owner_token(server.settings)

    async def hold() -> Held:
        async with asyncio.timeout(_WHOLE_CONVERSATION_S):
            return await talk.hold(server.base_url, token, out / "conversation.wav")

    try:
        held = asyncio.run(hold())
    except TimeoutError:
        raise CommandFailed(f"the conversation did not end within {_WHOLE_CONVERSATION_S:.0f} s") from None
    finally:
        save(talk.held, out)
    return verdicts_of(held, script, expected)


def verdicts_of(held: Held, script: Script, expected: Expectations) -> list[Verdict]:
    """All checks on a conversation that was held to its end."""
    if not (held.before and held.after_booking and held.before_yes and held.after and held.player):
        return [Verdict("the conversation was held to its end", False, f"{len(held.turns)} turns")]
    lines = (script.overview, script.book, script.move, script.bill, script.owed, script.interruption)
    names, records = [name for name, _ in held.turns], [record for _, record in held.turns]
    wanted = [(line.name, line.tool, merged(held.by_line[line.name])) for line in lines]
    bill = held.by_line[script.bill.name][0]
    return [
        check_answered(names, records),
        check_tools(wanted),
        check_booked(held.before, held.after_booking, expected.booked_for, expected.booked_at),
        check_moved(held.before, held.after_booking, held.after, expected.moved_to),
        check_read_back(bill, expected.billed, expected.amount),
        check_not_before_yes(held.before, held.before_yes),
        check_billed(held.before, held.after, expected.billed, expected.amount),
        check_interrupted(held.by_line[script.long_answer.name][0], held.player),
    ]


def merged(records: list[TurnRecord]) -> TurnRecord:
    """A request and its yes as one record of tool runs."""
    return TurnRecord(tools=[run for record in records for run in record.tools])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print_turn(name: str, record: TurnRecord, console: Console) -> None:
    measured = []
    if record.voice_to_voice_ms is not None:
        measured.append(f"voice to voice {record.voice_to_voice_ms:.0f} ms")
    if record.barge_in_stop_ms is not None:
        measured.append(f"silent after {record.barge_in_stop_ms:.0f} ms")
    if not record.heard and not record.answer:
        return
    console.rule(f"[bold]{name}[/bold]  [dim]{', '.join(measured)}[/dim]", align="left", style="dim")
    if record.heard:
        console.print(f"  heard     {escape(record.heard_text)}", highlight=False)
    for run in record.tools:
        mark = "✓" if run.ok else "?" if record.confirmations else "✗"
        console.print(f"  tool      {mark} {run.name} {escape(json.dumps(run.arguments))}", highlight=False)
    console.print(f"  answered  {escape(record.answer)}", highlight=False)
    for event in record.interrupted.values():
        console.print(f"  of which heard  “{escape(event.heard_text)}”", highlight=False)


def _print_verdicts(verdicts: list[Verdict], console: Console) -> None:
    console.rule("[bold]What the database and the recording say[/bold]", align="left", style="dim")
    for verdict in verdicts:
        mark = "[green]✓[/green]" if verdict.holds else "[red]✗[/red]"
        console.print(f"{mark} {escape(verdict.claim)}  [dim]{escape(verdict.found)}[/dim]", highlight=False)


def save(held: Held, out: Path) -> None:
    """Write the picture and the transcript of what was held so far."""
    times = [
        TurnTimes(name, record.latency, record.voice_to_voice_ms)
        for name, record in held.turns
        if record.voice_to_voice_ms is not None
    ]
    draw(out / "latency.png", times)
    turns: list[dict[str, Any]] = [{"turn": name, **record.to_json()} for name, record in held.turns]
    transcript = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "turns": turns,
        "status": held.status,
    }
    (out / "transcript.json").write_text(json.dumps(transcript, indent=2, ensure_ascii=False, default=str))
