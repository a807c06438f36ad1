"""The report of a load test: one HTML page with its plots inside, and the figures as JSON beside it."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from bench.load.findings import Findings, over_time

_STEP_S = 10.0
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem}table{border-collapse:collapse;margin:1rem 0}
td,th{border-bottom:1px solid #ddd;padding:.25rem .8rem;
text-align:right}td:first-child,th:first-child{text-align:left}.held{color:#17663a}.not{color:#9a1f1f}svg{max-width:100%;
height:auto}"""


def write_report(found: Findings, folder: Path, name: str) -> tuple[Path, Path]:
    """Write ``name``.html and ``name``.json into ``folder``; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / f"{name}.html", folder / f"{name}.json"
    report = found.report()
    data.write_text(json.dumps(report, indent=1), encoding="utf-8")
    page.write_text(page_of(found, report), encoding="utf-8")
    return page, data


def page_of(found: Findings, report: Mapping[str, Any]) -> str:
    """The page as text; it needs nothing from elsewhere."""
    verdict = "held" if report["held"] else "not held"
    reasons = "".join(f"<li>{html.escape(each)}</li>" for each in report["failures"])
    plain = {key: value for key, value in report.items() if not isinstance(value, dict | list)}
    columns = (report["cpu_pct"], report["pss_mb"], report["loop_lag_p99_ms"])
    kinds = sorted({kind for column in columns for kind in column})
    costs = [[kind, *(column.get(kind, "") for column in columns)] for kind in kinds]
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Load test</title><style>{_STYLE}</style>
<h1>{report["sessions"]} conversations, {report["packet_ms"]} ms packets, {report["route"]}:
<span class="{"held" if report["held"] else "not"}">{verdict}</span></h1><ul>{reasons}</ul>
{"".join(_plots(found))}
<h2>By kind of process, over the hold</h2>{_table(("kind", "% of a core", "PSS MB", "loop lag p99, ms"), costs)}
<h2>Figures</h2>{_table(("figure", "value"), [list(each) for each in plain.items()])}</html>
"""


def _plots(found: Findings) -> list[str]:
    turns = found.plain
    first = found.window[0]
    drawn = [
        _lines("Voice to voice, ms", over_time(turns, "voice_to_voice_ms", _STEP_S)),
        _lines("Ping behind speech, ms", over_time(turns, "in_ms", _STEP_S)),
    ]
    samples = found.samples
    if len(samples) > 1:
        kinds = sorted({kind for sample in samples for kind in sample.cpu_s})
        at = [sample.at - first for sample in samples[1:]]
        cpu = {
            kind: [
                100 * (after.cpu_s.get(kind, 0.0) - before.cpu_s.get(kind, 0.0)) / (after.at - before.at)
                for before, after in pairwise(samples)
            ]
            for kind in kinds
        }
        drawn.append(_lines("Processor, % of a core", {"at": at, **cpu}))
        read = [sample for sample in samples if sample.pss_mb]
        memory = {kind: [sample.pss_mb.get(kind, 0.0) for sample in read] for kind in kinds}
        drawn.append(_lines("Memory (PSS), MB", {"at": [sample.at - first for sample in read], **memory}))
    told = found.of("lag")
    kinds = sorted({kind for each in told for kind in each["p99_ms"]})
    late = {kind: [each["p99_ms"].get(kind, 0.0) for each in told] for kind in kinds}
    if told:
        drawn.append(
            _lines("Event-loop lag (worst p99), ms", {"at": [each["at"] - first for each in told], **late})
        )
    lag = found.of("generator")
    drawn.append(
        _lines(
            "Lateness of the generator, ms",
            {"at": [each["at"] - first for each in lag], "p99": [each["late_p99_ms"] for each in lag]},
        )
    )
    return drawn


def _lines(title: str, series: Mapping[str, Sequence[float]]) -> str:
    figure = Figure(figsize=(9, 2.6), layout="constrained")
    axes = figure.subplots()
    for name, values in series.items():
        if name != "at":
            axes.plot(series["at"], values, label=name, linewidth=1.2)
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel("s", fontsize=8)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if len(series) > 1:
        axes.legend(fontsize=7, ncols=5, frameon=False)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()[buffer.getvalue().index("<svg") :]


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    columns = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    lines = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape('' if cell is None else str(cell))}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{columns}</tr>{lines}</table>"
