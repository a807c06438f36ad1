"""Settles which tool an utterance asks for: the ranking's top three, checked against their slots.

Pure. It changes no state and speaks no word; what changes the business has to be surer than what only tells.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from conversation.brain.frames import FRAMES, REFERENCES, Kind, ToolFrame
from conversation.brain.many import says_all
from conversation.brain.reading import Context, Reading
from conversation.brain.slots import fill
from conversation.brain.state import Frame
from conversation.providers import RankedTool

READINGS: Final = 3
# A reading whose required parameters are all missing is this much less likely; with half of them, the root of it.
MISSING_PENALTY: Final = 0.4
UNDERSTOOD: Final = 0.3
OUT_OF_SCOPE: Final = 0.5
# A request that changes something is acted on from here; below, the user is asked whether that is what was meant.
WRITE_SURE: Final = 0.5
WRITE_LEAD: Final = 0.1
ASKING_SURE: Final = 0.4
SAME_TOPIC: Final = 2.0
UNUSED_PENALTY: Final = 0.4
POINTING: Final = frozenset({"it", "that", "this", "one"})


@dataclass(frozen=True, slots=True)
class Settled:
    """What was understood: a request, or how sure it is that there is none (``frame`` is None).

    ``sure`` is False for a request that changes something and could as well be another one.
    """

    frame: Frame | None
    score: float
    out_of_scope: float
    sure: bool = True


def settle(text: str, ranked: tuple[RankedTool, ...], offered: Set[str], context: Context) -> Settled:
    """The best reading among the offered tools."""
    reading = Reading(text, context)
    outside = next((reading_.score for reading_ in ranked if reading_.tool is None), 0.0)
    points = bool(context.topic and (reading.ordinal or reading.pronouns & POINTING or says_all(text)))
    best: Frame | None = None
    best_score = raw = total = 0.0
    candidates = [r for r in ranked if r.tool in offered and r.tool in FRAMES]
    for candidate in candidates if points else candidates[:READINGS]:
        tool = FRAMES[candidate.tool or ""]
        slots = fill(tool.tool, reading)
        score = candidate.score * MISSING_PENALTY ** tool.share_missing(slots) * _unused_weight(tool, reading)
        if points:
            score *= _pointing_weight(tool, context.topic)
        total += score
        if score > best_score:
            best, best_score, raw = Frame(tool.tool, slots, text), score, candidate.score
    if points and total > 0:
        # What was just talked about says as much as the words do.
        raw = max(raw, min(best_score / total, 1 - outside))
    needed = UNDERSTOOD / 2 if points and best_score > raw else UNDERSTOOD
    if best is None or raw < needed or (outside > OUT_OF_SCOPE and outside > raw):
        return Settled(None, raw, outside)
    rival = max((r.score for r in ranked if r.tool != best.tool), default=0.0)
    return Settled(best, raw, outside, _is_sure(FRAMES[best.tool], best, raw, rival))


def _is_sure(tool: ToolFrame, frame: Frame, score: float, rival: float) -> bool:
    """Whether a request may be acted on without asking whether it is one."""
    if not tool.changes:
        return True
    if tool.asks:
        return score >= ASKING_SURE
    if tool.share_missing(frame.slots) == 1:
        # It says nothing but what kind of request it is; the questions that follow name it.
        return True
    lead = score - rival
    if not tool.missing(frame.slots):
        return score >= WRITE_SURE and lead >= WRITE_LEAD
    return score >= WRITE_SURE


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
