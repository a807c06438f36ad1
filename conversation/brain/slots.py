"""Fills the parameters of any tool from one utterance: the table of the per-tool functions.

Pure. It adds what several tools share (a job's description is its title when nothing more was said) and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from conversation.brain import contacts, jobs, money, weather
from conversation.brain.reading import Reading

_FILLERS: Final[dict[str, Callable[[Reading], dict[str, str]]]] = {
    "create_job": jobs.create_job,
    "get_upcoming_jobs": jobs.get_upcoming_jobs,
    "update_job_status": jobs.update_job_status,
    "get_job_details": jobs.get_job_details,
    "reschedule_job": jobs.reschedule_job,
    "get_jobs_by_status": jobs.get_jobs_by_status,
    "get_today_jobs": jobs.nothing,
    "get_project_status": jobs.get_project_status,
    "update_project_progress": jobs.update_project_progress,
    "get_active_projects": jobs.nothing,
    "create_invoice": money.create_invoice,
    "get_invoice_status": money.get_invoice_status,
    "send_invoice_reminder": money.send_invoice_reminder,
    "get_pending_invoices": jobs.nothing,
    "create_estimate": money.create_estimate,
    "convert_estimate_to_invoice": money.convert_estimate_to_invoice,
    "get_pending_estimates": jobs.nothing,
    "update_estimate_status": money.update_estimate_status,
    "get_contact_info": contacts.get_contact_info,
    "add_contact_interaction": contacts.add_contact_interaction,
    "schedule_follow_up": contacts.schedule_follow_up,
    "search_contacts": contacts.search_contacts,
    "get_business_summary": jobs.nothing,
    "get_current_time": jobs.nothing,
    "set_reminder": contacts.set_reminder,
    "get_weather_info": weather.get_weather_info,
}


def fill(tool: str, reading: Reading) -> dict[str, str]:
    """The parameters of ``tool`` that the utterance gives; {} for a tool this brain does not know."""
    filler = _FILLERS.get(tool)
    return {name: value for name, value in filler(reading).items() if value} if filler else {}
