"""Cuts an utterance into its requests: "move Miller to Friday and send her the invoice" is two.

It asks the understanding and reads; it changes no state. In doubt an utterance stays whole: a part that was not meant
would be a write that nobody asked for, while a whole one is only understood worse.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, replace
from typing import Final

from conversation.brain.carry import after, gap_text, many_named
from conversation.brain.choice import Settled, settle
from conversation.brain.frames import FRAMES, REFERENCES, Kind
from conversation.brain.phrases import REQUEST_START
from conversation.brain.reading import Context, Reading, clean
from conversation.brain.slots import fill
from conversation.brain.state import MAX_QUEUE, Frame
from conversation.providers import RankedTool, Understanding
from tools.spoken.words import vocabulary

PART_UNDERSTOOD: Final = 0.55
PERHAPS_MEANT: Final = 0.7
STATEMENT_UNDERSTOOD: Final = 0.6

_BOUNDARY: Final = re.compile(
    r"\s*[,;.!?]+\s*(?:and\s+|but\s+)?(?:then\s+|also\s+|after that\s+|afterwards\s+|next\s+|please\s+|finally\s+)*|"
    r"\s+(?:and|but)\s+(?:then\s+|also\s+|please\s+|after that\s+|afterwards\s+|finally\s+)*|"
    r"\s+(?:then|also|plus|as well as)\s+",
    re.IGNORECASE,
)
# "The Lee job is done", "Jane approved": news that is a request to record it.
_STATEMENT: Final = re.compile(
    r"^(?:the |our |job |estimate |quote |project )?[\w' -]{1,40}?\b(?:is|are|has|was|accepted|approved|declined|"
    r"rejected|signed|said (?:yes|no)|turned)\b",
    re.IGNORECASE,
)
_EXPLICIT: Final = re.compile(r"\b(?:then|also|plus|after that|afterwards|finally)\b|[.!?;]", re.IGNORECASE)
# What starts a request to the assistant, whatever stands before it; other verbs may belong to a list of chores.
_ADDRESSES: Final = re.compile(
    r"^(?:(?:remind|tell|show|give) me|let me know|what|what's|who|who's|when|when's|where|where's|how|how's|which)\b",
    re.IGNORECASE,
)
_BUSINESS: Final = re.compile(
    r"^(?:bill|invoice|charge|quote|book|schedule|reschedule|move|push|mark|log|set|send|nudge|convert|turn|cancel|put|"
    r"update|create|add|make|start|change)\b",
    re.IGNORECASE,
)
_CHORE: Final = re.compile(
    r"\b(?:to|and|gonna|should|must|we'll|will)\s+(?!(?:the|my|our|a|an|this|that|next|mon|tues|wednes|thurs|fri|satur|sun|tomorrow|"
    r"today|noon|half|\d))[a-z]+\b(?:\s|$)",
    re.IGNORECASE,
)
# First words that are also names; such a part has to say what shall be done.
_NAMES_TOO: Final = vocabulary("mark bill chase will art pat drew frank may grant dean rich book")
_VERB_SURELY: Final = re.compile(r"^\w+ (?:her|him|them|it|that|the|job|an?|for)\b")
_CHORES: Final = frozenset({"set_reminder", "schedule_follow_up", "add_contact_interaction"})
_ALIKE: Final = ({"set_reminder", "schedule_follow_up"},)

Judge = Callable[[str, Context], Awaitable[Settled]]


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place where an utterance may fall apart: between ``end`` and ``start`` stands the ``link``."""

    end: int
    start: int
    link: str


async def understand(
    text: str, understanding: Understanding, offered: Set[str], context: Callable[[], Context]
) -> list[Settled]:
    """The requests in an utterance, in order; one entry without a frame when there is none.

    Later parts are marked ``part`` and have to be read again when their turn comes. Raises EngineUnavailable.
    """
    said = clean(text)
    ranked: dict[str, tuple[RankedTool, ...]] = {}

    async def judge(part: str, against: Context) -> Settled:
        plain = clean(part)
        if plain not in ranked:
            ranked[plain] = await understanding.rank(plain)
        return settle(part, ranked[plain], offered, against)

    now = context()
    parts = await _split(said, judge, now)
    if parts:
        return parts[:MAX_QUEUE]
    whole = await judge(text, now)
    if whole.frame is not None and whole.frame.tool in _CHORES:
        return [whole, *(await _perhaps_meant_now(said, judge, now))]
    if whole.frame is not None and (several := many_named(whole.frame)):
        return [replace(whole, frame=frame) for frame in several]
    return [whole]


async def _perhaps_meant_now(text: str, judge: Judge, context: Context) -> list[Settled]:
    """A complete order at the end of a reminder ("… and bill Smith three hundred"), to be asked about after it."""
    for cut in _cuts(text):
        rest = clean(text[cut.start :])
        if not _BUSINESS.match(rest):
            continue
        found = await judge(rest, context)
        frame = found.frame
        if (
            frame is None
            or found.score < PERHAPS_MEANT
            or not FRAMES[frame.tool].changes
            or frame.tool in _CHORES
        ):
            continue
        own = _own(frame, context)
        if not FRAMES[frame.tool].missing(own) and not _lacks_matter(frame.tool, own):
            frame.ask_first = True
            return [found]
    return []


async def _split(text: str, judge: Judge, context: Context) -> list[Settled]:
    """The parts of ``text``; none when it stays whole."""
    cuts = _cuts(text)
    settled: list[Settled] = []
    against = context
    pending = text[: cuts[0].end] if cuts else text
    accepted: Settled | None = None
    ends = [*(cut.end for cut in cuts[1:]), len(text)]
    for cut, end in zip(cuts, ends, strict=False):
        right_text = text[cut.start : end]
        left = await judge(pending, against)
        right = await _right(left, pending, right_text, cut, judge, against)
        if right is None or right.frame is None or left.frame is None:
            pending += text[cut.end : cut.start] + right_text
            continue
        settled.append(left)
        against = after(left.frame, against)
        pending, accepted = right.frame.text, right
    if accepted is None:
        return []
    last = await judge(pending, against)
    parts = [*settled, last if last.frame is not None else accepted]
    for part in parts[1:]:
        if part.frame is not None:
            part.frame.part = True
    return parts


async def _right(
    left: Settled, left_text: str, text: str, cut: _Cut, judge: Judge, context: Context
) -> Settled | None:
    """The part after a cut when it is a request of its own, else None."""
    frame = left.frame
    if frame is None or left.score < PART_UNDERSTOOD:
        return None
    against = after(frame, context)
    if REQUEST_START.match(clean(text)) and len(text.split()) >= 2:
        right = await judge(text, against)
        return right if _stands(right) and not _belongs(left, right, left_text, cut, against) else None
    if FRAMES[frame.tool].missing(frame.slots):
        return None
    if (gapped := gap_text(frame, text, against)) is not None:
        right = await judge(gapped, against)
        if right.frame is not None and {right.frame.tool, frame.tool} in (*_ALIKE, {frame.tool}):
            return replace(right, frame=Frame(right.frame.tool, right.frame.slots, gapped))
        return None
    if _STATEMENT.match(text):
        right = await judge(text, against)
        complete = right.frame is not None and not FRAMES[right.frame.tool].missing(
            _own(right.frame, against)
        )
        if (
            complete
            and right.score >= STATEMENT_UNDERSTOOD
            and right.frame
            and FRAMES[right.frame.tool].changes
        ):
            return right
    return None


def _stands(settled: Settled) -> bool:
    return settled.frame is not None and settled.score >= PART_UNDERSTOOD


def _own(frame: Frame, context: Context) -> dict[str, str]:
    """What the part says by itself, without anything that was spoken of before."""
    bare = Context(context.now, context.zone)
    return fill(frame.tool, Reading(frame.text, bare))


def _belongs(left: Settled, right: Settled, left_text: str, cut: _Cut, context: Context) -> bool:
    """Two parts that are one request: "finished job 12, mark it done", "remind me to call Jane and send it"."""
    first, second = left.frame, right.frame
    if first is None or second is None:
        return True
    tool = FRAMES[second.tool]
    lower = clean(second.text).lower()
    own = _own(second, context)
    if lower.split()[0] in _NAMES_TOO and not _VERB_SURELY.match(lower) and _lacks_matter(second.tool, own):
        return True
    asks = bool(_ADDRESSES.match(lower))
    if not asks and first.tool in _CHORES and not _leaves_chore(left_text, lower, cut):
        return True
    if not asks and first.tool == "create_job" and _CHORE.search(left_text) and not _BUSINESS.match(lower):
        return True
    if first.tool != second.tool:
        return False
    references = {slot.name for slot in tool.slots if slot.kind in REFERENCES}
    named = {
        name: value
        for name, value in own.items()
        if name in references and value.lower() not in {"it", "them"}
    }
    return (not named and bool(references)) or _same_values(first, second)


def _same_values(first: Frame, second: Frame) -> bool:
    return bool(second.slots) and second.slots.items() <= first.slots.items()


def _lacks_matter(tool: str, own: dict[str, str]) -> bool:
    """Whether the part says nothing that only such a request says: a sum, a date, a state."""
    matter = {Kind.AMOUNT, Kind.JOB_STATUS, Kind.ESTIMATE_STATUS, Kind.PERCENT, Kind.WHEN, Kind.TEXT}
    return not any(slot.kind in matter and own.get(slot.name) for slot in FRAMES[tool].slots)


def _leaves_chore(left_text: str, right: str, cut: _Cut) -> bool:
    """Whether what follows a reminder or a note is meant for now: "… and then bill Smith"."""
    if not _BUSINESS.match(right):
        return False
    return bool(_EXPLICIT.search(cut.link)) or not _CHORE.search(left_text)


def _cuts(text: str) -> list[_Cut]:
    """Where a request could end and another begin."""
    return [
        _Cut(match.start(), match.end(), match.group())
        for match in _BOUNDARY.finditer(text)
        if match.start() > 0 and match.end() < len(text) and not _inside_number(text, match)
    ]


def _inside_number(text: str, match: re.Match[str]) -> bool:
    """A comma or a point between digits: "1,250.50"."""
    return text[match.start() - 1].isdigit() and text[match.end()].isdigit() and match.group() in {",", "."}
