"""All scenarios as text, with the real conversation, understanding and tools: what passes today goes on passing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.evals.engines import Engines
from bench.evals.loader import load
from bench.evals.report import figures, write_page
from bench.evals.runner import Outcome, Runner
from bench.evals.schema import Scenario
from config.settings import Settings

SCENARIOS = load()


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    settings = Settings(provider="local")  # pyright: ignore[reportCallIssue]
    return Runner(Engines(settings), tmp_path_factory.mktemp("evals"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_scenario_as_text(runner: Runner, scenario: Scenario) -> None:
    """All of them have to write nothing wrong; those without a known limit have to pass."""
    outcome = runner.play(scenario)
    assert outcome.fault is None
    assert not outcome.findings.wrong_writes
    if scenario.known_limit is None:
        assert outcome.findings.all() == []


def test_a_failure_is_shown_in_full(runner: Runner, tmp_path: Path) -> None:
    wanted = {
        "name": "expects_the_impossible",
        "steps": [{"say": "What time is it?", "reply": ["half past thirteen"]}],
        "calls": ["get_today_jobs"],
        "changes": [{"create": "invoice", "where": {"total": 1}}],
    }
    outcome = runner.play(Scenario.model_validate(wanted))
    assert not outcome.passed
    assert len(outcome.findings.all()) == 3
    found = figures([outcome], ["Sarah Johnson"])
    assert found["text_success"] == 0
    assert found["audio_clean_success"] is None
    assert found["name_errors"] == "absent"
    page = tmp_path / "page.html"
    write_page(page, [outcome], found)
    text = page.read_text()
    for part in ("expects_the_impossible", "half past thirteen", "get_current_time", "nothing changed"):
        assert part in text


def test_a_write_that_is_not_listed_is_a_wrong_write(runner: Runner) -> None:
    outcome: Outcome = runner.play(
        Scenario.model_validate({"name": "books", "steps": ["Put the sewer line repair on hold"]})
    )
    assert len(outcome.findings.wrong_writes) == 1
    assert "on_hold" in outcome.findings.wrong_writes[0]
