"""What the demo must have brought about, judged on the database and on what was played. Pure.

Expectations come from the script, the seed and today's date; never from what the server answered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hero365_client import Player, TurnRecord
from media.speakable import speakable
from serve_app.cli.books import Books

_HEARD_TOLERANCE_MS = 300.0
_FASTEST_WORDS_PER_S = 7.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check: what was asked for, whether it holds, what was found."""

    claim: str
    holds: bool
    found: str


def check_booked(before: Books, after_booking: Books, contact: str, start: datetime) -> Verdict:
    """Exactly one job was created, for the right person at the right time."""
    jobs = after_booking.new_jobs(before)
    found = "; ".join(f"{job.number} for {job.contact or 'nobody'}, {_when(job.start)}" for job in jobs)
    holds = len(jobs) == 1 and jobs[0].contact == contact and jobs[0].start == start
    return Verdict(f"one job was booked for {contact}, {_when(start)}", holds, found or "no new job")


def check_moved(before: Books, after_booking: Books, after: Books, start: datetime) -> Verdict:
    """The very job that was booked was moved, kept its length, and is still the only new one."""
    claim = f"the same job was moved to {_when(start)} and kept its length"
    booked = after_booking.new_jobs(before)
    if len(booked) != 1:
        return Verdict(claim, False, f"{len(booked)} jobs had been booked")
    job = after.jobs.get(booked[0].id)
    if job is None:
        return Verdict(claim, False, "the job is gone")
    kept = _length(job.start, job.end) == _length(booked[0].start, booked[0].end)
    unique = [each.id for each in after.new_jobs(before)] == [job.id]
    others = sum(1 for key, each in before.jobs.items() if after.jobs.get(key) != each)
    found = f"{job.number} {_when(job.start)}, length {'kept' if kept else 'changed'}, {others} other jobs changed"
    return Verdict(claim, job.start == start and kept and unique and not others, found)


def check_billed(before: Books, after: Books, contact: str, amount: Decimal) -> Verdict:
    """Exactly one invoice was created, for the right person and amount."""
    invoices = after.new_invoices(before)
    found = "; ".join(f"{each.number} to {each.contact} for {each.total}" for each in invoices)
    holds = len(invoices) == 1 and invoices[0].contact == contact and invoices[0].total == amount
    return Verdict(f"exactly one invoice, to {contact} for {amount}", holds, found or "no new invoice")


def check_not_before_yes(before: Books, before_yes: Books) -> Verdict:
    """No invoice existed while the read-back waited for its yes."""
    count = len(before_yes.new_invoices(before))
    return Verdict("no invoice existed before the yes", count == 0, f"{count} invoices")


def check_read_back(record: TurnRecord, contact: str, amount: Decimal) -> Verdict:
    """The question before the yes named the person and the amount."""
    read_back = " ".join(each.read_back for each in record.confirmations)
    whole = f"{amount:,.0f}"
    named = _words(contact) <= _words(read_back) and whole.replace(",", "") in read_back.replace(",", "")
    return Verdict(f"the read-back named {contact} and {whole}", named, read_back or "no read-back")


def check_interrupted(record: TurnRecord, player: Player) -> Verdict:
    """The history of an interrupted reply holds a true beginning of it, no longer than what was played."""
    claim = "the interrupted reply is kept only as far as it was heard"
    for item, event in record.interrupted.items():
        announced = record.texts.get(item, [])
        heard = _sequence(event.heard_text)
        wholes = (_sequence(" ".join(announced)), _sequence(" ".join(map(speakable, announced))))
        played_ms = player.played_ms(item)
        beginning = any(whole[: len(heard)] == heard and len(heard) < len(whole) for whole in wholes)
        in_time = len(heard) <= _FASTEST_WORDS_PER_S * (played_ms + _HEARD_TOLERANCE_MS) / 1000
        honest = abs(event.heard_ms - played_ms) <= _HEARD_TOLERANCE_MS
        found = (
            f"{len(heard)} of {len(wholes[1])} words, “…{' '.join(event.heard_text.split()[-4:])}”; "
            f"{event.heard_ms:.0f} ms by the server, {played_ms} ms played"
        )
        return Verdict(claim, beginning and in_time and honest, found)
    return Verdict(claim, False, "no reply was interrupted")


def check_answered(names: Sequence[str], records: Sequence[TurnRecord]) -> Verdict:
    """Every turn was heard and answered aloud."""
    silent = [
        name
        for name, record in zip(names, records, strict=True)
        if record.timed_out or not record.heard or record.voice_to_voice_ms is None
    ]
    return Verdict(
        "every turn was heard and answered aloud", not silent, ", ".join(silent) or f"{len(names)} turns"
    )


def check_tools(wanted: Sequence[tuple[str, str, TurnRecord]]) -> Verdict:
    """Each turn ran the tool it asked for, with success; ``wanted`` is (turn, tool, record)."""
    missing = [
        f"{name}: {tool}"
        for name, tool, record in wanted
        if not any(run.name == tool and run.ok for run in record.tools)
    ]
    return Verdict("each request ran its tool", not missing, ", ".join(missing) or f"{len(wanted)} tools")


def _length(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start


def _when(moment: datetime | None) -> str:
    return "without a date" if moment is None else f"{moment:%A %-d %B at %H:%M}"


def _sequence(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))


def _words(text: str) -> set[str]:
    return set(_sequence(text))
