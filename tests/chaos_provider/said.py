"""What is said in the conversations, what an answer about it has in it, and what may be done for it, once."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of the user.

    Attributes:
        text: His words.
        about: What an answer about it has in it (a pattern, without case).
        sample: The recording of them, for spoken conversations.
        creates: Entities of the books that it creates, one each.
    """

    text: str
    about: str
    sample: str = ""
    creates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation: who speaks with the assistant, how, and what he says."""

    number: int
    spoken: bool
    agent_type: str
    lines: tuple[Line, ...] = field(default=())


_TIME = Line("What time is it?", r"\d[:.]\d\d|o'clock|[ap]\.?m\b", "time")
_OWES = Line("Who owes me money?", r"invoice|owe|unpaid|outstanding|overdue|\$", "who_owes")
_PHONE = Line("What's the phone number for Robert Smith?", r"robert|smith", "contact_phone")
_MILLER = Line("Find all the contacts named Miller.", r"miller", "search_contacts")
_TODAY = Line("What's on my schedule today?", r"today|schedule|job|nothing", "day_overview")
_PIPE = Line(
    "Remind me to order copper pipe tomorrow at eight in the morning.",
    r"copper pipe",
    "reminder",
    ("activity",),
)
_BILL = Line(
    "Bill Sarah Johnson three hundred dollars for the water heater inspection.",
    r"sarah johnson.*\?",
    "bill_customer",
)
_YES = Line("Yes, go ahead.", r"invoice|sent|created", "yes", ("invoice",))
_READS = (_TIME, _OWES, _PHONE, _MILLER, _TODAY)
#: Without the name that the recogniser mishears now and then: that is no fault of the provider's.
_HEARD_WELL = (_TIME, _OWES, _PHONE, _TODAY)


def talk(number: int, *, spoken: bool) -> Talk:
    """Conversation ``number`` of a run; the same one for the same number."""
    rng = random.Random(number)
    reads = rng.sample(_HEARD_WELL if spoken else _READS, 2)
    if spoken:
        lines = [reads[0], _PIPE] if number % 2 else [_BILL, _YES, reads[0]]
    else:
        thing = f"check boiler {rng.randint(100, 999)}"
        what = rng.choice(
            (f"Remind me to {thing} tomorrow at nine", f"Set a reminder to {thing} on Friday at two")
        )
        lines = [reads[0], Line(what, re.escape(thing), creates=("activity",)), _BILL, _YES, reads[1]]
    return Talk(number, spoken, "personal" if number % 3 else "orchestrated", tuple(lines))


#: What the stand-in's model calls for words of the user: pattern, tool, arguments.
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (r"time", "get_current_time", {}),
    (r"owe", "get_pending_invoices", {}),
    (r"robert smith", "get_contact_info", {"contact": "Robert Smith"}),
    (r"miller", "search_contacts", {"query": "Miller"}),
    (r"today", "get_today_jobs", {}),
    (r"copper", "set_reminder", {"message": "Order copper pipe", "reminder_time": "tomorrow at 8 am"}),
    (
        r"bill",
        "create_invoice",
        {"contact": "Sarah Johnson", "amount": 300, "description": "Water heater inspection"},
    ),
)
