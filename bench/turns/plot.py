"""The curve of a turn-end strategy as a picture: how many utterances it cuts off against how long it makes one wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

_COLOURS: Final = ("#1b6ca8", "#d95f02", "#777777", "#7b3294")
_TICKS_MS: Final = (300, 400, 550, 750, 950, 1250, 1500, 2000, 3000, 4000)
#: What is aimed at: at most so many cut off, with this median and this 95th percentile.
_MOST_CUT_OFF: Final = 10.0
_GOALS_MS: Final = (550, 950)


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of a strategy: its scale, the share of utterances cut off, and the wait of the others in ms."""

    scale: float
    false_cutoff: float
    p50_ms: float
    p95_ms: float
    held: float


def draw(path: Path, curves: Mapping[str, Sequence[Point]], caption: str) -> None:
    """Write a PNG with a curve of the median wait (solid) and one of the 95th percentile (dashed) for each name.

    A name with one point has one setting only: its median and its 95th percentile are joined.
    """
    figure = Figure(figsize=(9, 5.5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for index, (name, points) in enumerate(curves.items()):
        _curve(axes, name, points, _COLOURS[index % len(_COLOURS)])
    axes.axhline(_MOST_CUT_OFF, color="#999999", linewidth=0.8)
    for goal in _GOALS_MS:
        axes.plot([goal, goal], [0, _MOST_CUT_OFF], color="#999999", linewidth=0.8)
    axes.set(
        xlabel="wait for the answer of the utterances that were not cut off, ms\n"
        "(from the last voiced sample to the first audible one)",
        ylabel="utterances cut off, %",
        xscale="log",
    )
    axes.set_title("Turn ends: cut-offs against delay", size=11)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(FixedLocator(_TICKS_MS))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8, title="filled: median, open: 95th percentile", title_fontsize=8)
    figure.supxlabel(caption, size=7, color="#666666", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _curve(axes: Axes, name: str, points: Sequence[Point], colour: str) -> None:
    cut = [100 * point.false_cutoff for point in points]
    medians, slow = [each.p50_ms for each in points], [each.p95_ms for each in points]
    if len(points) == 1:
        axes.plot([medians[0], slow[0]], [cut[0]] * 2, "--", color=colour, linewidth=1, alpha=0.7)
    axes.plot(medians, cut, "o-", color=colour, label=name, markersize=5)
    axes.plot(slow, cut, "s--", color=colour, markersize=5, markerfacecolor="white", linewidth=1, alpha=0.8)
    # The ends of a curve say which way patience goes; in between the labels would only cover one another.
    for point in (points[0], points[-1]) if len(points) > 1 else ():
        axes.annotate(
            f"×{point.scale:g}",
            (point.p50_ms, 100 * point.false_cutoff),
            textcoords="offset points",
            xytext=(-5, -3),
            size=7,
            color=colour,
            ha="right",
        )
