"""Finds the one job, invoice or estimate that a reference means; what they have in common stands here.

A reference is a pronoun, a position in the last list, a number, or a description made of a contact, words of the
title and a date ("the Miller job", "Friday's leak repair for Maria"). Never picks one of two that fit equally well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import token_set_ratio

from business.errors import NotFound
from tools.context import ToolContext
from tools.references.contacts import find_contacts, focused_contact
from tools.references.likeness import sounding_like
from tools.references.pronouns import is_id, is_pronoun, means_focused_person, nouns_of, picked, words_of
from tools.refusals import Refused, almost_found, ambiguous, invalid, not_found
from tools.spoken.dates import find_when
from tools.spoken.numbers import find_numbers
from tools.spoken.say import capitalise, say_count, say_list
from tools.spoken.when import WhenSpan
from tools.spoken.words import vocabulary

View = TypeVar("View")
_ARTICLES = vocabulary("the a an my our that this for at with of on to from in please one's thing")
_TITLE_FITS = 70


@dataclass(frozen=True, slots=True)
class Item(Generic[View]):
    """A thing that may be meant.

    ``label`` distinguishes it in speech, ``words`` are what a title may be found by; ``title`` and
    ``number`` are what it is called.
    """

    id: str
    label: str
    words: str
    view: View
    start: datetime | None = None
    title: str = ""
    number: int | None = None


class Source(Protocol[View]):
    """Where the things of one kind come from."""

    kind: str

    async def by_id(self, entity_id: str) -> Item[View]:
        """The thing with this id. Raises business.errors.NotFound."""
        ...

    async def by_number(self, number: int) -> list[Item[View]]:
        """The things with this number."""
        ...

    async def of_contacts(self, contact_ids: Sequence[str], *, open_only: bool) -> list[Item[View]]:
        """The things of these contacts, nearest first."""
        ...

    async def search(self, words: str, *, open_only: bool) -> list[Item[View]]:
        """The things whose title has these words."""
        ...

    async def on_day(self, day: date, *, open_only: bool) -> list[Item[View]]:
        """The things of one day; none where days mean nothing."""
        ...

    async def likely(self) -> list[Item[View]]:
        """The things that are spoken of these days, whose title may be misheard; none where titles mean nothing."""
        ...


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A description taken apart."""

    contacts: tuple[str, ...]
    title: str
    spans: tuple[WhenSpan, ...]


async def resolve(
    ctx: ToolContext, source: Source[View], text: str, *, fits: Callable[[View], bool] | None = None
) -> View:
    """The one thing meant.

    Args:
        ctx: The call's context; its focus answers "it" and "the second one".
        source: Where the things come from.
        text: The reference as said.
        fits: Decides between several open ones when exactly one of them fits.

    Raises:
        Refused: not_found, ambiguous, or validation when nothing is in focus.
    """
    chosen = text.strip() if is_id(text) else picked(text, source.kind, ctx.call.focus)
    if chosen is None and is_pronoun(text, source.kind):
        chosen = ctx.call.focus.get(source.kind)
        if chosen is None:
            raise invalid(source.kind, f"Which {source.kind} do you mean?")
    if chosen is not None:
        try:
            return (await source.by_id(chosen)).view
        except NotFound as error:
            raise not_found(f"I couldn't find that {source.kind} any more.") from error
    numbered = await _by_number(ctx, source, text)
    if numbered is not None:
        return _only(ctx, source.kind, text, numbered, fits)
    return await _described(ctx, source, text, fits)


async def _by_number(ctx: ToolContext, source: Source[View], text: str) -> list[Item[View]] | None:
    """What the number in the reference names; None when the reference is no number."""
    spans = [span for span in find_numbers(text) if span.whole is not None]
    labelled = [span for span in spans if span.labelled]
    rest = "" if not spans else text[: spans[0].start] + text[spans[0].end :]
    nouns = nouns_of(source.kind) | _ARTICLES | {"number", "no"}
    alone = len(spans) == 1 and all(word in nouns for word in words_of(rest))
    if not labelled and not alone:
        return None
    number = (labelled or spans)[0].whole or 0
    found = await source.by_number(number)
    if not found:
        near = [
            replace(item, label=f"{source.kind} {item.number}, {item.label}")
            for item in await source.likely()
            if _one_figure_off(number, item.number)
        ]
        raise _did_you_mean(ctx, source.kind, f"There is no {source.kind} {number}.", near)
    return found


def _one_figure_off(said: int, number: int | None) -> bool:
    return (
        number is not None
        and len(str(said)) == len(str(number))
        and Levenshtein.distance(str(said), str(number)) == 1
    )


def _did_you_mean(ctx: ToolContext, kind: str, message: str, near: Sequence[Item[View]]) -> Refused:
    """The refusal of a reference, with what was probably meant."""
    shown = list(near)[: ctx.list_limit]
    if not shown:
        return not_found(message)
    labels = [item.label for item in shown]
    focus = {f"{kind}_list": ",".join(item.id for item in shown)}
    return almost_found(message, labels, focus)


async def _described(
    ctx: ToolContext, source: Source[View], text: str, fits: Callable[[View], bool] | None
) -> View:
    wanted = await _taken_apart(ctx, source.kind, text)
    for open_only in (True, False):
        items = await _candidates(ctx, source, wanted, open_only=open_only)
        if items:
            return _only(ctx, source.kind, text, items, fits)
    near = await _near(source, wanted)
    if len(near) == 1 and ctx.only_reads:
        return near[0].view  # the answer says which one it is about
    raise _did_you_mean(ctx, source.kind, _nothing(source.kind, text), near)


async def _near(source: Source[View], wanted: _Wanted) -> list[Item[View]]:
    """The things whose title sounds like what was said."""
    if wanted.contacts or not wanted.title:
        return []
    items = await source.likely()
    return [items[at] for at in sounding_like(wanted.title, [item.title for item in items])]


async def _taken_apart(ctx: ToolContext, kind: str, text: str) -> _Wanted:
    """Cut dates out, then find whose it is and what is left for the title."""
    spans = [span for span in find_when(text, ctx.now, ctx.tz) if span.certain]
    rest = text
    for span in reversed(spans):
        rest = f"{rest[: span.start]} {rest[span.end :]}"
    if means_focused_person(rest, kind):
        return _Wanted(((await focused_contact(ctx, kind)).id,), "", tuple(spans))
    for name, title in _splits(rest, kind):
        found = await find_contacts(ctx, name)
        if found.is_sure and found.contacts:
            return _Wanted(tuple(contact.id for contact in found.contacts), title, tuple(spans))
    return _Wanted((), _bare(rest, kind), tuple(spans))


def _splits(text: str, kind: str) -> list[tuple[str, str]]:
    """Ways to read a description as (name, title), likeliest first."""
    readings: list[tuple[str, str]] = []
    owned = re.match(r"^(?:the\s+)?(.+?)(?:['’]s|s['’])\s+(.*)$", text.strip(), re.IGNORECASE)
    if owned:
        readings.append((owned[1], _bare(owned[2], kind)))
    directed = re.match(r"^(.*)\b(?:for|at|with|of|to|from)\s+(?:the\s+)?(.+)$", text.strip(), re.IGNORECASE)
    if directed and _bare(directed[2], kind):
        readings.append((_bare(directed[2], kind), _bare(directed[1], kind)))
    words = _bare(text, kind).split()
    if words:
        readings.append((" ".join(words), ""))
    for size in (2, 1):
        if len(words) > size:
            readings.append((" ".join(words[:size]), " ".join(words[size:])))
            readings.append((" ".join(words[-size:]), " ".join(words[:-size])))
    return readings


def _bare(text: str, kind: str) -> str:
    """The words of ``text`` that say something about the thing."""
    drop = nouns_of(kind) | _ARTICLES
    return " ".join(word for word in re.findall(r"[\w'’&-]+", text) if word.lower() not in drop)


async def _candidates(
    ctx: ToolContext, source: Source[View], wanted: _Wanted, *, open_only: bool
) -> list[Item[View]]:
    items: list[Item[View]] = []
    if wanted.contacts:
        items = await source.of_contacts(wanted.contacts, open_only=open_only)
    elif wanted.title:
        items = await source.search(wanted.title, open_only=open_only)
    else:
        days = [span.when.day for span in wanted.spans if span.when.has_date]
        items = await source.on_day(days[0], open_only=open_only) if days else []
    if wanted.title and wanted.contacts:
        items = _best_titles(items, wanted.title) or items
    return _on_time(ctx, items, wanted.spans)


def _best_titles(items: list[Item[View]], title: str) -> list[Item[View]]:
    scored = [(token_set_ratio(title.lower(), item.words.lower()), item) for item in items]
    best = max((score for score, _ in scored), default=0.0)
    return [item for score, item in scored if score >= max(best - 10, _TITLE_FITS)]


def _on_time(ctx: ToolContext, items: list[Item[View]], spans: Sequence[WhenSpan]) -> list[Item[View]]:
    """Those that are on the day and at the time said, if any is."""
    kept = items
    for span in spans:
        when = span.when
        local = [(item, item.start.astimezone(ctx.tz)) for item in kept if item.start is not None]
        if when.has_date:
            same = [item for item, start in local if start.date() == when.day]
            kept = same or kept
        local = [(item, start) for item, start in local if item in kept]
        if when.has_time and when.clock is not None:
            clock = when.clock
            kept = [
                item for item, start in local if (start.hour, start.minute) == (clock.hour, clock.minute)
            ] or kept
    return kept


def _only(
    ctx: ToolContext, kind: str, text: str, items: list[Item[View]], fits: Callable[[View], bool] | None
) -> View:
    if len(items) == 1:
        return items[0].view
    fitting = [item for item in items if fits is not None and fits(item.view)]
    if len(fitting) == 1:
        return fitting[0].view
    shown = (fitting or items)[: ctx.list_limit]
    total = len(fitting or items)
    labels = [item.label for item in shown]
    focus = {f"{kind}_list": ",".join(item.id for item in shown)}
    about = re.sub(r"['’]s?$", "", _bare(text, kind))
    count = capitalise(say_count(total, f"{about} {kind}".strip() if len(about.split()) < 3 else kind))
    raise ambiguous(f"{count}: {say_list(labels)}. Which one?", labels, focus)


def _nothing(kind: str, text: str) -> str:
    words = words_of(text)
    named = any(word in nouns_of(kind) for word in words)
    return (
        f"I couldn't find {text}."
        if named
        else f"I couldn't find {'an' if kind[0] in 'aeiou' else 'a'} {kind} for {text}."
    )
