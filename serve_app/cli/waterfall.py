"""Draws where the time of each turn went, from the server's own spans, beside what was measured on the audio.

Only draws; numbers come from ``response_done`` and from the recorded time lines, never from a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ON_THE_PATH = (
    ("endpointing_ms", "end of turn", "#4c78a8"),
    ("llm_ms", "understanding", "#f58518"),
    ("tool_ms", "tools", "#54a24b"),
    ("first_audio_out_ms", "first audio", "#b279a2"),
)
"""Spans that follow one another from the last voiced sample to the first audio that leaves the server."""

ALONGSIDE = (("stt_ms", "recognition", "#9ecae9"), ("tts_ms", "synthesis", "#d6a5c9"))
"""Work inside those spans: recognition runs before the turn is committed, synthesis before audio leaves."""


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """One turn: its name, the server's spans in ms and the measured voice-to-voice in ms."""

    name: str
    latency: Mapping[str, float]
    voice_to_voice_ms: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a row. ``start`` and ``width`` in ms from the last voiced sample."""

    span: str
    start: float
    width: float


def bars_of(times: TurnTimes) -> tuple[list[Bar], list[Bar]]:
    """The pieces of one turn: those that follow one another, and those alongside."""
    main: list[Bar] = []
    at = 0.0
    for span, _, _ in ON_THE_PATH:
        width = max(0.0, float(times.latency.get(span, 0.0)))
        main.append(Bar(span, at, width))
        at += width
    committed = main[0].width
    beside = [
        Bar(
            "stt_ms", max(0.0, committed - times.latency.get("stt_ms", 0.0)), times.latency.get("stt_ms", 0.0)
        ),
        Bar("tts_ms", main[-1].start, times.latency.get("tts_ms", 0.0)),
    ]
    return main, beside


def draw(path: Path, turns: Sequence[TurnTimes]) -> None:
    """Write the picture (PNG). Does nothing for no turns."""
    if not turns:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(11, 1.6 + 0.55 * len(turns)), layout="constrained")
    colours = {span: (label, colour) for span, label, colour in (*ON_THE_PATH, *ALONGSIDE)}
    shown: set[str] = set()

    def bar(row: int, piece: Bar, *, thin: bool) -> None:
        label, colour = colours[piece.span]
        named: dict[str, Any] = {} if piece.span in shown else {"label": label}
        shown.add(piece.span)
        height, offset = (0.16, 0.38) if thin else (0.52, 0.0)
        axes.barh(row + offset, piece.width, left=piece.start, height=height, color=colour, **named)

    for row, times in enumerate(turns):
        main, beside = bars_of(times)
        for piece in main:
            bar(row, piece, thin=False)
        for piece in beside:
            bar(row, piece, thin=True)
        heard = times.voice_to_voice_ms
        label = "_" if row else "heard by the user (measured)"  # an underscore keeps it out of the legend
        axes.scatter([heard], [row], marker="D", color="black", s=36, label=label, zorder=3)
        axes.annotate(f"{heard:.0f} ms", (heard, row), xytext=(9, -4), textcoords="offset points")
    axes.set_yticks(range(len(turns)), [times.name for times in turns])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.18 * max(times.voice_to_voice_ms for times in turns))
    axes.set_xlabel("ms after the last voiced sample of the user")
    axes.set_title("Voice to voice, turn by turn", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=4, frameon=False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
