"""Whom a paper is for: the contact that was named, else the one of the job it is about. Reads only."""

from __future__ import annotations

from business.read_models import ContactName, JobView
from tools.context import ToolContext
from tools.references.contacts import contact_book, resolve_contact
from tools.refusals import invalid


async def resolve_payer(
    ctx: ToolContext, said: str | None, job: JobView | None, question: str
) -> ContactName:
    """The contact a paper is for. Raises Refused: as ``resolve_contact``, or ``question`` when there is nobody."""
    if said:
        return await resolve_contact(ctx, said)
    if job is None or job.job.contact_id is None:
        raise invalid("contact", question)
    name = (await contact_book(ctx)).by_id.get(job.job.contact_id)
    if name is None:
        raise invalid("contact", f"The job's contact is no longer in the books. {question}")
    return name
