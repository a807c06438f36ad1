"""Slots of the job and project tools, out of one utterance each.

Pure functions from a reading to parameter values as said; what is not in the utterance is left out.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from conversation.brain import values
from conversation.brain.people import Person, possessive
from conversation.brain.reading import Reading
from conversation.brain.references import GENERIC, entity, focus_contact, party
from tools.spoken.durations import find_durations
from tools.spoken.words import vocabulary

_REASON: Final = re.compile(r"[,\s]+(?:because(?: of)?|since|as|due to|on account of)\s+(.+)$", re.IGNORECASE)
_NOTE: Final = re.compile(
    r"(?:[,\s]+(?:because(?: of)?|since|note(?: that)?|with a note(?: that| saying)?|saying)\s+|,\s+)(.+)$",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(
    r"\b(?:at|on|over at|out at)\s+(\d+[a-z]?\s+(?:[A-Za-z]+\s){0,3}?(?:street|st|avenue|ave|road|rd|lane|"
    r"ln|drive|dr|court|ct|"
    r"boulevard|blvd|way|place|pl|circle|highway|hwy|parkway|terrace)\b\.?(?:,? (?:apartment|apt|unit|"
    r"suite) \w+)?)",
    re.IGNORECASE,
)
_HOUSE: Final = re.compile(r"\b(?:house|place|home|shop|office|property)\b", re.IGNORECASE)

_LEAD: Final = re.compile(
    r"^(?:(?:(?:book|schedule|create|make|add|open|start|enter|log|set up|put(?: in| down)?|"
    r"pencil(?: in)?|slot(?: in)?|arrange|get|"
    r"block off|new|have|send|i need|there's|fit in|squeeze in|line up|re-?book)\s*)+"
    r"(?:(?:a|an|the|another|new|it|us|someone|somebody|me|tech|technician|guy|out|over)\b\s*)*)+"
    r"(?:(?:job|work order|ticket|appointment|visit|booking)\b\s*)?(?:(?:called|named|titled|in|down)\b\s*)?",
    re.IGNORECASE,
)
_CALENDAR: Final = re.compile(
    r"\b(?:(?:in|down)?\s*(?:on|to|in) the (?:calendar|schedule|books|board)|(?:put|book|schedule|get|"
    r"add) (?:it|that)(?: in| down)?"
    r"(?: for)?|scheduled|appointment|that needs doing)\b",
    re.IGNORECASE,
)
_SOMEONE: Final = re.compile(
    r"\b(?:needs|wants|asked|would like|has|called)(?: for)?(?: (?:us|someone|somebody|me|a guy|"
    r"a tech))?(?: out)?(?: to)?(?= |$)",
    re.IGNORECASE,
)
_TITLE_SCAFFOLD: Final = GENERIC - vocabulary("up off out over is are not check") | vocabulary(
    "book schedule job jobs customer client someone somebody name appointment visit house place called "
    "says said and"
)
_TITLE_LINKS: Final = vocabulary(
    "a an the of in on and with to is are her his their my at for under behind from"
)
_BOOK_LEADS: Final = vocabulary("for with book schedule put pencil slot get fit squeeze add to")
_BOOK_SUBJECTS: Final = vocabulary("needs wants called has asked would reported said")
_MOVE: Final = vocabulary(
    "move push reschedule shift postpone delay change switch rebook bump slide bring reset swap later "
    "earlier forward instead date time "
    "day moved rescheduled pushed needs has wants asked another different re schedule book until till by "
    "can't make swap put new "
    "because start do does come running late moving appointment's booked make"
)
_STATUS: Final = vocabulary(
    "mark set put change update status flag switch move log cancel complete close finish start begin "
    "resume pause hold take done finished "
    "note record as cancelled canceled customer called call tick kick has been ready be starting done "
    "all ready it's underway"
)
_DETAILS: Final = vocabulary(
    "details detail info information rundown particulars story deal happening status notes note address "
    "scheduled booked assigned priority "
    "describe needs doing done finished finish complete completed coming along going supposed last long "
    "start starts begin due time working "
    "work want wanted run through me go know deal customer customer's details? day today's order summary"
)
_PROJECT: Final = vocabulary(
    "status progress update updates latest news far along done finished complete coming doing going "
    "happening percent percentage budget left "
    "spent track schedule time behind late overdue report rundown stand stands when due end ends finish "
    "wrap nearly much looking work news "
    "progressing happening hold today's details stage we're money where are"
)
_PROGRESS: Final = _PROJECT | vocabulary(
    "call set mark put bump bring move change raise record log note say reached hit went up down half halfway "
    "quarters three quarter through way "
    "finished completed i'd think about around roughly now currently"
)


def create_job(reading: Reading) -> dict[str, str]:
    """Title, contact, date, place, type and priority of a new job."""
    slots: dict[str, str] = {}
    spans = reading.whens
    cut: list[tuple[int, int]] = []
    if place := _PLACE.search(reading.text):
        slots["location"] = place.group(1)
        cut.append(place.span())
        # The "12" of "at 12 Oak Street" is no time.
        spans = [span for span in spans if span.end <= place.start() or place.end() <= span.start]
    if when := reading.when_text(spans):
        slots["scheduled_date"] = when
    cut += [(span.start, span.end) for span in spans]
    if urgency := values.priority(reading.text):
        slots["priority"] = urgency[2]
        if urgency[2] != "emergency" or "call" not in reading.lower:
            cut.append(urgency[:2])
    person = _customer(reading, cut)
    if person is not None:
        slots["contact"] = person.name
        cut.append(person.span(reading))
    elif name := focus_contact(reading):
        slots["contact"] = name
    if title := _title(reading, cut):
        slots["title"] = title
        if kind := values.job_type(title):
            slots["job_type"] = kind
    return slots


def _customer(reading: Reading, cut: list[tuple[int, int]]) -> Person | None:
    blocked = reading.blocked(cut)
    owner = possessive(reading, blocked)
    person = party(reading, blocked, vocabulary("for with"), _BOOK_SUBJECTS)
    if person is not None and person.lead != person.start:
        return person
    direct = party(reading, blocked, _BOOK_LEADS, _BOOK_SUBJECTS)
    return owner or direct or person


def _title(reading: Reading, cut: list[tuple[int, int]]) -> str | None:
    """What is to be done, in the user's words: what remains of the request, or the part after its comma."""
    text = reading.text
    spans = list(cut)
    if lead := _LEAD.match(text):
        spans.append(lead.span())
    spans += [match.span() for pattern in (_CALENDAR, _HOUSE) for match in pattern.finditer(text)]
    if someone := _SOMEONE.search(text):
        spans.append(someone.span())
    runs = reading.runs(
        _TITLE_SCAFFOLD - _TITLE_LINKS,
        soft=frozenset({"job"}),
        links=_TITLE_LINKS,
        blocked=reading.blocked(spans),
    )
    if not runs:
        return None
    start, end, _ = max(runs, key=lambda run: (run[2], -run[0]))
    return tidy(reading.original(start, end))


def tidy(phrase: str) -> str:
    """A phrase as a title: no article in front, first letter large."""
    plain = re.sub(
        r"^(?:to|a|an|the|some|for|her|his|their)\s+", "", phrase.strip(" ,.;"), flags=re.IGNORECASE
    )
    return plain[:1].upper() + plain[1:]


def get_upcoming_jobs(reading: Reading) -> dict[str, str]:
    """How many days ahead: "the next three days", "next week", "tomorrow"."""
    durations = find_durations(reading.text)
    if durations:
        days = durations[0].value.months * 30 + round(float(durations[0].value.minutes) / 1440)
        return {"days_ahead": str(max(1, days))} if days else {}
    for words, days in (
        ("next week", 14),
        ("two weeks", 14),
        ("this month", 30),
        ("next month", 60),
        ("month", 30),
        ("week", 7),
    ):
        if words in reading.lower:
            return {"days_ahead": str(days)}
    if reading.whens:
        today = reading.context.now.astimezone(reading.context.zone).date()
        days = (reading.whens[-1].when.day - today) // timedelta(days=1)
        return {"days_ahead": str(max(1, days + 1))}
    return {}


def update_job_status(reading: Reading) -> dict[str, str]:
    """Job, new status, and why."""
    slots: dict[str, str] = {}
    cut: list[tuple[int, int]] = []
    if note := (_NOTE.search(reading.text) if values.job_status(reading.text) else None):
        rest = reading.text[: note.start()]
        if values.job_status(rest) and not values.job_status(note.group(1)):
            slots["notes"] = note.group(1)
            cut.append(note.span())
    if status := values.job_status(reading.text):
        slots["new_status"] = status[2]
        cut.append(status[:2])
    cut += [(span.start, span.end) for span in reading.sure_whens]
    if job := entity(reading, "job", _STATUS, cut, implicit="new_status" in slots):
        slots["job"] = job
    return slots


def get_job_details(reading: Reading) -> dict[str, str]:
    """Which job."""
    cut = [(span.start, span.end) for span in reading.sure_whens]
    job = entity(reading, "job", _DETAILS, cut)
    return {"job": job} if job else {}


def reschedule_job(reading: Reading) -> dict[str, str]:
    """Job, new date and reason."""
    slots: dict[str, str] = {}
    cut = [(span.start, span.end) for span in [*reading.whens, *reading.sources]]
    if reason := _REASON.search(reading.text):
        slots["reason"] = reason.group(1)
        cut.append(reason.span())
    if when := reading.when_text():
        slots["new_date"] = when
    elif reading.shift:
        slots["new_date"] = reading.shift[2]
        cut.append(reading.shift[:2])
    if job := entity(reading, "job", _MOVE, cut, implicit="new_date" in slots):
        slots["job"] = job
    return slots


def get_jobs_by_status(reading: Reading) -> dict[str, str]:
    """Which status."""
    status = values.job_status(reading.text)
    if status is None and "open" in reading.lower:
        return {"status": "scheduled"}
    return {"status": status[2]} if status else {}


def get_project_status(reading: Reading) -> dict[str, str]:
    """Which project."""
    project = entity(reading, "project", _PROJECT, [reading.percent[:2]] if reading.percent else None)
    return {"project": project} if project else {}


def update_project_progress(reading: Reading) -> dict[str, str]:
    """Project, percentage and a note."""
    slots: dict[str, str] = {}
    cut: list[tuple[int, int]] = []
    spoken = bool(re.search(r"%|\bper ?cent", reading.lower))
    percent = (
        (reading.percent if spoken else _bare_percent(reading)) or reading.percent or values.fraction(reading)
    )
    if percent:
        slots["progress_percentage"] = percent[2]
        cut.append(percent[:2])
        note = _NOTE.search(reading.text, percent[1])
        if note:
            slots["notes"] = note.group(1)
            cut.append(note.span())
    if project := entity(reading, "project", _PROGRESS, cut, implicit=bool(percent)):
        slots["project"] = project
    return slots


def _bare_percent(reading: Reading) -> values.Found | None:
    """The last number of at most a hundred: "put the Lee remodel at 70"."""
    fitting = [a for a in reading.amounts if 0 <= a.value <= 100]
    if not fitting:
        return None
    return fitting[-1].start, fitting[-1].end, f"{fitting[-1].value.normalize():f}"


def nothing(_reading: Reading) -> dict[str, str]:
    """Tools without parameters."""
    return {}
