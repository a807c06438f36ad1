from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from hero365_client import ConfirmationRequest, Player, ResponseInterrupted, ToolRun, TurnRecord
from serve_app.cli.books import Books, InvoiceFact, JobFact
from serve_app.cli.demo_checks import (
    check_answered,
    check_billed,
    check_booked,
    check_interrupted,
    check_moved,
    check_not_before_yes,
    check_read_back,
    check_tools,
)

ZONE = ZoneInfo("America/Chicago")
NINE = datetime(2026, 11, 26, 9, tzinfo=ZONE)
FRIDAY = datetime(2026, 11, 27, 14, tzinfo=ZONE)
HOUR = timedelta(hours=1)
OLD = JobFact("old", "JOB-000001", "Roof", "Joe", NINE, NINE + HOUR, "scheduled")
NEW = JobFact("new", "JOB-000042", "Leak repair", "Maria Lopez", NINE, NINE + HOUR, "scheduled")
BEFORE = Books(
    ZONE, {"old": OLD}, {"i0": InvoiceFact("i0", "INV-000001", "Joe", Decimal(9), "sent")}, ("Joe",)
)


def with_jobs(*jobs: JobFact) -> Books:
    return replace(BEFORE, jobs={job.id: job for job in jobs})


def with_invoices(*invoices: InvoiceFact) -> Books:
    return replace(BEFORE, invoices={**BEFORE.invoices, **{each.id: each for each in invoices}})


def test_one_job_for_the_right_person_at_the_right_time() -> None:
    assert check_booked(BEFORE, with_jobs(OLD, NEW), "Maria Lopez", NINE).holds


@pytest.mark.parametrize(
    "jobs",
    [
        (OLD,),
        (OLD, replace(NEW, contact="Joe")),
        (OLD, replace(NEW, start=NINE + HOUR)),
        (OLD, replace(NEW, start=None)),
        (OLD, NEW, replace(NEW, id="twice")),
    ],
)
def test_any_other_booking_fails(jobs: tuple[JobFact, ...]) -> None:
    assert not check_booked(BEFORE, with_jobs(*jobs), "Maria Lopez", NINE).holds


MOVED = replace(NEW, start=FRIDAY, end=FRIDAY + HOUR)


def test_the_booked_job_was_moved() -> None:
    assert check_moved(BEFORE, with_jobs(OLD, NEW), with_jobs(OLD, MOVED), FRIDAY).holds


@pytest.mark.parametrize(
    "after",
    [
        (OLD, NEW),
        (OLD,),
        (OLD, replace(MOVED, end=FRIDAY + 2 * HOUR)),
        (OLD, NEW, replace(MOVED, id="copy")),
        (replace(OLD, start=FRIDAY), MOVED),
    ],
)
def test_any_other_move_fails(after: tuple[JobFact, ...]) -> None:
    assert not check_moved(BEFORE, with_jobs(OLD, NEW), with_jobs(*after), FRIDAY).holds


BILL = InvoiceFact("i1", "INV-000002", "Sam Lee", Decimal("300.00"), "draft")


def test_one_invoice_of_the_right_amount() -> None:
    assert check_billed(BEFORE, with_invoices(BILL), "Sam Lee", Decimal(300)).holds
    assert check_not_before_yes(BEFORE, BEFORE).holds


@pytest.mark.parametrize(
    "invoices",
    [
        (),
        (BILL, replace(BILL, id="i2")),
        (replace(BILL, total=Decimal(30)),),
        (replace(BILL, contact="Joe"),),
    ],
)
def test_any_other_bill_fails(invoices: tuple[InvoiceFact, ...]) -> None:
    assert not check_billed(BEFORE, with_invoices(*invoices), "Sam Lee", Decimal(300)).holds


def test_an_invoice_before_the_yes_fails() -> None:
    assert not check_not_before_yes(BEFORE, with_invoices(BILL)).holds


@pytest.mark.parametrize(
    ("read_back", "holds"),
    [
        ("Invoice to Sam Lee for 1,300 dollars. Shall I?", True),
        ("Invoice to Sam Lee for 130 dollars. Shall I?", False),
        ("Invoice to Joe for 1,300 dollars. Shall I?", False),
        ("", False),
    ],
)
def test_the_read_back_names_person_and_amount(read_back: str, holds: bool) -> None:
    record = TurnRecord(confirmations=[ConfirmationRequest(confirmation_id="k", read_back=read_back)])
    assert check_read_back(record, "Sam Lee", Decimal(1300)).holds is holds


def interrupted(heard_text: str, heard_ms: float) -> tuple[TurnRecord, Player]:
    player = Player(0.0, 24_000)
    player.receive("i", bytes(24_000 * 2 * 5), 0.0)
    player.flush(1.5, "i")
    event = ResponseInterrupted(item_id="i", heard_text=heard_text, heard_ms=heard_ms)
    texts = {"i": ["You have three jobs.", "First the roof at nine, then the leak."]}
    return TurnRecord(items=["i"], texts=texts, interrupted={"i": event}), player


@pytest.mark.parametrize(
    ("heard_text", "heard_ms", "holds"),
    [
        ("You have three jobs. First", 1400.0, True),
        ("", 1400.0, True),
        ("You have three jobs. First the roof at nine, then the leak.", 1400.0, False),
        ("Something else", 1400.0, False),
        ("You have three jobs.", 4000.0, False),
    ],
)
def test_only_what_was_heard_is_kept(heard_text: str, heard_ms: float, holds: bool) -> None:
    assert check_interrupted(*interrupted(heard_text, heard_ms)).holds is holds


def test_a_reply_that_was_not_interrupted_fails() -> None:
    assert not check_interrupted(TurnRecord(), Player(0.0, 24_000)).holds


def test_turns_must_be_heard_and_answered() -> None:
    good = TurnRecord(heard=["x"], voice_to_voice_ms=500.0)
    assert check_answered(["a"], [good]).holds
    for bad in (
        replace(good, heard=[]),
        replace(good, voice_to_voice_ms=None),
        replace(good, timed_out=True),
    ):
        verdict = check_answered(["a", "b"], [good, bad])
        assert not verdict.holds
        assert verdict.found == "b"


def test_requests_must_run_their_tools_with_success() -> None:
    ran = TurnRecord(tools=[ToolRun("c", "create_job", {}, True)])
    refused = TurnRecord(tools=[ToolRun("c", "create_job", {}, False)])
    assert check_tools([("book", "create_job", ran)]).holds
    assert not check_tools([("book", "create_job", refused)]).holds
    assert not check_tools([("book", "create_invoice", ran)]).holds
