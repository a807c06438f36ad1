"""Figures out of what was noted about every utterance. Computes and prints; measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.report import machine, percentile, print_table, rounded
from bench.turns.caller import Answered
from bench.turns.plot import Point

HELD_MS: Final = 1500.0


def report(found: Sequence[Answered]) -> dict[str, object]:
    """The figures under their stable names.

    ``false_cutoff`` is the share of all utterances in which a turn ended before their last voiced sample, whether or
    not it was taken back before anything was heard; ``held`` the share of the others that were answered later than
    1.5 s or not at all. Waits are those of the utterances that were not cut off.
    """
    whole = [each for each in found if not each.cut_off]
    paused = [each for each in found if each.pauses]
    waits = [each.wait_ms for each in whole if each.wait_ms is not None]
    ends = [each.turn_end_ms for each in whole if each.turn_end_ms is not None]
    return {
        "voice_to_voice_p50_ms": rounded(percentile(waits, 50)),
        "voice_to_voice_p95_ms": rounded(percentile(waits, 95)),
        "turn_end_p50_ms": rounded(percentile(ends, 50)),
        "turn_end_p95_ms": rounded(percentile(ends, 95)),
        "false_cutoff": _share(sum(each.cut_off for each in found), len(found)),
        "false_cutoff_of_paused": _share(sum(each.cut_off for each in paused), len(paused)),
        "false_cutoff_heard": _share(sum(each.cut_off_heard for each in found), len(found)),
        "held": _share(sum(each.wait_ms is None or each.wait_ms > HELD_MS for each in whole), len(whole)),
        "partial_gap_p95_ms": rounded(
            percentile([gap for each in found for gap in each.partial_gaps_ms], 95)
        ),
        "unanswered": sum(each.wait_ms is None for each in whole),
        "utterances": len(found),
        "paused": len(paused),
        "voices": len({each.voice for each in found}),
        "machine": machine(),
    }


def worst(found: Sequence[Answered]) -> None:
    """Table of what was cut off or answered late."""
    rows: list[list[object]] = [
        [
            each.voice,
            "cut" if each.cut_off else "",
            rounded(each.turn_end_ms, 0),
            rounded(each.wait_ms, 0),
            "+".join(each.pauses),
            each.text,
            " / ".join(each.heard),
        ]
        for each in found
        if each.cut_off or each.wait_ms is None or each.wait_ms > 900
    ]
    print_table("Cut off or slow", ("voice", "", "end", "wait", "pauses", "said", "heard"), rows)


def _share(part: int, whole: int) -> float | None:
    return rounded(part / whole, 3) if whole else None


def point(scale: float, found: Sequence[Answered]) -> Point:
    """One point of a curve."""
    whole = [each for each in found if not each.cut_off]
    waits = [each.wait_ms for each in whole if each.wait_ms is not None]
    held = sum(each.wait_ms is None or each.wait_ms > HELD_MS for each in whole)
    return Point(
        scale,
        false_cutoff=round(1 - len(whole) / len(found), 3) if found else 0.0,
        p50_ms=round(percentile(waits, 50) or 0.0, 1),
        p95_ms=round(percentile(waits, 95) or 0.0, 1),
        held=round(held / len(whole), 3) if whole else 0.0,
    )
