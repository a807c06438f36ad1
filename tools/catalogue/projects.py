"""Contracts of the project tools."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from business.entities.memberships import Permission
from tools.arguments import Notes, ProjectRef
from tools.spec import Arguments, Effect, ToolSpec, Topic


class GetProjectStatus(Arguments):
    """Arguments of get_project_status."""

    project: ProjectRef


class UpdateProjectProgress(Arguments):
    """Arguments of update_project_progress."""

    project: ProjectRef
    progress_percentage: Annotated[
        Decimal | str,
        Field(description="How far it is, 0 to 100, or as said ('seventy percent', 'halfway')."),
    ]
    notes: Notes | None = None


class GetActiveProjects(Arguments):
    """get_active_projects takes nothing."""


SPECS = (
    ToolSpec(
        name="get_project_status",
        description="Tell how a project stands: progress, dates, budget, open jobs.",
        examples=("Where are we with the Ortega bathroom?", "Is the bakery rewiring on budget?"),
        topic=Topic.PROJECT,
        effect=Effect.READ,
        arguments=GetProjectStatus,
        permission=Permission.VIEW_PROJECTS,
    ),
    ToolSpec(
        name="update_project_progress",
        description="Record how far a project is, in percent.",
        examples=("The Ortega bathroom is halfway done", "Set the rewiring to eighty percent"),
        topic=Topic.PROJECT,
        effect=Effect.WRITE,
        arguments=UpdateProjectProgress,
        permission=Permission.EDIT_PROJECTS,
    ),
    ToolSpec(
        name="get_active_projects",
        description="List the projects under way.",
        examples=("Which projects are running right now?", "List our current projects"),
        topic=Topic.PROJECT,
        effect=Effect.READ,
        arguments=GetActiveProjects,
        permission=Permission.VIEW_PROJECTS,
    ),
)
