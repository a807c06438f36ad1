"""Slots of the contact tools and of reminders, out of one utterance each.

Pure functions from a reading to parameter values as said.
"""

from __future__ import annotations

import re
from typing import Final

from conversation.brain import values
from conversation.brain.anchors import anchored
from conversation.brain.jobs import tidy
from conversation.brain.people import Person, after_words, from_focus, possessive, subject
from conversation.brain.reading import Reading
from conversation.brain.references import contact, focus_contact, party
from tools.spoken.words import vocabulary

_INFO: Final = vocabulary(
    "number phone cell mobile email address contact info information details card reach call hold live "
    "located based home record file "
    "profile last talk speak hear contacted kind customer client hold touch active lead vendor telephone "
    "location numbers old hear from"
)
_SEARCH: Final = vocabulary(
    "find search look contacts contact customers customer clients client named called matching everyone "
    "anyone anybody someone system book "
    "address file list named name there named are is any have know how many kind have people vendor with"
)
_FOLLOW_LEADS: Final = vocabulary(
    "with call phone ring text email contact visit see ask on to remind check put for"
)
_TALKED: Final = vocabulary("with to called met emailed texted visited on for about phoned that")
_SAID: Final = vocabulary(
    "called emailed wants said asked texted phoned says told needs mentioned complained agreed is was"
)
_REMIND: Final = re.compile(
    r"^(?:(?:re ?mind(?:ed)?|remined|tell|ping|alert|notify|nudge|wake|text|prod) me\b(?: up)?|(?:set|"
    r"create|add|make|put|give|i need|new|send)"
    r"(?: me| in| up)*(?: (?:a|an|another))?(?: (?:reminder|remainder|alarm|heads up|shout|"
    r"nudge))(?: on my phone)?|reminder|note to self|"
    r"don't let me forget|make sure (?:that )?i(?: don't forget| remember)?|help me remember|"
    r"keep me from forgetting|"
    r"(?:i (?:need|have|want|ought|should|must) to )?(?:remember|not forget)|i (?:need|have|ought) to|"
    r"i (?:should|must)|i'll|i promised)"
    r"[\s,]*(?:to|about|of|that|for|,)?\s*",
    re.IGNORECASE,
)
_REMIND_END: Final = re.compile(
    r"[\s,]*(?:remind me|don't let me forget|put it in|set a reminder)(?: about it| of it)?$", re.IGNORECASE
)
_EDGES: Final = re.compile(
    r"^(?:(?:to|about|of|that|for|and|,|the reminder(?: is)?)\s+)+|[\s,]+(?:to|at|on|for|about|and|in|by)$",
    re.IGNORECASE,
)
_SCHEDULE: Final = re.compile(
    r"^(?:schedule|set up|set|create|add|make|put in|put|book|arrange)\s+(?:(?:a|an|the|"
    r"me)\s+)?(?:high priority\s+)?"
    r"(?:reminder|follow[ -]?up(?: (?:call|task|visit))?|callback|call back|call|check[ -]?in|"
    r"to call)?\s*(?:on the calendar\s*)?",
    re.IGNORECASE,
)
_TOPIC: Final = re.compile(
    r"\b(?:about|to discuss|regarding|concerning|re|over|to ask about|to talk about)\s+(.+)$", re.IGNORECASE
)
_NOTE_TEXT: Final = re.compile(
    r"(?:\b(?:about|regarding|concerning|that|saying|to say|and said|and she|and he|and they)\s+|[,:]\s*|"
    r"\band (?=(?:she|he|they|said|left)))(.+)$",
    re.IGNORECASE,
)
_NO_LOG: Final = re.compile(
    r",?\s*(?:log (?:it|that)|make a note(?: of (?:it|that))?|note (?:it|that)(?: down)?|put it (?:down|"
    r"in))$",
    re.IGNORECASE,
)


def get_contact_info(reading: Reading) -> dict[str, str]:
    """Whose details."""
    name = contact(reading, _INFO)
    return {"contact": name} if name else {}


def search_contacts(reading: Reading) -> dict[str, str]:
    """What to look for, and which relationship."""
    slots: dict[str, str] = {}
    cut: list[tuple[int, int]] = []
    if found := values.relationship(reading.text):
        slots["relationship_status"] = found[2]
        cut.append(found[:2])
    query = contact(reading, _SEARCH, cut)
    if (
        not query
        and not found
        and (
            kinds := re.search(
                r"\b(vendors?|suppliers?|partners?|leads?|customers?|clients?|contractors?)\b", reading.lower
            )
        )
    ):
        query = kinds.group()
    if query:
        slots["query"] = re.sub(r"^the (?=\w+s$)", "", query)
    return slots


def add_contact_interaction(reading: Reading) -> dict[str, str]:
    """With whom, what kind, and what was said."""
    slots: dict[str, str] = {}
    text = _NO_LOG.sub("", reading.text)
    kind = values.interaction_type(text)
    slots["interaction_type"] = kind[2] if kind else "note"
    person = _talked_to(reading)
    if person is not None:
        slots["contact"] = person.name
    elif name := focus_contact(reading):
        slots["contact"] = name
    if note := _NOTE_TEXT.search(text, _after(reading, person)):
        slots["notes"] = tidy(note.group(1))
    elif person is not None and (rest := _rest(reading, text, person)):
        slots["notes"] = rest
    elif slots.get("contact") and slots["interaction_type"] != "note":
        verb = {"call": "Call", "email": "Email", "meeting": "Meeting"}[slots["interaction_type"]]
        slots["notes"] = f"{verb} with {spoken_name(reading, slots['contact'])}"
    return slots


def _talked_to(reading: Reading) -> Person | None:
    blocked = reading.blocked([(s.start, s.end) for s in reading.sure_whens])
    named = after_words(reading, _TALKED, blocked)
    return (named[0] if named else None) or subject(reading, _SAID, blocked) or possessive(reading, blocked)


def _after(reading: Reading, person: Person | None) -> int:
    """Where the note can begin: right after the name, else anywhere."""
    return reading.words[person.end - 1].end if person else 0


def _rest(reading: Reading, text: str, person: Person) -> str | None:
    """What follows the name when it says something ("called Bob and left a voicemail", "Maria wants …")."""
    rest = text[reading.words[person.end - 1].end :].strip(" ,.")
    rest = re.sub(
        r"^(?:and|'s (?:file|record|account|notes)|today|this morning|yesterday)\b[\s,]*",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    rest = re.sub(
        r"^(?:record|file|account|notes|contact)\b[\s,]*(?:that)?\s*", "", rest, flags=re.IGNORECASE
    )
    subject_first = person.lead == person.start
    if len(rest.split()) < 2 or rest.lower() in {"today", "this morning", "just now"}:
        return None
    return tidy(f"{person.name} {rest}" if subject_first else rest)


def schedule_follow_up(reading: Reading) -> dict[str, str]:
    """With whom, when, and about what."""
    slots: dict[str, str] = {}
    cut, when = _reminded_at(reading)
    if when:
        slots["follow_up_date"] = when
    if urgency := values.priority(reading.text):
        slots["priority"] = urgency[2]
        cut.append(urgency[:2])
    blocked = reading.blocked(cut)
    person = _first_of(reading, blocked)
    if person is not None:
        slots["contact"] = person.name
    elif name := focus_contact(reading):
        slots["contact"] = name
    name = slots.get("contact")
    notes = _follow_up_notes(reading, cut, spoken_name(reading, name) if name else None)
    if notes:
        slots["notes"] = notes
    return slots


def _first_of(reading: Reading, blocked: set[int]) -> Person | None:
    if from_focus(reading) and not after_words(reading, vocabulary("with call"), blocked):
        return None
    named = after_words(reading, _FOLLOW_LEADS, blocked)
    return named[0] if named else party(reading, blocked, frozenset(), vocabulary("wants asked needs would"))


def _follow_up_notes(reading: Reading, cut: list[tuple[int, int]], name: str | None) -> str | None:
    """The action without its framing: "remind me to call Jane about it on Tuesday" → "Call Jane about it"."""
    text = without(reading.text, cut)
    action = _EDGES.sub("", _REMIND_END.sub("", _REMIND.sub("", text)).strip(" ,"))
    action = _EDGES.sub("", re.sub(r"\s+", " ", action)).strip(" ,")
    if _SCHEDULE.match(action) or not action or re.match(r"^(?:with|for)\b", action, re.IGNORECASE):
        topic = _TOPIC.search(text)
        who = f"Follow up with {name}" if name else ""
        if not who:
            return None
        return f"{who} about {topic.group(1).strip(' ,')}" if topic else who
    pronoun = re.search(r"\b(?:her|him|them)\b", action, re.IGNORECASE)
    if pronoun and name and name != "them":
        action = action[: pronoun.start()] + name + action[pronoun.end() :]
    return tidy(action)


def set_reminder(reading: Reading) -> dict[str, str]:
    """What about, and when."""
    slots: dict[str, str] = {}
    cut, when = _reminded_at(reading)
    if when:
        slots["reminder_time"] = when
    text = without(reading.text, cut)
    message = _REMIND_END.sub("", _REMIND.sub("", text.strip(" ,")))
    message = _EDGES.sub("", re.sub(r"\s+", " ", message).strip(" ,")).strip(" ,")
    message = _EDGES.sub("", message).strip(" ,.")
    if re.search(r"[A-Za-z]{2}", message) and message.lower() not in {"me", "it", "that", "about it", "up"}:
        slots["message"] = (
            tidy(message) if not message.lower().startswith("the ") else message[:1].upper() + message[1:]
        )
    elif "wake" in reading.lower:
        slots["message"] = "Wake up"
    elif reading.context.anchor is not None and anchored(reading) is not None:
        # "Remind me an hour before" is about what it comes before.
        label = reading.context.focus.get("job_label", "")
        slots["message"] = label[:1].upper() + label[1:]
    return slots


def _reminded_at(reading: Reading) -> tuple[list[tuple[int, int]], str | None]:
    """The characters that say when, and the time: "tomorrow at nine", "an hour before"."""
    relative = anchored(reading)
    if relative is not None:
        return [(relative.start, relative.end)], relative.iso
    spans = reading.sure_whens or reading.whens
    return [(span.start, span.end) for span in spans], reading.when_text(spans)


def spoken_name(reading: Reading, contact_value: str) -> str:
    """A contact parameter as one says it: the label where the parameter is the id in focus."""
    focus = reading.context.focus
    return focus.get("contact_label", "them") if contact_value == focus.get("contact") else contact_value


def without(text: str, spans: list[tuple[int, int]]) -> str:
    """``text`` without the character spans, blanks tidied."""
    kept = "".join(" " if any(s <= i < e for s, e in spans) else char for i, char in enumerate(text))
    return re.sub(r"\s+", " ", kept).strip()
