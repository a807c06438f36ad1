"""Every pair of statuses of every state machine, against the tables of the domain written out here."""

from __future__ import annotations

from enum import StrEnum

import pytest

from business.entities.activities import ACTIVITY_TRANSITIONS, ActivityStatus
from business.entities.contacts import RELATIONSHIPS, RelationshipStatus
from business.entities.estimates import ESTIMATE_TRANSITIONS, EstimateStatus, spoken_status
from business.entities.invoices import INVOICE_TRANSITIONS, InvoiceStatus
from business.entities.jobs import JOB_TRANSITIONS, JobStatus
from business.entities.payments import PAYMENT_TRANSITIONS, PaymentStatus
from business.entities.projects import PROJECT_TRANSITIONS, ProjectStatus
from business.entities.transitions import Transitions
from business.errors import InvalidTransition, ValidationFailed

JOBS = """
draft: quoted scheduled cancelled
quoted: scheduled draft cancelled
scheduled: in_progress on_hold cancelled
in_progress: completed on_hold cancelled
on_hold: in_progress scheduled cancelled
completed: invoiced
invoiced: paid
"""
PROJECTS = """
planning: active cancelled
active: on_hold completed cancelled
on_hold: active cancelled
"""
ESTIMATES = """
draft: sent cancelled
sent: viewed approved rejected cancelled expired
viewed: approved rejected cancelled expired
approved: converted cancelled
expired: sent cancelled
"""
INVOICES = """
draft: sent cancelled
sent: viewed partially_paid paid cancelled
viewed: partially_paid paid cancelled
partially_paid: paid refunded
paid: refunded
"""
CONTACTS = """
prospect: qualified_lead
qualified_lead: opportunity active_client lost_lead
opportunity: active_client lost_lead
active_client: inactive past_client
inactive: prospect
lost_lead: prospect
past_client: prospect
"""
PAYMENTS = """
pending: processing completed failed cancelled
processing: completed failed
completed: partially_refunded refunded
partially_refunded: partially_refunded refunded
"""
ACTIVITIES = """
pending: in_progress completed cancelled overdue
in_progress: completed cancelled overdue
overdue: in_progress completed cancelled pending
"""
MACHINES = [
    (JOB_TRANSITIONS, JobStatus, JOBS),
    (PROJECT_TRANSITIONS, ProjectStatus, PROJECTS),
    (ESTIMATE_TRANSITIONS, EstimateStatus, ESTIMATES),
    (INVOICE_TRANSITIONS, InvoiceStatus, INVOICES),
    (RELATIONSHIPS, RelationshipStatus, CONTACTS),
    (PAYMENT_TRANSITIONS, PaymentStatus, PAYMENTS),
    (ACTIVITY_TRANSITIONS, ActivityStatus, ACTIVITIES),
]


def parsed(table: str) -> dict[str, set[str]]:
    rows = (row.split(":") for row in table.strip().splitlines())
    return {current.strip(): set(following.split()) for current, following in rows}


PAIRS = [
    pytest.param(machine, current, wanted, parsed(table), id=f"{kind.__name__}:{current}->{wanted}")
    for machine, kind, table in MACHINES
    for current in kind
    for wanted in kind
]


@pytest.mark.parametrize(("machine", "current", "wanted", "table"), PAIRS)
def test_every_transition(
    machine: Transitions[StrEnum], current: StrEnum, wanted: StrEnum, table: dict[str, set[str]]
) -> None:
    following = table.get(current.value, set())
    if wanted.value in following:
        machine.check(current, wanted)
        return
    with pytest.raises(InvalidTransition) as caught:
        machine.check(current, wanted)
    assert caught.value.code == "invalid_transition"
    assert set(caught.value.allowed) == following
    assert (caught.value.current, caught.value.wanted) == (current.value, wanted.value)


@pytest.mark.parametrize(
    ("machine", "kind", "table"), MACHINES, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_ends_a_life(machine: Transitions[StrEnum], kind: type[StrEnum], table: str) -> None:
    assert {status.value for status in kind if machine.is_final(status)} == {s.value for s in kind} - set(
        parsed(table)
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", "sent"),
        ("accept", "approved"),
        ("Accepted", "approved"),
        ("decline", "rejected"),
        ("declined", "rejected"),
        ("canceled", "cancelled"),
        ("converted", "converted"),
    ],
)
def test_spoken_estimate_statuses(word: str, status: str) -> None:
    assert spoken_status(word).value == status


def test_an_unknown_estimate_status_names_its_field() -> None:
    with pytest.raises(ValidationFailed) as caught:
        spoken_status("sideways")
    assert caught.value.field == "status"
