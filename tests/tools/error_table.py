"""Every tool × every type of error: how it comes about on the planted business, or why it cannot."""

from __future__ import annotations

from business.entities.contacts import RelationshipStatus
from business.entities.estimates import EstimateStatus
from business.entities.interactions import InteractionType
from business.entities.jobs import JobStatus
from tests.tools.error_cases import (
    AWAY,
    FLAVOUR,
    MILLER,
    MILLER_JOBS,
    MILLERS,
    NEVER_ASKS,
    NO_CONTACT,
    NO_ITEM,
    NO_READ,
    OKAFOR_INVOICES,
    ONLY_ADDS,
    SAMS,
    STALE,
    STRANGER,
    Case,
    Cells,
    bath_done,
    billed,
    but,
    drain_done,
    offered,
    reminded,
    second_project,
)
from tools.envelope import ToolErrorType as E

JOB_CELLS: dict[str, Cells] = {
    "create_job": {
        E.NOT_FOUND: Case(but("create_job", **NO_CONTACT)),
        E.AMBIGUOUS: (
            Case(but("create_job", **MILLER), candidates=MILLERS),
            Case(but("create_job", contact="Sam Reed"), candidates=SAMS),
        ),
        E.INVALID_TRANSITION: ONLY_ADDS,
        E.FORBIDDEN: (STRANGER, Case(user="user-viewer")),
        E.VALIDATION: (
            Case(but("create_job", scheduled_date="yesterday"), field="scheduled_date"),
            Case(but("create_job", scheduled_date="banana"), field="scheduled_date"),
            Case(but("create_job", contact="her"), field="contact"),
            Case(but("create_job", title=""), field="title"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: Case(but("create_job", scheduled_date="tomorrow at 9:30")),
        E.UNAVAILABLE: AWAY,
    },
    "get_upcoming_jobs": NO_READ
    | NO_ITEM
    | {
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: (
            Case({"days_ahead": 0}, field="days_ahead"),
            Case({"days_ahead": 400}, field="days_ahead"),
        ),
    },
    "update_job_status": {
        E.NOT_FOUND: (
            Case({"job": "job 99", "new_status": "done"}),
            Case({"job": "the Zimmermann job", "new_status": "done"}),
        ),
        E.AMBIGUOUS: Case({"job": "the Miller job", "new_status": "started"}, candidates=MILLER_JOBS),
        E.INVALID_TRANSITION: (
            Case(
                {"job": "the leak repair", "new_status": "paid"},
                allowed=("in_progress", "on_hold", "cancelled"),
            ),
            Case({"job": "job 4", "new_status": "cancelled"}, drain_done, allowed=("invoiced",)),
        ),
        E.FORBIDDEN: (STRANGER, Case(user="user-contractor")),
        E.VALIDATION: (
            Case({"job": "it", "new_status": "done"}, field="job"),
            Case(
                {"job": "job 1", "new_status": "sideways"},
                field="new_status",
                allowed=tuple(status.value for status in JobStatus),
            ),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: Case({"job": "the leak repair", "new_status": "cancelled"}),
        E.UNAVAILABLE: AWAY,
    },
    "get_job_details": NO_READ
    | {
        E.NOT_FOUND: (Case({"job": "job 99"}), Case({"job": "the Zimmermann job"})),
        E.AMBIGUOUS: Case({"job": "the Miller job"}, candidates=MILLER_JOBS),
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: (Case({"job": "it"}, field="job"), Case({}, field="job")),
    },
    "reschedule_job": {
        E.NOT_FOUND: Case({"job": "job 99", "new_date": "Saturday"}),
        E.AMBIGUOUS: Case({"job": "the Miller job", "new_date": "Saturday"}, candidates=MILLER_JOBS),
        E.INVALID_TRANSITION: Case(
            {"job": "job 4", "new_date": "Saturday"}, drain_done, allowed=("invoiced",)
        ),
        E.FORBIDDEN: (STRANGER, Case(user="user-viewer")),
        E.VALIDATION: (
            Case({"job": "the leak repair", "new_date": "yesterday"}, field="new_date"),
            Case({"job": "the leak repair", "new_date": "banana"}, field="new_date"),
            Case({"job": "it", "new_date": "Saturday"}, field="job"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: Case({"job": "the leak repair", "new_date": "Friday at 2:30 pm"}),
        E.UNAVAILABLE: AWAY,
    },
    "get_jobs_by_status": NO_READ
    | NO_ITEM
    | {
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: Case(
            {"status": "sideways"}, field="status", allowed=tuple(status.value for status in JobStatus)
        ),
    },
    "get_today_jobs": NO_READ | NO_ITEM | {E.FORBIDDEN: STRANGER, E.VALIDATION: FLAVOUR},
}

PROJECT_CELLS: dict[str, Cells] = {
    "get_project_status": NO_READ
    | {
        E.NOT_FOUND: (Case({"project": "project 99"}), Case({"project": "the swimming hall"})),
        E.AMBIGUOUS: Case(
            {"project": "Okafor"},
            second_project,
            candidates=("Okafor bathroom remodel for Ines Okafor", "Okafor kitchen remodel for Ines Okafor"),
        ),
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: Case({"project": "it"}, field="project"),
    },
    "update_project_progress": {
        E.NOT_FOUND: Case({"project": "the swimming hall", "progress_percentage": 10}),
        E.AMBIGUOUS: Case(
            {"project": "Okafor", "progress_percentage": 10},
            second_project,
            candidates=("Okafor bathroom remodel for Ines Okafor", "Okafor kitchen remodel for Ines Okafor"),
        ),
        E.INVALID_TRANSITION: Case(prepare=bath_done),
        E.FORBIDDEN: (STRANGER, Case(user="user-contractor")),
        E.VALIDATION: (
            Case({"project": "Okafor", "progress_percentage": 150}, field="progress_percentage"),
            Case({"project": "Okafor", "progress_percentage": "banana"}, field="progress_percentage"),
            Case({"project": "it", "progress_percentage": 10}, field="project"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: NEVER_ASKS,
        E.UNAVAILABLE: AWAY,
    },
    "get_active_projects": NO_READ | NO_ITEM | {E.FORBIDDEN: STRANGER, E.VALIDATION: FLAVOUR},
}

INVOICE_CELLS: dict[str, Cells] = {
    "create_invoice": {
        E.NOT_FOUND: (Case(but("create_invoice", **NO_CONTACT)), Case(but("create_invoice", job="job 99"))),
        E.AMBIGUOUS: (
            Case(but("create_invoice", **MILLER), candidates=MILLERS),
            Case(but("create_invoice", job="the Miller job"), candidates=MILLER_JOBS),
        ),
        E.INVALID_TRANSITION: ONLY_ADDS,
        E.FORBIDDEN: (
            STRANGER,
            Case(user="user-employee"),
            Case(but("create_invoice", amount=9_000), is_driving=True, field="amount"),
        ),
        E.VALIDATION: (
            Case(but("create_invoice", amount="banana"), field="amount"),
            Case(but("create_invoice", amount=0), field="amount"),
            Case(but("create_invoice", amount="1e400"), field="amount"),
            Case(but("create_invoice", due_date="yesterday"), field="due_date"),
            Case({"amount": 10}, field="contact"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: Case(),
        E.UNAVAILABLE: AWAY,
    },
    "get_invoice_status": NO_READ
    | {
        E.NOT_FOUND: (Case({"invoice": "invoice 99"}), Case({"invoice": "the Zimmermann invoice"})),
        E.AMBIGUOUS: Case({"invoice": "Okafor"}, billed("ines"), candidates=OKAFOR_INVOICES),
        E.FORBIDDEN: (STRANGER, Case(user="user-viewer")),
        E.VALIDATION: Case({"invoice": "it"}, field="invoice"),
    },
    "send_invoice_reminder": {
        E.NOT_FOUND: Case({"invoice": "invoice 99"}),
        E.AMBIGUOUS: Case({"invoice": "Okafor"}, billed("ines"), candidates=OKAFOR_INVOICES),
        E.INVALID_TRANSITION: (
            Case({"invoice": "Patel"}),
            Case({"invoice": "invoice 4"}, billed("ines", send=False), allowed=("sent",)),
        ),
        E.FORBIDDEN: (STRANGER, Case(user="user-employee")),
        E.VALIDATION: Case({"invoice": "it"}, field="invoice"),
        E.CONFLICT: (STALE, Case(prepare=reminded)),
        E.NEEDS_CONFIRMATION: Case(),
        E.UNAVAILABLE: AWAY,
    },
    "get_pending_invoices": NO_READ
    | NO_ITEM
    | {
        E.FORBIDDEN: (STRANGER, Case(user="user-viewer")),
        E.VALIDATION: FLAVOUR,
    },
}

ESTIMATE_CELLS: dict[str, Cells] = {
    "create_estimate": {
        E.NOT_FOUND: (Case(but("create_estimate", **NO_CONTACT)), Case(but("create_estimate", job="job 99"))),
        E.AMBIGUOUS: Case(but("create_estimate", **MILLER), candidates=MILLERS),
        E.INVALID_TRANSITION: ONLY_ADDS,
        E.FORBIDDEN: (
            STRANGER,
            Case(user="user-employee"),
            Case(but("create_estimate", amount=9_000), is_driving=True, field="amount"),
        ),
        E.VALIDATION: (
            Case(but("create_estimate", amount="banana"), field="amount"),
            Case(but("create_estimate", amount=-5), field="amount"),
            Case(but("create_estimate", valid_until="yesterday"), field="valid_until"),
            Case(but("create_estimate", valid_until="2199-01-01"), field="valid_until"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: Case(),
        E.UNAVAILABLE: AWAY,
    },
    "convert_estimate_to_invoice": {
        E.NOT_FOUND: Case({"estimate": "estimate 99"}),
        E.AMBIGUOUS: Case(
            prepare=offered("priya", EstimateStatus.SENT, EstimateStatus.APPROVED),
            candidates=(
                "estimate 1 for Priya Patel, panel upgrade, over 2,400 dollars",
                "estimate 3 for Priya Patel, tiles, over 75 dollars",
            ),
        ),
        E.INVALID_TRANSITION: Case(
            {"estimate": "Nguyen"}, allowed=("viewed", "approved", "rejected", "cancelled", "expired")
        ),
        E.FORBIDDEN: (
            STRANGER,
            Case(user="user-employee"),
            Case(user="user-manager", is_driving=True, field="amount"),
        ),
        E.VALIDATION: Case({"estimate": "it"}, field="estimate"),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: Case(),
        E.UNAVAILABLE: AWAY,
    },
    "get_pending_estimates": NO_READ
    | NO_ITEM
    | {
        E.FORBIDDEN: (STRANGER, Case(user="user-viewer")),
        E.VALIDATION: FLAVOUR,
    },
    "update_estimate_status": {
        E.NOT_FOUND: Case({"estimate": "estimate 99", "status": "approved"}),
        E.AMBIGUOUS: Case(
            prepare=offered("linh", EstimateStatus.SENT),
            candidates=(
                "estimate 2 for Linh Nguyen, deck drain, over 900 dollars",
                "estimate 3 for Linh Nguyen, tiles, over 75 dollars",
            ),
        ),
        E.INVALID_TRANSITION: (
            Case({"estimate": "estimate 1", "status": "viewed"}, allowed=("converted", "cancelled")),
            Case({"estimate": "estimate 1", "status": "declined"}, allowed=("converted", "cancelled")),
        ),
        E.FORBIDDEN: (STRANGER, Case(user="user-employee")),
        E.VALIDATION: (
            Case({"estimate": "it", "status": "approved"}, field="estimate"),
            Case({"estimate": "estimate 1", "status": "converted"}, field="status"),
            Case(
                {"estimate": "estimate 1", "status": "sideways"},
                field="status",
                allowed=tuple(status.value for status in EstimateStatus),
            ),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: (
            Case({"estimate": "Nguyen", "status": "declined"}),
            Case({"estimate": "Patel", "status": "cancelled"}),
        ),
        E.UNAVAILABLE: AWAY,
    },
}

CONTACT_CELLS: dict[str, Cells] = {
    "get_contact_info": NO_READ
    | {
        E.NOT_FOUND: (
            Case(NO_CONTACT),
            # Close, but not close enough to be taken for it: offered.
            Case({"contact": "Okafur Ines Maria Theresia"}),
        ),
        E.AMBIGUOUS: (Case(MILLER, candidates=MILLERS), Case({"contact": "Sam Reed"}, candidates=SAMS)),
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: (Case({"contact": "her"}, field="contact"), Case({"contact": ""}, field="contact")),
    },
    "add_contact_interaction": {
        E.NOT_FOUND: Case(but("add_contact_interaction", **NO_CONTACT)),
        E.AMBIGUOUS: Case(but("add_contact_interaction", **MILLER), candidates=MILLERS),
        E.INVALID_TRANSITION: ONLY_ADDS,
        E.FORBIDDEN: (STRANGER, Case(user="user-contractor")),
        E.VALIDATION: (
            Case(
                but("add_contact_interaction", interaction_type="dance"),
                field="interaction_type",
                allowed=tuple(kind.value for kind in InteractionType),
            ),
            Case(but("add_contact_interaction", contact="her"), field="contact"),
            Case(but("add_contact_interaction", notes="x" * 5_001), field="notes"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: NEVER_ASKS,
        E.UNAVAILABLE: AWAY,
    },
    "schedule_follow_up": {
        E.NOT_FOUND: Case(but("schedule_follow_up", **NO_CONTACT)),
        E.AMBIGUOUS: Case(but("schedule_follow_up", **MILLER), candidates=MILLERS),
        E.INVALID_TRANSITION: ONLY_ADDS,
        E.FORBIDDEN: (STRANGER, Case(user="user-contractor")),
        E.VALIDATION: (
            Case(but("schedule_follow_up", follow_up_date="yesterday"), field="follow_up_date"),
            Case(but("schedule_follow_up", follow_up_date="banana"), field="follow_up_date"),
            Case(but("schedule_follow_up", follow_up_date="2199-01-01"), field="follow_up_date"),
            Case(but("schedule_follow_up", contact="him"), field="contact"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: NEVER_ASKS,
        E.UNAVAILABLE: AWAY,
    },
    "search_contacts": NO_READ
    | NO_ITEM
    | {
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: (
            Case({"query": ""}, field="query"),
            Case(
                {"query": "Miller", "relationship_status": "sideways"},
                field="relationship_status",
                allowed=tuple(status.value for status in RelationshipStatus),
            ),
        ),
    },
}

GENERAL_CELLS: dict[str, Cells] = {
    "get_business_summary": NO_READ | NO_ITEM | {E.FORBIDDEN: STRANGER, E.VALIDATION: FLAVOUR},
    "get_current_time": NO_READ | NO_ITEM | {E.FORBIDDEN: STRANGER, E.VALIDATION: FLAVOUR},
    "set_reminder": NO_ITEM
    | {
        E.INVALID_TRANSITION: ONLY_ADDS,
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: (
            Case(but("set_reminder", reminder_time="yesterday"), field="reminder_time"),
            Case(but("set_reminder", reminder_time="banana"), field="reminder_time"),
            Case(but("set_reminder", reminder_time="next week"), field="reminder_time"),
            Case(but("set_reminder", message=""), field="message"),
            Case(but("set_reminder", message="to "), field="message"),
        ),
        E.CONFLICT: STALE,
        E.NEEDS_CONFIRMATION: NEVER_ASKS,
        E.UNAVAILABLE: AWAY,
    },
    "get_weather_info": NO_READ
    | {
        E.NOT_FOUND: (
            Case({"location": "Zzyzx Springs"}, field="location"),
            Case({"location": "job 99"}, field="location"),
        ),
        E.AMBIGUOUS: (
            Case({"location": "the Miller job"}, field="location", candidates=MILLER_JOBS),
            Case(
                {"location": "Springfield"},
                field="location",
                candidates=("Springfield, Missouri", "Springfield, Illinois", "Springfield, Massachusetts"),
            ),
        ),
        E.FORBIDDEN: STRANGER,
        E.VALIDATION: Case({"location": "Waco", "when": "in forty days"}, field="when"),
    },
}

TABLE = JOB_CELLS | PROJECT_CELLS | INVOICE_CELLS | ESTIMATE_CELLS | CONTACT_CELLS | GENERAL_CELLS
