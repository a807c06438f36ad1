"""Slots of the invoice and estimate tools, out of one utterance each.

Pure functions from a reading to parameter values; an amount is given as a plain decimal number.
"""

from __future__ import annotations

import re
from typing import Final

from conversation.brain import values
from conversation.brain.job_names import named_job, numbered_job
from conversation.brain.jobs import tidy
from conversation.brain.people import Person, after_words, looks_like_work, possessive, subject
from conversation.brain.reading import Reading
from conversation.brain.references import GENERIC, entity, focus_contact, focus_id, pick_listed
from tools.spoken.dates import find_when
from tools.spoken.words import vocabulary

_DUE: Final = re.compile(r"\b(?:due|payable|net|pay by|to be paid)\b.*$", re.IGNORECASE)
_VALID: Final = re.compile(
    r"\b(?:valid|good|open|expires?|expiring)\b\s+(?:for|until|till|through|to|by|in|on)?\s*(.+)$",
    re.IGNORECASE,
)
_FOR: Final = re.compile(
    r"(?:^|[\s,])(?:for|on|covering|to (?:cover|do)|regarding)\s+((?:the|a|an|her|his|their|that|some|new|"
    r"fixing|installing|replacing|doing)?\s*[^,]+?)"
    r"(?=$|,|\s(?:for|to|at|by|due|valid|and then)\s|\s*\|)",
    re.IGNORECASE,
)
_BILL_DIRECT: Final = vocabulary("bill invoice charge voice")
_QUOTE_DIRECT: Final = vocabulary("quote estimate coat give offer")
_SEND: Final = vocabulary("send write give get make issue email draft prepare")
_PREPOSITIONS: Final = vocabulary("for to with")
_WANTS: Final = vocabulary("wants asked needs owes told")

_INVOICE: Final = vocabulary(
    "invoice bill paid pay pays status balance amount due owe owes owed check money payment cleared "
    "clear come came arrive sent send viewed "
    "opened seen see settled overdue late outstanding past open left much when how details find us up "
    "square unpaid receive received in "
    "show happening anything has been ever whether anything for still waiting customer number"
)
_REMINDER: Final = vocabulary(
    "nudge remind reminder reminders chase send payment invoice bill friendly overdue notice due past "
    "about ping poke bug ask tell pay paid "
    "unpaid outstanding late money email text message follow dunning letter another hasn't owes balance "
    "they that's we're waiting our know "
    "push shout give get after note still fallow"
)
_CONVERT: Final = vocabulary(
    "turn convert make change switch into invoice bill an it estimate quote transform roll move create "
    "generate from out based approved "
    "accepted over off use said yes take become should invoicing turned according in voice"
)
_ESTIMATE: Final = vocabulary(
    "mark set change update status estimate quote approve approved accepted accept declined rejected "
    "reject decline record note log customer "
    "has been was is got cancel withdraw we the put down sent emailed i news good bad signed said it's"
)
_DECIDES: Final = vocabulary(
    "approved accepted declined rejected signed agreed okayed passed said turned went took wants backed "
    "refused accepts approves "
    "declines rejects doesn't gave viewed saw opened looked is"
)


def _amount(reading: Reading) -> tuple[str, tuple[int, int]] | None:
    amounts = reading.amounts
    if not amounts:
        return None
    best = (
        amounts[-1]
        if _corrected(reading)
        else max(amounts, key=lambda a: (a.marked, a.value >= 10, -a.start))
    )
    value = (
        best.value.quantize(best.value.to_integral_value())
        if best.value == best.value.to_integral_value()
        else best.value
    )
    return f"{value:f}", (best.start, best.end)


def _corrected(reading: Reading) -> bool:
    """Whether a later amount replaces an earlier one: "three hundred, no, four hundred"."""
    return bool(re.search(r"\b(?:no|sorry|i mean|actually|make (?:it|that)|rather)\b", reading.lower))


def create_invoice(reading: Reading) -> dict[str, str]:
    """Contact, amount, what for, due date, job."""
    slots, cut = _paper(reading, _DUE, "due_date")
    _parties(reading, slots, cut, _BILL_DIRECT, "description")
    return slots


def create_estimate(reading: Reading) -> dict[str, str]:
    """Contact, title, amount, validity, job."""
    slots, cut = _paper(reading, _VALID, "valid_until")
    _parties(reading, slots, cut, _QUOTE_DIRECT, "title")
    return slots


def _paper(
    reading: Reading, term: re.Pattern[str], date_slot: str
) -> tuple[dict[str, str], list[tuple[int, int]]]:
    """What invoices and estimates share: amount, date of the term, job; with the spans they take."""
    slots: dict[str, str] = {}
    cut: list[tuple[int, int]] = []
    job = numbered_job(reading)
    if job is not None:
        slots["job"] = job.said
        cut.append(job.span)
        # What follows a number in words may have been read as part of it.
        reading = job.hidden_in(reading)
    elif (named := named_job(reading)) is not None and not _amount(reading):
        reading = named.hidden_in(reading)
    if found := _amount(reading):
        slots["amount"] = found[0]
        cut.append(found[1])
    match = term.search(reading.text)
    if match:
        said = match.group(1) if match.lastindex else match.group()
        spans = find_when(said, reading.context.now, reading.context.zone)
        slots[date_slot] = said[spans[0].start : spans[-1].end].strip() if spans else _term(said)
        cut.append(match.span())
    else:
        spans = reading.sure_whens
        if spans and date_slot == "due_date":
            slots[date_slot] = reading.when_text(spans) or ""
        cut += [(span.start, span.end) for span in spans]
    return slots, cut


def _term(said: str) -> str:
    """A length as a date: "for 30 days" → "in 30 days"; other words as they are."""
    plain = re.sub(r"^(?:due|payable|valid|good|net)\s+", "", said, flags=re.IGNORECASE).strip()
    length = re.sub(r"^(?:for|in|within)\s+", "", plain, flags=re.IGNORECASE)
    return f"in {length}" if re.search(r"\b(?:days?|weeks?|months?)\b", length) else plain


def _parties(
    reading: Reading,
    slots: dict[str, str],
    cut: list[tuple[int, int]],
    direct: frozenset[str],
    work_slot: str,
) -> None:
    """Whom the paper is for and what it is about: "bill Smith … for the drain", or which job: "bill the Smith job"."""
    named = None if "job" in slots else named_job(reading)
    person = _recipient(reading, reading.blocked([*cut, named.span] if named else cut), direct)
    if person is not None:
        slots["contact"] = person.name
        cut.append(person.span(reading))
    elif name := focus_contact(reading):
        slots["contact"] = name
    elif named is not None:
        # With somebody named, "for the drain job" says what for; alone it is the job to be billed.
        slots["job"] = named.said
        cut.append(named.span)
    elif "job" not in slots and "it" in {word.text for word in reading.words}:
        _of_focus(reading, slots)
    work = _work(reading, cut)
    if work:
        slots[work_slot] = work
        if work_slot == "title":
            slots["description"] = work


def _of_focus(reading: Reading, slots: dict[str, str]) -> None:
    """What "it" is billed to: the job spoken of, and its contact."""
    job, contact = focus_id(reading.context, "job"), focus_id(reading.context, "contact")
    if job and reading.context.topic == "job":
        slots["job"] = job
    if contact:
        slots["contact"] = contact


def _recipient(reading: Reading, blocked: set[int], direct: frozenset[str]) -> Person | None:
    first = after_words(reading, direct, blocked)
    if first:
        return first[0]
    named = after_words(reading, _PREPOSITIONS | _SEND, blocked)
    if named:
        # "for Maria … for the drain": the first; "for drain cleaning to Maria": "to" names people.
        return next((p for p in named if reading.words[p.lead].text in {"to", "send"}), named[0])
    return subject(reading, _WANTS, blocked) or possessive(reading, blocked)


def _work(reading: Reading, cut: list[tuple[int, int]]) -> str | None:
    """What it is for, in the words after "for" that are no person; without "for" what looks like work."""
    text = "".join("|" if any(s <= i < e for s, e in cut) else char for i, char in enumerate(reading.text))
    text = re.sub(r"\s*\|+\s*", " | ", text)
    for match in _FOR.finditer(text):
        phrase = match.group(1).strip(" |")
        if re.search(r"[A-Za-z]{3}", phrase) and phrase.lower() not in {
            "it",
            "that",
            "them",
            "her",
            "him",
            "the job",
        }:
            return tidy(phrase.split("|")[0])
    scaffold = (
        GENERIC
        | _BILL_DIRECT
        | _QUOTE_DIRECT
        | _SEND
        | _WANTS
        | vocabulary(
            "new create estimate quote invoice bill proposal bid price do up together put raise generate "
            "write dollars bucks job"
        )
    )
    found = reading.reference(scaffold, soft=frozenset(), links=vocabulary("of the and in on"), cut=cut)
    return tidy(found) if found and looks_like_work(found) else None


def get_invoice_status(reading: Reading) -> dict[str, str]:
    """Which invoice: number, customer, "it"."""
    invoice = entity(reading, "invoice", _INVOICE, [(s.start, s.end) for s in reading.sure_whens])
    return {"invoice": _labelled(reading, invoice, "invoice")} if invoice else {}


def send_invoice_reminder(reading: Reading) -> dict[str, str]:
    """Which invoice to remind about."""
    invoice = entity(reading, "invoice", _REMINDER, [(s.start, s.end) for s in reading.sure_whens])
    return {"invoice": _labelled(reading, invoice, "invoice")} if invoice else {}


def convert_estimate_to_invoice(reading: Reading) -> dict[str, str]:
    """Which estimate."""
    estimate = entity(reading, "estimate", _CONVERT, implicit=True)
    return {"estimate": _labelled(reading, estimate, "estimate")} if estimate else {}


def update_estimate_status(reading: Reading) -> dict[str, str]:
    """Estimate and status: "Jane approved"."""
    slots: dict[str, str] = {}
    cut: list[tuple[int, int]] = [(s.start, s.end) for s in reading.sure_whens]
    if status := values.estimate_status(reading.text):
        slots["status"] = status[2]
        cut.append(status[:2])
    blocked = reading.blocked([])
    person = subject(reading, _DECIDES, blocked)
    estimate = (
        person.name if person else entity(reading, "estimate", _ESTIMATE, cut, implicit="status" in slots)
    )
    if estimate:
        slots["estimate"] = _labelled(reading, estimate, "estimate")
    return slots


def _labelled(reading: Reading, found: str, noun: str) -> str:
    """A bare number with its noun ("31" → "invoice 31"), a possessive without its 's."""
    if pick := pick_listed(reading.context, noun, found):
        return pick
    if re.fullmatch(r"[\d-]+", found):
        return f"{noun} {found}"
    return re.sub(r"'s$", "", found)
