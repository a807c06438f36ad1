"""Statuses and kinds as people say them: "done" is completed, "canceled" is cancelled, "an install" is an installation.

Tables only. A word that is no known status stays as it is, so that the caller can refuse it by name.
"""

from __future__ import annotations

import re

_JOB = {
    "completed": "done finished complete completed finish closed",
    "in_progress": "started start in_progress progress working begun underway under_way ongoing active going running",
    "on_hold": "hold on_hold paused pause waiting stopped held",
    "cancelled": "cancel canceled cancelled cancelling scrapped off called_off dropped",
    "scheduled": "scheduled booked planned rescheduled",
    "quoted": "quoted estimated",
    "invoiced": "invoiced billed",
    "paid": "paid settled",
    "draft": "draft unscheduled",
}
_ESTIMATE = {
    "sent": "sent pending send out open",
    "viewed": "viewed seen opened",
    "approved": "approved approve accept accepted agreed signed yes won okayed",
    "rejected": "rejected reject decline declined refused no lost turned_down",
    "cancelled": "cancel canceled cancelled withdrawn",
    "expired": "expired",
    "converted": "converted",
    "draft": "draft",
}
_INTERACTION = {
    "call": "call called phone phone_call phoned rang spoke talked",
    "email": "email e_mail emailed mail mailed",
    "meeting": "meeting met meet visit visited site_visit appointment",
    "proposal": "proposal",
    "quote": "quote quoted",
    "contract": "contract signed",
    "service": "service",
    "follow_up": "follow_up followup",
    "note": "note noted text texted message comment",
}
_RELATIONSHIP = {
    "prospect": "prospect prospects lead leads new",
    "qualified_lead": "qualified_lead qualified_leads qualified",
    "opportunity": "opportunity opportunities",
    "active_client": "active_client active_clients active client clients customer customers current",
    "lost_lead": "lost_lead lost_leads lost",
    "inactive": "inactive",
    "past_client": "past_client past_clients past former old",
}
_PRIORITY = {
    "low": "low",
    "medium": "medium normal standard regular",
    "high": "high important",
    "urgent": "urgent asap immediately critical right_away",
    "emergency": "emergency",
}
_JOB_TYPE = {
    "service": "service servicing call visit standard",
    "project": "project",
    "maintenance": "maintenance tune_up tuneup maintain check_up checkup",
    "installation": "installation install installing replacement",
    "repair": "repair fix fixing repairing",
    "inspection": "inspection inspect",
    "consultation": "consultation consult",
    "quote": "quote estimate",
    "follow_up": "follow_up followup",
    "emergency": "emergency",
}


def _index(table: dict[str, str]) -> dict[str, str]:
    return {said: meant for meant, words in table.items() for said in words.split()}


_TABLES = {
    "job": _index(_JOB),
    "estimate": _index(_ESTIMATE),
    "interaction": _index(_INTERACTION),
    "relationship": _index(_RELATIONSHIP),
    "priority": _index(_PRIORITY),
    "job_type": _index(_JOB_TYPE),
}


def spoken_code(kind: str, said: str) -> str:
    """The code that ``said`` names among those of ``kind``; else ``said`` in the form of a code.

    Args:
        kind: "job", "estimate", "interaction", "relationship", "priority" or "job_type".
        said: As the user or a model put it ("on hold", "Canceled", "phone call").
    """
    table = _TABLES[kind]
    code = re.sub(r"[\s\-]+", "_", said.strip().lower().rstrip("."))
    code = re.sub(r"^(?:an?|the|it_?s|as|is)_", "", code)
    if code in table:
        return table[code]
    hits = {table[word] for word in code.split("_") if word in table}
    return hits.pop() if len(hits) == 1 else code
