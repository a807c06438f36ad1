"""What is said in the demo, chosen from the samples by what they ask for, and what must come of it.

Knows the samples' manifest and today's date; never the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from serve_app.cli.books import Books
from serve_app.cli.failure import CommandFailed
from serve_app.cli.samples import Sample


@dataclass(frozen=True, slots=True)
class Line:
    """One turn: its name in the report, what is said, the tool it asks for."""

    name: str
    sample: Sample
    tool: str


@dataclass(frozen=True, slots=True)
class Script:
    """The conversation in order; ``yes`` answers read-backs; ``interruption`` is spoken over the last answer."""

    overview: Line
    book: Line
    move: Line
    bill: Line
    yes: Sample
    owed: Line
    long_answer: Line
    interruption: Line


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the database must say in the end. Times are in the business's zone."""

    booked_for: str
    booked_at: datetime
    moved_to: datetime
    billed: str
    amount: Decimal


def script_from(samples: Sequence[Sample]) -> Script:
    """The demo's lines.

    Raises:
        CommandFailed: The samples lack a needed sentence.
    """

    def line(name: str, tool: str, *, context: bool = False) -> Line:
        for sample in samples:
            if sample.tool == tool and sample.needs_context == context:
                return Line(name, sample, tool)
        raise CommandFailed(f"samples/manifest.jsonl has no sentence for {tool}")

    yes = next((each for each in samples if each.facts.get("answer") == "yes"), None)
    if yes is None:
        raise CommandFailed("samples/manifest.jsonl has no yes")
    return Script(
        line("day overview", "get_today_jobs"),
        line("book a job", "create_job"),
        line("move it", "reschedule_job", context=True),
        line("bill a customer", "create_invoice"),
        yes,
        line("who owes me", "get_pending_invoices"),
        line("the week, interrupted", "get_upcoming_jobs"),
        line("the interruption", "get_contact_info"),
    )


def expectations(script: Script, before: Books, today: date) -> Expectations:
    """What must come of the script, for a business with these books on this day."""
    book, move, bill = (line.sample.facts for line in (script.book, script.move, script.bill))
    booked_at = moment(book, today, before.zone)
    return Expectations(
        contact_called(book["contact"], before.contacts),
        booked_at,
        moment(move, booked_at.date(), before.zone),
        contact_called(bill["contact"], before.contacts),
        Decimal(bill["amount"]),
    )


def moment(facts: Mapping[str, str], today: date, zone: ZoneInfo) -> datetime:
    """The local time that ``day`` and ``time`` mean; without a day it stays the given one.

    Raises:
        CommandFailed: A day in other words than ``today`` and ``tomorrow``.
    """
    days = {"": 0, "today": 0, "tomorrow": 1}
    day = facts.get("day", "")
    if day not in days:
        raise CommandFailed(f"the demo cannot work out which day {day!r} is")
    return datetime.combine(today + timedelta(days=days[day]), time.fromisoformat(facts["time"]), zone)


def contact_called(name: str, contacts: Sequence[str]) -> str:
    """The one contact whose name holds all words of ``name``.

    Raises:
        CommandFailed: None or several do, so that the demo could not tell right from wrong.
    """
    wanted = set(name.lower().split())
    found = [contact for contact in contacts if wanted <= set(contact.lower().split())]
    if len(found) != 1:
        raise CommandFailed(f"the seed has {len(found)} contacts called {name!r}; the demo needs exactly one")
    return found[0]
