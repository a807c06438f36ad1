"""Says a request as one would repeat it: "move the Miller job to Friday", for questions such as "Shall I …?".

Pure. Ids are said by their label; a request is described by what was understood of it and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from conversation.brain.reading import Context
from conversation.brain.state import Frame
from tools.spoken.dates import parse_when
from tools.spoken.say import say_on_day, say_when

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.IGNORECASE)
_UNNAMED: Final = {"contact": "them"}


def describe(frame: Frame, context: Context) -> str:
    """The request in the infinitive, without "to"; ``context`` knows labels and the time."""
    phrase = _PHRASES.get(frame.tool)
    if phrase is None:
        return "look that up"
    said = {name: _said(name, value, context, frame.label) for name, value in frame.slots.items()}
    return re.sub(r"\s+", " ", phrase(said)).strip()


def _said(name: str, value: str, context: Context, known: str) -> str:
    if _ID.fullmatch(value):
        label = next(
            (
                label
                for kind, id_ in context.focus.items()
                if id_ == value and (label := context.focus.get(f"{kind}_label"))
            ),
            "",
        )
        label = label or known
        if name == "job" and label and not re.search(r"\bjob\b", label):
            return f"the {label}" if not label.lower().startswith("the ") else label
        return label or _UNNAMED.get(name, "it")
    if re.match(r"^\d{4}-\d{2}-\d{2}", value):
        when = parse_when(value, context.now, context.zone)
        if when is not None:
            moment = when.value
            if isinstance(moment, datetime):
                return say_when(moment, context.now, context.zone)
            return say_on_day(moment, context.now.date())
    if name in {"new_status", "status"}:
        return value.replace("_", " ")
    return value


def _with(lead: str, value: str | None) -> str:
    return f" {lead} {value}" if value else ""


def _when(value: str | None) -> str:
    """A time with its preposition: " at four", " for Friday at 4 PM"."""
    return f" {value}" if value and re.match(r"(?:at|on|in|by) ", value) else _with("for", value)


def _dollars(slots: Mapping[str, str]) -> str:
    return f" {slots['amount']} dollars" if slots.get("amount") else ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


_Phrase = Callable[[Mapping[str, str]], str]
_PHRASES: Final[dict[str, _Phrase]] = {
    "create_job": lambda s: (
        f"book {_lower(s.get('title') or 'a job')}{_with('for', s.get('contact'))} {s.get('scheduled_date', '')}"
    ),
    "reschedule_job": lambda s: f"move {s.get('job', 'a job')}{_with('to', s.get('new_date'))}",
    "update_job_status": lambda s: (
        f"cancel {s.get('job', 'a job')}"
        if s.get("new_status") == "cancelled"
        else f"mark {s.get('job', 'a job')} as {s.get('new_status', 'changed')}"
    ),
    "update_project_progress": lambda s: (
        f"put {s.get('project', 'a project')} at {s.get('progress_percentage', 'another')} percent"
    ),
    "create_invoice": lambda s: f"bill {s.get('contact') or s.get('job') or 'somebody'}{_dollars(s)}",
    "send_invoice_reminder": lambda s: f"send a payment reminder{_with('for', s.get('invoice'))}",
    "create_estimate": lambda s: (
        f"quote {s.get('contact') or s.get('job') or 'somebody'}{_dollars(s)}"
        f"{_with('for', _lower(s['title']) if s.get('title') else None)}"
    ),
    "convert_estimate_to_invoice": lambda s: f"turn {s.get('estimate', 'an estimate')} into an invoice",
    "update_estimate_status": lambda s: (
        f"mark {s.get('estimate', 'an estimate')} as {s.get('status', 'changed')}"
    ),
    "add_contact_interaction": lambda s: (
        f"note {_article(s.get('interaction_type', 'note'))}{_with('with', s.get('contact'))}"
        f"{': ' + _lower(s['notes']) if s.get('notes') else ''}"
    ),
    "schedule_follow_up": lambda s: (
        f"remind you to follow up{_with('with', s.get('contact'))} {s.get('follow_up_date', '')}"
        f"{_with('about', _lower(s['notes']) if s.get('notes') else None)}"
    ),
    "set_reminder": lambda s: (
        f"set a reminder{_when(s.get('reminder_time'))}"
        f"{': ' + _lower(s['message']) if s.get('message') else ''}"
    ),
}


def _article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"
