"""What each of the 26 tools has to be told: its parameters, what kind of thing each is, and how to ask for it.

A table. It validates nothing (the executor does) and names only parameters of the tools' contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What kind of answer a slot takes."""

    CONTACT = "contact"
    JOB = "job"
    PROJECT = "project"
    INVOICE = "invoice"
    ESTIMATE = "estimate"
    WHEN = "when"
    AMOUNT = "amount"
    PERCENT = "percent"
    JOB_STATUS = "job_status"
    ESTIMATE_STATUS = "estimate_status"
    TEXT = "text"
    PLACE = "place"
    CHOICE = "choice"
    COUNT = "count"


REFERENCES: Final = frozenset({Kind.CONTACT, Kind.JOB, Kind.PROJECT, Kind.INVOICE, Kind.ESTIMATE})


@dataclass(frozen=True, slots=True)
class Slot:
    """One parameter. ``question`` asks for it; a required one without a value stops the call.

    ``unless`` names another parameter whose value makes this one unnecessary: a job says whom to bill.
    """

    name: str
    kind: Kind
    required: bool = False
    question: str = ""
    unless: str = ""

    def is_missing(self, filled: dict[str, str]) -> bool:
        """Whether it is required and neither it nor what stands for it has a value."""
        return self.required and not filled.get(self.name) and not filled.get(self.unless)


@dataclass(frozen=True, slots=True)
class ToolFrame:
    """One tool. ``changes`` is True for what writes; ``doing`` names the request in "back to …".

    ``asks`` is True where the tool itself reads back and waits for a yes whatever it is asked.
    """

    tool: str
    slots: tuple[Slot, ...] = ()
    changes: bool = False
    doing: str = ""
    asks: bool = False

    def slot(self, name: str) -> Slot | None:
        """The slot of that name."""
        return next((slot for slot in self.slots if slot.name == name), None)

    def missing(self, filled: dict[str, str]) -> list[Slot]:
        """Required slots without a value, in the order in which to ask."""
        return [slot for slot in self.slots if slot.is_missing(filled)]

    def share_missing(self, filled: dict[str, str]) -> float:
        """The share of the required slots without a value, 0 for a tool that requires nothing."""
        required = sum(slot.required for slot in self.slots)
        return len(self.missing(filled)) / required if required else 0.0

    def of_kind(self, kind: Kind) -> Slot | None:
        """The first slot of a kind."""
        return next((slot for slot in self.slots if slot.kind == kind), None)


def _job(question: str) -> Slot:
    return Slot("job", Kind.JOB, True, question)


_FRAMES: Final = (
    ToolFrame("create_job", (
        Slot("title", Kind.TEXT, True, "What's the job?"),
        Slot("contact", Kind.CONTACT, True, "Who is it for?"),
        Slot("description", Kind.TEXT),
        Slot("scheduled_date", Kind.WHEN, False, "When should I book it?"),
        Slot("job_type", Kind.CHOICE),
        Slot("priority", Kind.CHOICE),
        Slot("location", Kind.PLACE, False, "Where is it?"),
    ), True, "booking the job"),
    ToolFrame("get_upcoming_jobs", (Slot("days_ahead", Kind.COUNT),)),
    ToolFrame("update_job_status", (
        _job("Which job?"),
        Slot("new_status", Kind.JOB_STATUS, True, "What should its status be?"),
        Slot("notes", Kind.TEXT),
    ), True, "the job's status"),
    ToolFrame("get_job_details", (_job("Which job?"),)),
    ToolFrame("reschedule_job", (
        _job("Which job should I move?"),
        Slot("new_date", Kind.WHEN, True, "When should I move it to?"),
        Slot("reason", Kind.TEXT),
    ), True, "moving the job"),
    ToolFrame("get_jobs_by_status", (Slot("status", Kind.JOB_STATUS, True, "Jobs with which status?"),)),
    ToolFrame("get_today_jobs"),
    ToolFrame("get_project_status", (Slot("project", Kind.PROJECT, True, "Which project?"),)),
    ToolFrame("update_project_progress", (
        Slot("project", Kind.PROJECT, True, "Which project?"),
        Slot("progress_percentage", Kind.PERCENT, True, "What percentage is it at?"),
        Slot("notes", Kind.TEXT),
    ), True, "the project's progress"),
    ToolFrame("get_active_projects"),
    ToolFrame("create_invoice", (
        Slot("contact", Kind.CONTACT, True, "Who should I bill?", unless="job"),
        Slot("amount", Kind.AMOUNT, True, "How much should I bill?"),
        Slot("description", Kind.TEXT, False, "What is it for?"),
        Slot("due_date", Kind.WHEN, False, "When is it due?"),
        Slot("job", Kind.JOB),
    ), True, "the invoice", True),
    ToolFrame("get_invoice_status", (Slot("invoice", Kind.INVOICE, True, "Which invoice?"),)),
    ToolFrame("send_invoice_reminder", (
        Slot("invoice", Kind.INVOICE, True, "Which invoice should I send a reminder for?"),
    ), True, "the reminder", True),
    ToolFrame("get_pending_invoices"),
    ToolFrame("create_estimate", (
        Slot("contact", Kind.CONTACT, True, "Who is the estimate for?", unless="job"),
        Slot("title", Kind.TEXT, True, "What is the estimate for?", unless="job"),
        Slot("amount", Kind.AMOUNT, True, "How much should I quote?"),
        Slot("description", Kind.TEXT),
        Slot("valid_until", Kind.WHEN, False, "Until when is it valid?"),
        Slot("job", Kind.JOB),
    ), True, "the estimate", True),
    ToolFrame("convert_estimate_to_invoice", (
        Slot("estimate", Kind.ESTIMATE, True, "Which estimate should I turn into an invoice?"),
    ), True, "turning the estimate into an invoice", True),
    ToolFrame("get_pending_estimates"),
    ToolFrame("update_estimate_status", (
        Slot("estimate", Kind.ESTIMATE, True, "Which estimate?"),
        Slot("status", Kind.ESTIMATE_STATUS, True, "What should its status be?"),
        Slot("notes", Kind.TEXT),
    ), True, "the estimate's status"),
    ToolFrame("get_contact_info", (Slot("contact", Kind.CONTACT, True, "Whose details do you need?"),)),
    ToolFrame("add_contact_interaction", (
        Slot("contact", Kind.CONTACT, True, "Who was it with?"),
        Slot("interaction_type", Kind.CHOICE, True, "Was it a call, an email, a meeting or a note?"),
        Slot("notes", Kind.TEXT, True, "What should I note?"),
        Slot("outcome", Kind.TEXT),
    ), True, "the note"),
    ToolFrame("schedule_follow_up", (
        Slot("contact", Kind.CONTACT, True, "Who should you follow up with?"),
        Slot("follow_up_date", Kind.WHEN, True, "When should I remind you?"),
        Slot("notes", Kind.TEXT, True, "What is it about?"),
        Slot("priority", Kind.CHOICE),
    ), True, "the follow-up"),
    ToolFrame("search_contacts", (
        Slot("query", Kind.TEXT, True, "Who should I look for?", unless="relationship_status"),
        Slot("relationship_status", Kind.CHOICE),
    )),
    ToolFrame("get_business_summary"),
    ToolFrame("get_current_time"),
    ToolFrame("set_reminder", (
        Slot("message", Kind.TEXT, True, "What should I remind you about?"),
        Slot("reminder_time", Kind.WHEN, True, "When should I remind you?"),
    ), True, "the reminder"),
    ToolFrame("get_weather_info", (
        Slot("location", Kind.PLACE, False, "For which place?"),
        Slot("when", Kind.WHEN, False, "For which day?"),
        Slot("about", Kind.CHOICE),
    )),
)  # fmt: skip

FRAMES: Final[dict[str, ToolFrame]] = {frame.tool: frame for frame in _FRAMES}
