"""Finds the project that a reference means: by name, client, number or pronoun."""

from __future__ import annotations

import re

from business.entities.projects import OPEN_PROJECTS
from business.errors import NotFound
from business.read_models import ProjectName
from business.use_cases.projects import ProjectReport, Projects
from tools.context import ToolContext
from tools.matching import Decision, NameEntry, NameIndex
from tools.references.contacts import focus_on
from tools.references.pronouns import is_id, is_pronoun, means_focused_person, nouns_of, picked
from tools.refusals import almost_found, ambiguous, invalid, not_found
from tools.spoken.numbers import find_numbers
from tools.spoken.say import capitalise, say_count, say_list


async def resolve_project(ctx: ToolContext, text: str) -> ProjectReport:
    """The one project meant, open ones first. Raises Refused: not_found, ambiguous or validation."""
    projects = Projects(ctx.uow)
    chosen = text.strip() if is_id(text) else picked(text, "project", ctx.call.focus)
    if chosen is None and is_pronoun(text, "project"):
        chosen = ctx.call.focus.get("project")
        if chosen is None:
            raise invalid("project", "Which project do you mean?")
    if chosen is None:
        chosen = await _by_number(projects, text) or _by_name(ctx, text, await projects.names())
    try:
        return await projects.get(chosen)
    except NotFound as error:
        raise not_found("I couldn't find that project any more.") from error


def project_focus(report: ProjectReport) -> dict[str, str]:
    """The focus that makes "it" mean this project and "her" its client."""
    focus = {"project": report.project.id, "project_label": report.project.name}
    return focus | focus_on(report.project.contact_id, report.client_name)


async def _by_number(projects: Projects, text: str) -> str | None:
    spans = [span for span in find_numbers(text) if span.whole is not None]
    labelled = [span for span in spans if span.labelled]
    alone = len(spans) == 1 and not re.sub(r"\W", "", text[: spans[0].start] + text[spans[0].end :])
    if not labelled and not alone:
        return None
    number = (labelled or spans)[0].whole or 0
    found = await projects.find_by_number(str(number))
    if len(found) != 1:
        raise not_found(f"There is no project {number}.")
    return found[0].project.id


def _by_name(ctx: ToolContext, text: str, names: tuple[ProjectName, ...]) -> str:
    nouns = nouns_of("project")
    said = " ".join(word for word in text.split() if word.lower().strip("?.,!") not in nouns)
    if means_focused_person(text, "project"):
        said = ctx.call.focus.get("contact_label") or said
    opened = [name for name in names if name.status in OPEN_PROJECTS]
    for pool in (opened, list(names)):
        entries = [
            NameEntry(n.id, n.name, (n.name, n.client_name, f"{n.client_name} {n.name}")) for n in pool
        ]
        match = NameIndex(entries).match(said, limit=ctx.list_limit)
        if match.one is not None:
            return match.one.id
        labels = [
            f"{_name_of(names, c.id).name} for {_name_of(names, c.id).client_name}" for c in match.candidates
        ]
        focus = {"project_list": ",".join(candidate.id for candidate in match.candidates)}
        if match.decision is Decision.SEVERAL:
            count = capitalise(say_count(len(labels), "project"))
            raise ambiguous(f"{count} for {said}: {say_list(labels)}. Which one?", labels, focus)
        if labels and pool is not opened:
            raise almost_found(f"I couldn't find {text}.", labels, focus)
    raise not_found(f"I couldn't find a project for {said}.")


def _name_of(names: tuple[ProjectName, ...], project_id: str) -> ProjectName:
    return next(name for name in names if name.id == project_id)
