"""Finds the job that a reference means, and says which job it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from business.entities.jobs import OPEN_JOBS
from business.entities.numbers import sequence_of
from business.read_models import JobView
from business.use_cases.jobs import Jobs
from tools.context import ToolContext
from tools.references.contacts import focus_on
from tools.references.engine import Item, resolve
from tools.spoken.say import say_when

_DAYS_AGO = 7
_DAYS_AHEAD = 30


def job_name(view: JobView) -> str:
    """The job without its time: "leak repair for Maria Garcia"."""
    title = view.job.title.strip()
    lowered = title[0].lower() + title[1:] if title[:2] != title[:2].upper() else title
    if view.contact_name and view.contact_name.lower() not in title.lower():
        return f"{lowered} for {view.contact_name}"
    return lowered


def job_label(ctx: ToolContext, view: JobView) -> str:
    """The job with its time: "the leak repair for Maria Garcia on Friday at 2 PM"."""
    if view.job.scheduled_start is None:
        return f"the {job_name(view)}"
    said = say_when(view.job.scheduled_start, ctx.now, ctx.tz)
    link = "" if said.startswith(("today", "tomorrow", "yesterday")) else "on "
    return f"the {job_name(view)} {link}{said}"


def job_focus(view: JobView) -> dict[str, str]:
    """The focus that makes "it" mean this job and "her" its contact."""
    focus = {"job": view.job.id, "job_label": job_name(view)}
    return focus | focus_on(view.job.contact_id, view.contact_name)


def jobs_focus(views: Iterable[JobView]) -> dict[str, str]:
    """The focus that lets "the second one" pick from these jobs; a single one is "it"."""
    shown = list(views)
    listed = {"job_list": ",".join(view.job.id for view in shown)} if shown else {}
    return listed | (job_focus(shown[0]) if len(shown) == 1 else {})


async def resolve_job(
    ctx: ToolContext, text: str, *, fits: Callable[[JobView], bool] | None = None
) -> JobView:
    """The one job meant; of several open ones the only that ``fits``, by default the only one still to come.

    Raises Refused: not_found, ambiguous or validation.
    """
    yesterday = ctx.now - timedelta(hours=12)

    def to_come(view: JobView) -> bool:
        return view.job.scheduled_start is not None and view.job.scheduled_start >= yesterday

    return await resolve(ctx, _JobSource(ctx), text, fits=fits or to_come)


class _JobSource:
    kind = "job"

    def __init__(self, ctx: ToolContext) -> None:
        self._ctx = ctx
        self._jobs = Jobs(ctx.uow)

    async def by_id(self, entity_id: str) -> Item[JobView]:
        return self._item(await self._jobs.get(entity_id))

    async def by_number(self, number: int) -> list[Item[JobView]]:
        return self._items(await self._jobs.find_by_number(str(number)))

    async def of_contacts(self, contact_ids: Sequence[str], *, open_only: bool) -> list[Item[JobView]]:
        return self._items(await self._jobs.of_contacts(contact_ids, open_only=open_only))

    async def search(self, words: str, *, open_only: bool) -> list[Item[JobView]]:
        found = await self._jobs.search(words)
        return self._items([v for v in found if not open_only or v.job.status in OPEN_JOBS])

    async def on_day(self, day: date, *, open_only: bool) -> list[Item[JobView]]:
        found = await self._jobs.on_days((day - self._ctx.uow.today).days, 1)
        return self._items([v for v in found if not open_only or v.job.status in OPEN_JOBS])

    async def likely(self) -> list[Item[JobView]]:
        found = await self._jobs.on_days(-_DAYS_AGO, _DAYS_AGO + _DAYS_AHEAD)
        return self._items([view for view in found if view.job.status in OPEN_JOBS])

    def _items(self, views: Iterable[JobView]) -> list[Item[JobView]]:
        return [self._item(view) for view in views]

    def _item(self, view: JobView) -> Item[JobView]:
        words = f"{view.job.title} {view.job.description}"
        job = view.job
        label = job_label(self._ctx, view)
        return Item(job.id, label, words, view, job.scheduled_start, job.title, sequence_of(job.number))
