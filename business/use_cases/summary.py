"""The use case behind "how's the business?": profile, today's work, money outstanding, open offers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from business.entities.businesses import Business
from business.entities.jobs import JobStatus
from business.entities.memberships import Permission
from business.entities.projects import ProjectStatus
from business.money import ZERO
from business.repositories import UnitOfWork
from business.use_cases.estimates import Estimates
from business.use_cases.invoices import Invoices


@dataclass(frozen=True, slots=True)
class BusinessSummary:
    """The business at a glance. A part is None when the member's role does not show it."""

    business: Business
    jobs_today: int | None
    jobs_in_progress: int | None
    jobs_overdue: int | None
    outstanding: Decimal | None
    overdue_amount: Decimal | None
    overdue_count: int | None
    open_estimates: int | None
    open_estimates_total: Decimal | None
    active_projects: int | None
    follow_ups_due: int


class Summary:
    """The state of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def get(self) -> BusinessSummary:
        """The summary, as far as the member's role shows it."""
        uow = self._uow
        sees = uow.membership.may
        start, end = uow.business.day_bounds(uow.today)
        today = progress = late = projects = None
        if sees(Permission.VIEW_JOBS):
            today = await uow.jobs.count_between(start, end)
            progress = await uow.jobs.count(JobStatus.IN_PROGRESS)
            late = await uow.jobs.count_overdue(uow.now)
        pending = await Invoices(uow).pending() if sees(Permission.VIEW_INVOICES) else None
        offers = await Estimates(uow).pending() if sees(Permission.VIEW_ESTIMATES) else None
        if sees(Permission.VIEW_PROJECTS):
            projects = await uow.projects.count((ProjectStatus.ACTIVE,))
        return BusinessSummary(
            business=uow.business,
            jobs_today=today,
            jobs_in_progress=progress,
            jobs_overdue=late,
            outstanding=pending.total_due if pending else None,
            overdue_amount=pending.overdue_due if pending else None,
            overdue_count=pending.overdue_count if pending else None,
            open_estimates=len(offers) if offers is not None else None,
            open_estimates_total=sum((view.total for view in offers), ZERO) if offers is not None else None,
            active_projects=projects,
            follow_ups_due=await uow.activities.count_open(until=end),
        )
