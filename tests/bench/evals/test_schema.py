"""What a scenario file may say, and how its faults are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.evals.loader import ScenarioError, load
from tools.catalogue import TOOLS


def written(folder: Path, text: str) -> Path:
    path = folder / "some.yaml"
    path.write_text(text)
    return path


def test_the_projects_scenarios_cover_all_tools_and_modes() -> None:
    scenarios = load()
    assert len(scenarios) >= 120
    assert {call.tool for each in scenarios for call in each.calls} == set(TOOLS)
    tags = {tag for each in scenarios for tag in each.tags}
    wanted = {"driving", "safety", "orchestrated", "correction", "compound", "reference", "interruption"}
    assert wanted <= tags
    assert {"silence", "off-topic", "injection", "permission", "ambiguity", "conflict", "dates"} <= tags


def test_short_forms_are_understood(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "- name: a\n  steps: [yes, {silence_s: 2}]\n  calls: [get_today_jobs, {create_job: {contact: Ann}}]\n",
    )
    (scenario,) = load([path])
    assert scenario.steps[0].say == "yes"
    assert [call.tool for call in scenario.calls] == ["get_today_jobs", "create_job"]
    assert scenario.calls[1].arguments == {"contact": "Ann"}


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("- {name: a, steps: [hello], cals: []}", "some.yaml, scenario 1 (a): cals"),
        ("- {name: a, steps: []}", "steps"),
        ("- {name: a, steps: [hello], calls: [make_tea]}", "there is no tool 'make_tea'"),
        ("- {name: a, steps: [{say: hello, silence_s: 1}]}", "a step is one of"),
        ("- {name: a, steps: [hello], changes: [{where: {total: 1}}]}", "either create or update"),
        ("- {name: a, steps: [hello]}\n- {name: a, steps: [hello]}", "two scenarios are named a"),
        ("name: a", "a list of scenarios"),
        ("- {name: [", "some.yaml"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)):
        load([written(tmp_path, entry)])
