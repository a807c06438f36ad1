"""The figures of a run, and a page that shows every failure in full. Computes and writes; plays nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from bench.evals.player import StepRecord
from bench.evals.runner import Outcome
from bench.evals.words import NameErrors, WordErrors, words_of

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse}td,th{border:1px solid #d0d7de;padding:.25rem .6rem;text-align:left}
details{border:1px solid #d0d7de;border-radius:6px;margin:.6rem 0;padding:.4rem .8rem}
summary{cursor:pointer;font-weight:600}.bad{color:#b3261e}.good{color:#1a7f37}
pre{white-space:pre-wrap;background:#f6f8fa;padding:.5rem;border-radius:6px}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}pre{background:#161b22}
td,th,details{border-color:#30363d}.bad{color:#ff7b72}.good{color:#3fb950}}
"""


def figures(outcomes: Sequence[Outcome], names: Sequence[str]) -> dict[str, Any]:
    """The figures under their stable names; None where nothing was measured."""
    groups = {
        "text_success": [each for each in outcomes if each.condition == "text"],
        "audio_clean_success": [each for each in outcomes if each.condition.endswith("clean")],
        "audio_15db_success": [each for each in outcomes if each.condition.endswith("15 dB")],
    }
    failures = [each for each in outcomes if not each.passed]
    return {
        **{name: _share(group) for name, group in groups.items()},
        **{
            name.replace("success", "first_try"): _first_try(group)
            for name, group in groups.items()
            if name != "text_success"
        },
        "needless_questions": {
            name: _needless(groups[f"audio_{name}_success"]) for name in ("clean", "15db")
        },
        "wrong_writes": sum(len(each.findings.wrong_writes) for each in outcomes),
        "scenarios": len({each.scenario.name for each in outcomes}),
        "played": {name.removesuffix("_success"): len(group) for name, group in groups.items()},
        "known_limits": len({each.scenario.name for each in failures if each.scenario.known_limit}),
        "limits_no_more": sorted(
            {
                each.scenario.name
                for each in groups["text_success"]
                if each.passed and each.scenario.known_limit
            }
        ),
        "failed": sorted({f"{each.scenario.name} ({each.condition})" for each in failures}),
        "scenario_word_errors": _heard(outcomes),
        "name_errors": _names(outcomes, names),
        "seconds_per_text_scenario": _seconds(groups["text_success"]),
    }


def _needless(outcomes: Sequence[Outcome]) -> float | None:
    """How often the assistant asked whether it had heard right, of what it had heard to the letter."""
    right = [
        step
        for outcome in outcomes
        for step in outcome.steps
        if step.step.say and step.heard and words_of(step.step.say) == words_of(step.heard[0])
    ]
    return round(sum(step.doubted for step in right) / len(right), 4) if right else None


def write_page(path: Path, outcomes: Sequence[Outcome], found: dict[str, Any]) -> None:
    """One file without anything from elsewhere."""
    shares = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>"
        for name, value in found.items()
        if name != "failed"
    )
    failures = [each for each in outcomes if not each.passed]
    by_tag = Counter(tag for each in outcomes for tag in each.scenario.tags)
    bad_by_tag = Counter(tag for each in failures for tag in each.scenario.tags)
    tags = "".join(
        f"<tr><td>{escape(tag)}</td><td>{count - bad_by_tag[tag]} of {count}</td></tr>"
        for tag, count in sorted(by_tag.items())
    )
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Hero365 Voice: evals</title>"
        f"<style>{_STYLE}</style><h1>Evals</h1><table>{shares}</table>"
        f"<h2>By subject</h2><table>{tags}</table>"
        f"<h2>Failures ({len(failures)} of {len(outcomes)})</h2>{''.join(map(_failure, failures))}"
        f"<h2>Passed after extra turns</h2><ul>{''.join(map(_helped, outcomes))}</ul>"
        f"<h2>Passed</h2><p>{', '.join(sorted({escape(e.scenario.name) for e in outcomes if e.passed}))}</p></html>"
    )
    path.write_text(page, encoding="utf-8")


def _helped(outcome: Outcome) -> str:
    if not outcome.passed or outcome.first_try:
        return ""
    turns = "; ".join(
        f"{each.step.say} → heard {' | '.join(each.heard)} → beside the script {' | '.join(each.extra)}"
        for each in outcome.steps
        if each.extra
    )
    return f"<li>{escape(outcome.scenario.name)} · {escape(outcome.condition)}: {escape(turns)}</li>"


def _failure(outcome: Outcome) -> str:
    scenario = outcome.scenario
    faults = [*([outcome.fault] if outcome.fault else []), *outcome.findings.all()]
    lines: list[str] = []
    for number, step in enumerate(outcome.steps, 1):
        did = step.step.say or str(step.step.model_dump(exclude_defaults=True))
        lines.append(f"{number}. user: {did}")
        lines += [f"   beside the script: {each}" for each in step.extra]
        lines += [f"   heard: {each}" for each in step.heard]
        lines += [f"   assistant: {' '.join(step.said)}"] if step.said else ["   (nothing was said)"]
        lines += [f"   interrupted; heard of it: {each}" for each in step.interrupted]
        lines += [f"   error: {each}" for each in step.errors]
    lines.append("")
    for call in outcome.calls:
        lines.append(
            f"call {call.tool}({call.arguments}) → {'ok' if call.ok else call.error}: {call.summary}"
        )
    lines += [f"books: {each.told()}" for each in outcome.changes] or ["books: nothing changed"]
    limit = f"<p>Known limit: {escape(scenario.known_limit)}</p>" if scenario.known_limit else ""
    return (
        f"<details open><summary>{escape(scenario.name)} · {escape(outcome.condition)}</summary>{limit}"
        f"<ul class=bad>{''.join(f'<li>{escape(each)}</li>' for each in faults)}</ul>"
        f"<pre>{escape(chr(10).join(lines))}</pre></details>"
    )


def _share(group: Sequence[Outcome]) -> float | None:
    return round(sum(each.passed for each in group) / len(group), 4) if group else None


def _first_try(group: Sequence[Outcome]) -> float | None:
    return round(sum(each.first_try for each in group) / len(group), 4) if group else None


def _seconds(group: Sequence[Outcome]) -> float | None:
    return round(sum(each.seconds for each in group) / len(group), 3) if group else None


def _heard(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Word error rate per voice and noise of what reached the assistant, fillers of the microphone apart."""
    counts: dict[str, WordErrors] = {}
    for outcome in outcomes:
        if outcome.condition == "text":
            continue
        for step in outcome.steps:
            if step.step.say is not None:
                counts.setdefault(outcome.condition, WordErrors()).add(_all_said(step), " ".join(step.heard))
    return {label: each.rate for label, each in sorted(counts.items())}


def _all_said(record: StepRecord) -> str:
    return " ".join([record.step.say or "", *record.extra])


def _names(outcomes: Sequence[Outcome], names: Sequence[str]) -> dict[str, Any] | str:
    """Names wrong in the first hearing, and in what the assistant took them for after correction."""
    before, after = NameErrors(), NameErrors()
    for outcome in outcomes:
        if outcome.condition == "text":
            continue
        first = " ".join(each.text for each in outcome.heard if not each.is_partial)
        for step in outcome.steps:
            if step.step.say is not None:
                before.add(_all_said(step), first, names)
                after.add(_all_said(step), " ".join(step.heard), names)
    if not before.names:
        return "absent"
    return {"names": before.names, "before": before.rate, "after": after.rate}
