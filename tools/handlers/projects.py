"""The project tools: status, progress, list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from business.use_cases.projects import ProjectReport, Projects
from tools.catalogue.projects import GetActiveProjects, GetProjectStatus, UpdateProjectProgress
from tools.context import Done, Handler, ToolContext
from tools.references.projects import project_focus, resolve_project
from tools.refusals import invalid
from tools.spoken.ordinals import parse_percent
from tools.spoken.say import say_code, say_count, say_day


async def get_project_status(ctx: ToolContext, args: GetProjectStatus) -> Done:
    """Tell how a project stands."""
    report = await resolve_project(ctx, args.project)
    project = report.project
    sentences = [
        f"{project.name} is {say_code(project.status.value)} and {project.progress_percent} percent done"
    ]
    if project.end_date is not None:
        day = say_day(project.end_date, ctx.uow.today)
        sentences.append(f"It was due {day}, so it's overdue" if report.is_overdue else f"It's due {day}")
    if project.estimated_budget:
        gap = ctx.money(abs(report.budget_variance))
        over = report.budget_variance < 0
        sentences.append(f"It's {gap} over budget" if over else f"There is {gap} left of the budget")
    summary = ". ".join(sentences[:3]) + "."
    return Done(summary, {"project": project_data(report)}, project_focus(report))


async def update_project_progress(ctx: ToolContext, args: UpdateProjectProgress) -> Done:
    """Record a project's progress."""
    percent = _percent(args.progress_percentage)
    report = await resolve_project(ctx, args.project)
    changed = await Projects(ctx.uow).update_progress(report.project.id, percent, notes=args.notes)
    summary = f"{changed.project.name} is now at {changed.project.progress_percent} percent."
    return Done(summary, {"project": project_data(changed)}, project_focus(changed))


async def get_active_projects(ctx: ToolContext, args: GetActiveProjects) -> Done:
    """Tell the projects under way."""
    reports = await Projects(ctx.uow).active()
    data: dict[str, Any] = {
        "count": len(reports),
        "projects": [project_data(report) for report in reports[:20]],
    }
    if not reports:
        return Done("You have no active projects.", data)
    items = [f"{report.project.name} at {report.project.progress_percent} percent" for report in reports]
    shown = reports[: ctx.list_limit]
    focus = {"project_list": ",".join(report.project.id for report in shown)}
    if len(reports) == 1:
        focus |= project_focus(reports[0])
    summary = f"You have {say_count(len(reports), 'active project')}: {ctx.enumerate(items)}."
    return Done(summary, data, focus)


def project_data(report: ProjectReport) -> dict[str, Any]:
    """The project as structured data; amounts are decimal strings in the business's currency."""
    project = report.project
    data: dict[str, Any] = {
        "id": project.id,
        "number": project.number,
        "name": project.name,
        "client": report.client_name,
        "status": project.status.value,
        "progress_percent": project.progress_percent,
        "end_date": project.end_date.isoformat() if project.end_date else None,
        "overdue": report.is_overdue,
        "budget": str(project.estimated_budget),
        "budget_variance": str(report.budget_variance),
        "open_jobs": report.open_jobs,
        "total_jobs": report.total_jobs,
    }
    return {name: value for name, value in data.items() if value is not None}


def _percent(said: Decimal | str) -> int:
    value = said if isinstance(said, Decimal) else parse_percent(said)
    if value is None or not value.is_finite():
        raise invalid("progress_percentage", "How far is it, in percent?")
    if not 0 <= value <= 100:
        raise invalid("progress_percentage", "Progress goes from 0 to 100 percent. How far is it?")
    return int(value.to_integral_value())


HANDLERS: dict[str, Handler] = {
    "get_project_status": get_project_status,
    "update_project_progress": update_project_progress,
    "get_active_projects": get_active_projects,
}
