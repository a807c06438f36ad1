"""Settles which tool an utterance, or each part of it, asks for: the ranking's top three, checked against their slots.

It asks the understanding and reads; it changes no state and speaks no word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Final

from conversation.brain.frames import FRAMES, REFERENCES, Kind, ToolFrame
from conversation.brain.phrases import REQUEST_START
from conversation.brain.reading import Context, Reading, clean
from conversation.brain.slots import fill
from conversation.brain.state import MAX_QUEUE, Frame
from conversation.providers import RankedTool, Understanding

READINGS: Final = 3
# A reading whose required parameters are all missing is this much less likely; with half of them, the root of it.
MISSING_PENALTY: Final = 0.4
UNDERSTOOD: Final = 0.3
OUT_OF_SCOPE: Final = 0.5
PART_UNDERSTOOD: Final = 0.55
SAME_TOPIC: Final = 2.0
UNUSED_PENALTY: Final = 0.4
POINTING: Final = frozenset({"it", "that", "this", "one"})

_BOUNDARY: Final = re.compile(
    r"(?:\s*[,;.]\s*(?:and\s+)?(?:then\s+|also\s+|after that\s+)?|\s+and\s+(?:then\s+|also\s+|please\s+)?|"
    r"\s+then\s+|\s+also\s+|\s+plus\s+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was understood: a request, or how sure it is that there is none (``frame`` is None)."""

    frame: Frame | None
    score: float
    out_of_scope: float


def settle(text: str, ranked: tuple[RankedTool, ...], offered: Set[str], context: Context) -> Settled:
    """The best reading among the offered tools."""
    reading = Reading(text, context)
    outside = next((reading_.score for reading_ in ranked if reading_.tool is None), 0.0)
    points = bool(context.topic and (reading.ordinal or reading.pronouns & POINTING))
    best: Frame | None = None
    best_score = raw = 0.0
    candidates = [r for r in ranked if r.tool in offered and r.tool in FRAMES]
    for candidate in candidates if points else candidates[:READINGS]:
        tool = FRAMES[candidate.tool or ""]
        slots = fill(tool.tool, reading)
        score = candidate.score * MISSING_PENALTY ** tool.share_missing(slots) * _unused_weight(tool, reading)
        if points:
            score *= _pointing_weight(tool, context.topic)
        if score > best_score:
            best, best_score, raw = Frame(tool.tool, slots, text), score, candidate.score
    needed = UNDERSTOOD / 2 if points and best_score > raw else UNDERSTOOD
    if best is None or raw < needed or (outside > OUT_OF_SCOPE and outside > raw):
        return Settled(None, raw, outside)
    return Settled(best, raw, outside)


def _unused_weight(tool: ToolFrame, reading: Reading) -> float:
    """A percentage or a sum of money in a request speaks against a tool that takes none."""
    percent = "%" in reading.text or "percent" in reading.lower
    money = any(amount.marked for amount in reading.amounts)
    unused = (percent and not tool.of_kind(Kind.PERCENT)) or (money and not tool.of_kind(Kind.AMOUNT))
    return UNUSED_PENALTY if unused else 1.0


def _pointing_weight(tool: ToolFrame, topic: str) -> float:
    """How much likelier a tool is for what was just talked about: "the second one" of invoices is an invoice."""
    kinds = {slot.kind.value for slot in tool.slots if slot.kind in REFERENCES}
    if topic in kinds:
        return SAME_TOPIC
    return 1 / SAME_TOPIC if kinds else 1.0


async def understand(
    text: str, understanding: Understanding, offered: Set[str], context: Callable[[], Context]
) -> list[Settled]:
    """The requests in an utterance, in order; one entry without a frame when there is none.

    A second part counts only when it starts like a request and is understood by itself with some certainty.
    """
    whole = settle(text, await understanding.rank(clean(text)), offered, context())
    parts = _parts(clean(text))
    if len(parts) == 1:
        return [whole]
    settled: list[Settled] = []
    pending = parts[0]
    for part in parts[1:]:
        left = settle(pending, await understanding.rank(clean(pending)), offered, context())
        right = settle(part, await understanding.rank(clean(part)), offered, context())
        if _stands(left) and _stands(right) and not _belongs(left, right, whole):
            settled.append(left)
            pending = part
        else:
            pending = f"{pending}, {part}" if "," not in pending[-1:] else f"{pending} {part}"
    if not settled:
        return [whole]
    last = settle(pending, await understanding.rank(clean(pending)), offered, context())
    return [*settled, last][:MAX_QUEUE]


def _stands(settled: Settled) -> bool:
    return settled.frame is not None and settled.score >= PART_UNDERSTOOD


def _belongs(left: Settled, right: Settled, whole: Settled) -> bool:
    """Two parts that are one request: "finished job 12, mark it done", "remind me to call Jane and send the permit"."""
    if left.frame is None or right.frame is None:
        return True
    same = left.frame.tool == right.frame.tool
    reminder = left.frame.tool in {"set_reminder", "schedule_follow_up", "add_contact_interaction"}
    if reminder and not re.match(
        r"(?:remind|book|bill|invoice|quote|schedule|move|mark|what|who|how)\b", right.frame.text, re.I
    ):
        return True
    pronoun_only = {"it", "that"} >= set(right.frame.slots.values()) or not right.frame.slots
    if same and pronoun_only:
        return True
    missing_right = FRAMES[right.frame.tool].missing(right.frame.slots)
    return whole.frame is not None and whole.score > 0.9 and same and bool(missing_right)


def _parts(text: str) -> list[str]:
    """``text`` cut at every boundary after which a request could start."""
    parts: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        rest = clean(text[match.end() :])
        if match.start() > start and len(rest.split()) >= 2 and REQUEST_START.match(rest):
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]
