"""Contracts of the estimate tools."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from business.entities.estimates import EstimateStatus
from business.entities.memberships import Permission
from tools.arguments import Amount, ContactRef, EstimateRef, JobRef, Notes, SpokenDate
from tools.spec import Arguments, Asks, Effect, ToolSpec, Topic
from tools.statuses import spoken_code


class CreateEstimate(Arguments):
    """Arguments of create_estimate."""

    contact: Annotated[
        ContactRef | None,
        Field(description="Whom it is for; left out when a job is given: the job's contact."),
    ] = None
    title: Annotated[
        str,
        Field(
            max_length=300,
            description="Short name of the work ('Kitchen wiring'); left out when a job is given: the job's title.",
        ),
    ] = ""
    description: Annotated[str, Field(max_length=2000, description="What is offered; may be empty.")] = ""
    amount: Amount
    valid_until: SpokenDate | None = None
    job: JobRef | None = None


class ConvertEstimateToInvoice(Arguments):
    """Arguments of convert_estimate_to_invoice."""

    estimate: EstimateRef


class GetPendingEstimates(Arguments):
    """get_pending_estimates takes nothing."""


class UpdateEstimateStatus(Arguments):
    """Arguments of update_estimate_status."""

    estimate: EstimateRef
    status: Annotated[
        EstimateStatus,
        BeforeValidator(lambda value: spoken_code("estimate", value) if isinstance(value, str) else value),
        Field(description="The status it shall have ('accepted' is approved, 'declined' is rejected)."),
    ]
    notes: Notes | None = None


SPECS = (
    ToolSpec(
        name="create_estimate",
        description="Write an estimate or quote for a contact over an amount, after a yes.",
        examples=(
            "Make the Ortegas an offer of six thousand for the bathroom",
            "Estimate nine fifty for the panel",
        ),
        topic=Topic.ESTIMATE,
        effect=Effect.WRITE,
        arguments=CreateEstimate,
        permission=Permission.CREATE_ESTIMATES,
        asks=Asks.ALWAYS,
    ),
    ToolSpec(
        name="convert_estimate_to_invoice",
        description="Turn an approved estimate into an invoice, after a yes.",
        examples=("Make the Ortega estimate an invoice", "Bill that quote now"),
        topic=Topic.ESTIMATE,
        effect=Effect.WRITE,
        arguments=ConvertEstimateToInvoice,
        permission=Permission.CREATE_INVOICES,
        asks=Asks.ALWAYS,
    ),
    ToolSpec(
        name="get_pending_estimates",
        description="List the estimates and quotes that wait for an answer.",
        examples=("Which offers are still out?", "Any estimates waiting for a decision?"),
        topic=Topic.ESTIMATE,
        effect=Effect.READ,
        arguments=GetPendingEstimates,
        permission=Permission.VIEW_ESTIMATES,
    ),
    ToolSpec(
        name="update_estimate_status",
        description="Record what became of an estimate: sent, approved, rejected, cancelled.",
        examples=("The Ortegas said yes to the bathroom", "Mark the panel quote as declined"),
        topic=Topic.ESTIMATE,
        effect=Effect.WRITE,
        arguments=UpdateEstimateStatus,
        permission=Permission.EDIT_ESTIMATES,
        asks=Asks.SOMETIMES,
    ),
)
