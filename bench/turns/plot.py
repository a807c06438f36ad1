"""The curve of a turn-end strategy as a picture: how many utterances it cuts off against how long it makes one wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_COLOURS: Final = ("#1b6ca8", "#d95f02", "#777777", "#7570b3")


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of a strategy: its scale, the share of utterances cut off, and the wait of the others in ms."""

    scale: float
    false_cutoff: float
    p50_ms: float
    p95_ms: float
    held: float


def draw(path: Path, curves: Mapping[str, Sequence[Point]], caption: str) -> None:
    """Write a PNG with a curve of the median wait (solid) and one of the 95th percentile (dashed) for each name."""
    figure = Figure(figsize=(9, 5.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for index, (name, points) in enumerate(curves.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        cut = [100 * point.false_cutoff for point in points]
        axes.plot([each.p50_ms for each in points], cut, "o-", color=colour, label=f"{name}, median")
        axes.plot(
            [each.p95_ms for each in points], cut, "s--", color=colour, label=f"{name}, 95 %", alpha=0.6
        )
        for point, share in zip(points, cut, strict=True):
            axes.annotate(
                f"×{point.scale:g}", (point.p50_ms, share), textcoords="offset points", xytext=(4, 4), size=7
            )
    axes.axhline(10, color="#bbbbbb", linewidth=0.8)
    axes.set(
        xlabel="voice-to-voice of the utterances that were not cut off, ms",
        ylabel="utterances cut off, %",
        title="Turn ends: cut-offs against delay",
    )
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8)
    figure.text(0.01, 0.005, caption, size=7, color="#666666")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
