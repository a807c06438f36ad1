"""Spoken words for the closed lists: statuses, priorities, kinds of contact and of job.

Pure tables and look-ups. The values are those of the tools' contracts; what is not in a table is passed on as said.
"""

from __future__ import annotations

import re
from typing import Final

from conversation.brain.reading import Reading

Found = tuple[int, int, str]
"""Character span and canonical value."""


def _table(**entries: str) -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(rf"(?<![\w'])(?:{words})(?![\w'])", re.IGNORECASE), value)
        for value, words in entries.items()
    ]


_JOB_STATUS: Final = _table(
    on_hold=r"(?:on|un) ?-?hold|on pause|paused?|unhold|stalled|stuck|hold",
    in_progress=(
        r"in[ -]progress(?:ed)?|under ?way|started|start(?:ing)?|begun|begin|running|ongoing|working on|"
        r"being worked on|active|"
        r"(?:just )?(?:arrived at|got to)|kick(?:ed)? off|resume[ds]?|off hold"
    ),
    cancelled=r"cancel+(?:ed|s|ing)?|called off|call off|scrap(?:ped)?|dropped",
    completed=(
        r"(?:all )?done(?: with)?|complete[ds]?|finish(?:ed)?(?: (?:up|off))?|wrap(?:ped)? up|"
        r"closed?(?: out)?|ticked? off|"
        r"checked? off"
    ),
    invoiced=r"invoiced|billed",
    paid=r"paid(?: for)?",
    scheduled=r"scheduled|booked|back (?:on|to|in) (?:the )?(?:schedule|calendar|books)",
    quoted=r"quoted",
    draft=r"drafts?|in draft|unscheduled",
)
_ESTIMATE_STATUS: Final = _table(
    rejected=(
        r"reject(?:ed|s)?|declined?s?|declines|turn(?:ed|s)? (?:it |that |us )?down|"
        r"said no(?: thanks)?(?: to)?|said no|passed(?: on)?|"
        r"backed out(?: of)?|doesn't want|didn't want|lost|refused"
    ),
    approved=(
        r"approve[ds]?|accept(?:ed|s)?|said yes(?: to)?|agreed(?: to)?|signed(?: off)?(?: on)?|okayed|"
        r"went (?:for it|ahead|with)|"
        r"gave the go[ -]ahead|(?:is |are )?going ahead(?: with)?|wants to go ahead(?: with)?|took|won|"
        r"is happy with|is fine with|"
        r"good to go"
    ),
    viewed=r"viewed|opened|looked at|saw|seen",
    expired=r"expired?|lapsed",
    cancelled=r"cancel+(?:ed|s)?|withdr(?:aw|awn|ew)|pull(?:ed)?",
    sent=r"sent|pending|emailed|out",
    draft=r"drafts?",
)
_PRIORITY: Final = _table(
    emergency=r"emergency|right away|as soon as possible|asap|immediately",
    urgent=r"urgent(?:ly)?|top priority|urgent priority",
    high=r"high[ -]priority|priority high|important|rush",
    low=r"low[ -]priority|priority low|no rush|whenever",
    medium=r"(?:medium|normal)[ -]priority",
)
_JOB_TYPE: Final = _table(
    emergency=r"emergency|burst|flood(?:ed|ing)?",
    inspection=r"inspect(?:ion|ions)?|backflow test|camera",
    installation=r"install(?:s|ation|ations|ing)?|put in|hook up",
    maintenance=r"maintenance|tune[ -]?ups?|servic(?:e|ing)|clean(?:ing|out)?|flush|winterize|filter change",
    repair=r"repairs?|fix(?:ing)?|leak(?:s|ing|y)?|broken|replace(?:ment)?|not working|clogged|unclog|patch",
    consultation=r"consult(?:ation|ing)?|walk[ -]?through|site visit",
    quote=r"quote|estimate|bid",
    follow_up=r"follow[ -]?up",
    project=r"remodel|renovation|addition",
)
_INTERACTION: Final = _table(
    call=r"calls?|called|phone(?:d| call)?|rang|voicemail|spoke|talked|off the phone|conversation|chat",
    email=r"e-?mail(?:ed|s)?|text(?:ed|s)?|message[ds]?",
    meeting=r"me(?:t|eting|etings)|sat down|visit(?:ed|s)?|stopped by|came by",
    note=r"notes?|jot|write down|put (?:down|in)",
)
_RELATIONSHIP: Final = _table(
    lost_lead=r"lost leads?",
    qualified_lead=r"qualified leads?",
    active_client=r"active (?:clients?|customers?|contacts?)",
    past_client=r"(?:past|former|old) (?:clients?|customers?)",
    inactive=r"inactive(?: (?:clients?|customers?|contacts?))?",
    prospect=r"prospects?|leads?",
    opportunity=r"opportunit(?:y|ies)",
)


def job_status(text: str) -> Found | None:
    """The job status that was said; the later one wins ("take it off hold and start it")."""
    return _find(_JOB_STATUS, text)


def estimate_status(text: str) -> Found | None:
    """The estimate status that was said."""
    return _find(_ESTIMATE_STATUS, text)


def priority(text: str) -> Found | None:
    """The priority that was said."""
    return _find(_PRIORITY, text)


def job_type(text: str) -> str | None:
    """The kind of job that its words say, by the order of the table."""
    return next((value for pattern, value in _JOB_TYPE if pattern.search(text)), None)


def interaction_type(text: str) -> Found | None:
    """The kind of contact that was said; a call that is noted is a call."""
    return _find(_INTERACTION, text)


def relationship(text: str) -> Found | None:
    """The relationship that was said."""
    return _find(_RELATIONSHIP, text)


def fraction(reading: Reading) -> Found | None:
    """A percentage in words: "halfway", "three quarters"."""
    table = _table(
        p75=r"three[ -]quarters|three fourths",
        p25=r"(?:a|one) quarter",
        p50=r"half(?:way)?(?: done)?",
        p100=r"(?:all )?done|complete|finished",
    )
    found = _find(table, reading.text)
    return None if found is None else (found[0], found[1], found[2].removeprefix("p"))


def _find(table: list[tuple[re.Pattern[str], str]], text: str) -> Found | None:
    for pattern, value in table:
        matches = list(pattern.finditer(text))
        if matches:
            return matches[-1].start(), matches[-1].end(), value
    return None
