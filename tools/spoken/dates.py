"""Dates and times as said, in a business time zone: finds them in an utterance and says what they mean.

``parse_when`` for a text that is a date ("next Tuesday at 2 p.m."), ``find_when`` for one that holds some
("move it
from Friday to Saturday at nine"). The grammar is this package's own: ``dateparser`` reads "at nine" as a
September and
does not know "half past", "the fifteenth" or "end of the week". A time is never put into the past unless
the past was said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from tools.spoken.clock import LABELS, read_clock, read_part_of_day
from tools.spoken.days import read_day
from tools.spoken.durations import read_duration
from tools.spoken.when import PARTS_OF_DAY, ClockPart, DayPart, When, WhenSpan, local
from tools.spoken.words import Token, phrase_at, tokenise, vocabulary

_PREPOSITIONS = vocabulary(
    "on at for to by until till before after from around starting in due within of than"
)
_FILLERS = vocabulary("at on in for around about the by of say sometime like")
_SOURCE_WORDS = frozenset({"from"})
_LABELLED_NOUNS = vocabulary("job jobs appointment appointments visit one booking meeting invoice call slot")
#: Nobody means more than a century ("in 943,787 months" is a misreading, and no calendar has that day).
_FURTHEST_DAYS = 36_600


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int  # token indices
    end: int
    day: DayPart | None = None
    clock: ClockPart | None = None
    part_of_day: str | None = None
    moment: When | None = None
    role: str = "target"


def parse_when(text: str, now: datetime, tz: ZoneInfo) -> When | None:
    """What date or time ``text`` means, None when it holds none.

    Of several the wanted one counts ("from Friday to Saturday" is Saturday, "at 4 instead of 2" is 4); a
    day and a
    time said apart belong together. ISO 8601 is understood too (naive means the business time zone).
    """
    stripped = text.strip()
    iso = _iso(stripped, tz)
    if iso is not None:
        return iso
    spans = _find(stripped, now, tz, whole=True)
    return combine(spans, now, tz)


def find_when(text: str, now: datetime, tz: ZoneInfo) -> list[WhenSpan]:
    """The dates and times in an utterance, in order, each with its role and character span."""
    return _find(text, now, tz, whole=False)


def combine(spans: list[WhenSpan], now: datetime, tz: ZoneInfo) -> When | None:
    """One meaning out of the spans of an utterance: targets first, a lone day and a lone time joined."""
    targets = [s for s in spans if s.role == "target"] or [s for s in spans if s.role == "label"] or spans
    if not targets:
        return None
    sure = [s for s in targets if s.certain] or targets
    whens = [s.when for s in sure]
    dated = [w for w in whens if w.has_date]
    timed = [w for w in whens if w.has_time or w.part_of_day]
    if not dated or not timed or any(w in timed for w in dated):
        full = [w for w in dated if w in timed]
        return (full or dated or whens)[-1]
    day, clock = dated[-1], timed[-1].clock
    if clock is None or day.offset:
        return day
    moment = local(day.day, clock, tz)
    return When(moment, True, timed[-1].has_time, timed[-1].part_of_day, "minute", day.ambiguous)


def _iso(text: str, tz: ZoneInfo) -> When | None:
    if not re.match(r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}|$)", text):
        return None
    try:
        if len(text) == 10:
            return When(date.fromisoformat(text), True, False)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = local(moment.date(), moment.time(), tz) if moment.tzinfo is None else moment.astimezone(tz)
    return When(moment, True, True, grain="minute")


def _find(text: str, now: datetime, tz: ZoneInfo, *, whole: bool) -> list[WhenSpan]:
    tokens = tokenise(text)
    today = now.astimezone(tz).date()
    pieces: list[_Piece] = []
    index = 0
    while index < len(tokens):
        piece = _piece_at(tokens, index, now, today, tz, loose=whole and len(tokens) <= 4)
        if piece is None:
            index += 1
            continue
        pieces.append(piece)
        index = piece.end
    merged = _merge(tokens, pieces)
    return [span for piece in merged if (span := _span(tokens, piece, now, tz)) is not None]


def _piece_at(
    tokens: list[Token], index: int, now: datetime, today: date, tz: ZoneInfo, *, loose: bool
) -> _Piece | None:
    if index and tokens[index - 1].text in LABELS:
        return None
    role = _role_before(tokens, index)
    moment = _offset(tokens, index, now, tz, bare=loose and index == 0)
    if moment is not None:
        return _Piece(index, moment[1], moment=moment[0], role=role)
    iso = _iso(tokens[index].text.upper(), tz) if len(tokens[index].text) > 10 else None
    if iso is not None:
        return _Piece(index, index + 1, moment=iso, role=role)
    start = index + 1 if tokens[index].text in _PREPOSITIONS and index + 1 < len(tokens) else index
    if tokens[start].text == "by" and start + 1 < len(tokens):
        start += 1
    day = read_day(tokens, start, today)
    if day is not None:
        return _Piece(index, day[1], day=day[0], part_of_day=day[0].part_of_day, role=role)
    clock = read_clock(tokens, index, loose=loose)
    if clock is not None:
        return _Piece(index, clock[1], clock=clock[0], part_of_day=clock[0].part_of_day, role=role)
    part = read_part_of_day(tokens, start + 1 if start > index and tokens[start].text == "the" else index)
    greets = index > 0 and tokens[index - 1].text in {"good", "every"}
    if part is not None and not greets and (index != part[1] - 1 or loose or _beside_day(tokens, index)):
        return _Piece(index, part[1], part_of_day=part[0], role=role)
    return None


def _beside_day(tokens: list[Token], index: int) -> bool:
    """A bare "morning" counts right after a day ("Friday morning"), not as a greeting ("good morning")."""
    return (
        index > 0 and tokens[index - 1].text not in {"good", "the", "every", "a"} and tokens[index].gap == " "
    )


def _role_before(tokens: list[Token], index: int) -> str:
    if tokens[index].text in _SOURCE_WORDS:
        return "source"
    if phrase_at(tokens, index - 2, "instead", "of") or phrase_at(tokens, index - 2, "rather", "than"):
        return "source"
    if phrase_at(tokens, index - 1, "instead") and tokens[index].text == "of":
        return "source"
    if phrase_at(tokens, index - 1, "rather") and tokens[index].text == "than":
        return "source"
    if index and tokens[index - 1].text == "not":
        return "source"
    return "target"


def _offset(
    tokens: list[Token], index: int, now: datetime, tz: ZoneInfo, *, bare: bool
) -> tuple[When, int] | None:
    """Reads "in two hours", "within 30 days", "two weeks from Friday", "three days ago", "net 30"."""
    if phrase_at(tokens, index, "net") and index + 1 < len(tokens) and tokens[index + 1].text.isdigit():
        days = int(tokens[index + 1].text)
        if days > _FURTHEST_DAYS:
            return None
        return When(_day_after(now, days, tz), True, False, offset=True), index + 2
    led = tokens[index].text in {"in", "within", "after"}
    start = index + 1 if led else index
    if start >= len(tokens):
        return None
    read = read_duration(tokens, start)
    if read is None:
        return None
    duration, end = read
    if duration.months * 31 + duration.days > _FURTHEST_DAYS:
        return None
    sign, anchor = 1, now
    if phrase_at(tokens, end, "ago"):
        sign, end = -1, end + 1
    elif phrase_at(tokens, end, "from", "now") or phrase_at(tokens, end, "from", "today"):
        end += 2
    elif (phrase_at(tokens, end, "from") or phrase_at(tokens, end, "after")) and end + 1 < len(tokens):
        day = read_day(tokens, end + 1, now.astimezone(tz).date())
        if day is None:
            return None
        anchor, end = local(day[0].day, time(12), tz), day[1]
    elif not led and not bare:
        return None
    if duration.by_clock:
        # Hours are counted on the clock of physics, so that a DST change between does not add or lose one.
        moved = (anchor.astimezone(UTC) + sign * duration.delta).astimezone(tz)
        return When(moved.replace(second=0, microsecond=0), True, True, grain="minute", offset=True), end
    base = anchor.astimezone(tz).date() + sign * relativedelta(months=duration.months)
    return When(base + sign * timedelta(days=duration.days), True, False, offset=True), end


def _day_after(now: datetime, days: int, tz: ZoneInfo) -> date:
    return now.astimezone(tz).date() + timedelta(days=days)


def _merge(tokens: list[Token], pieces: list[_Piece]) -> list[_Piece]:
    """Join a day and a time that stand side by side (fillers allowed); mark what only labels a noun."""
    merged: list[_Piece] = []
    for raw in pieces:
        piece = _labelled(tokens, raw)
        last = merged[-1] if merged else None
        if last is not None and _joinable(tokens, last, piece):
            merged[-1] = replace(
                last,
                end=piece.end,
                day=last.day or piece.day,
                clock=last.clock or piece.clock,
                part_of_day=piece.part_of_day or last.part_of_day,
            )
        else:
            merged.append(piece)
    if len(merged) > 1 and any(p.role == "source" for p in merged):
        return [_source_alone(p, merged) for p in merged]
    if len(merged) == 1 and merged[0].role == "source" and tokens[merged[0].start].text == "from":
        return [replace(merged[0], role="target")]
    return merged


def _source_alone(piece: _Piece, pieces: list[_Piece]) -> _Piece:
    return piece if any(p.role != "source" for p in pieces) else replace(piece, role="target")


def _labelled(tokens: list[Token], piece: _Piece) -> _Piece:
    """Reads "the Friday job", "tomorrow's visit", "my two o'clock visit": names for a thing, not wishes."""
    after = tokens[piece.end].text if piece.end < len(tokens) else ""
    before = tokens[piece.start - 1].text if piece.start else ""
    owned = tokens[piece.end - 1].text.endswith("'s")
    article = before in {"the", "my", "that", "our", "his", "her", "their"} or before.endswith("'s") or owned
    if after in _LABELLED_NOUNS and article and tokens[piece.start].text not in _PREPOSITIONS:
        return replace(piece, role="label")
    return piece


def _joinable(tokens: list[Token], first: _Piece, second: _Piece) -> bool:
    if first.moment is not None or second.moment is not None or "label" in {first.role, second.role}:
        return False
    if second.role == "source" or tokens[second.start].text in {"to", "until", "till", "from"}:
        return False
    if (first.day and second.day) or (first.clock and second.clock):
        return False
    if first.clock is not None and not first.clock.certain and second.day is None:
        return False
    between = tokens[first.end : second.start]
    gap = "".join(t.gap for t in tokens[first.end : second.start + 1]).strip(" ,\t")
    return len(between) <= 2 and all(t.text in _FILLERS for t in between) and gap in {"", "-"}


def _span(tokens: list[Token], piece: _Piece, now: datetime, tz: ZoneInfo) -> WhenSpan | None:
    certain = piece.day is not None or piece.moment is not None or piece.clock is None or piece.clock.certain
    when = piece.moment or _resolve(piece, now, tz)
    return WhenSpan(tokens[piece.start].start, tokens[piece.end - 1].end, when, piece.role, certain)


def _resolve(piece: _Piece, now: datetime, tz: ZoneInfo) -> When:
    """Day, clock and part of day to one moment that is not in the past."""
    part, day, clock = piece.part_of_day, piece.day, piece.clock
    if clock is None:
        target = day.day if day is not None else None
        if part is None and day is not None:
            return When(day.day, True, False, None, day.grain, day.ambiguous)
        moment = _ahead(target, PARTS_OF_DAY[part or "morning"], now, tz)
        grain = "day"
        return When(moment, day is not None, False, part, grain, day is not None and day.ambiguous)
    placed = clock.placed(part)
    open_hours = not clock.fixed and part is None and 1 <= clock.hour <= 12
    if day is None:
        moment = _ahead(None, placed, now, tz)
        return When(
            moment,
            False,
            True,
            part,
            "minute",
            open_hours and moment.astimezone(tz).date() != now.astimezone(tz).date(),
        )
    if part in {"night", "tonight"} and placed.hour < 4:
        day = replace(day, day=day.day + timedelta(days=1))  # "midnight tonight" is the end of today
    moment = local(day.day, placed, tz)
    if open_hours and moment <= now and day.day == now.astimezone(tz).date():
        later = local(day.day, time((placed.hour + 12) % 24, placed.minute), tz)
        moment = later if later > now else moment
    return When(moment, True, True, part, "minute", day.ambiguous)


def _ahead(day: date | None, clock: time, now: datetime, tz: ZoneInfo) -> datetime:
    """That time on ``day``; without a day the next time it comes."""
    today = now.astimezone(tz).date()
    moment = local(day or today, clock, tz)
    return local(today + timedelta(days=1), clock, tz) if day is None and moment <= now else moment
