"""Reads scenarios from YAML files; whatever is wrong in them is told with file, scenario and field.

It runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError

from bench.evals.schema import Scenario

SCENARIOS = Path(__file__).parent / "scenarios"


class ScenarioError(ValueError):
    """A scenario file that cannot be used; its text names every fault."""


def load(paths: Iterable[Path] | None = None) -> list[Scenario]:
    """All scenarios of the files, by default those that come with the project. Raises ScenarioError."""
    files = sorted(SCENARIOS.glob("*.yaml")) if paths is None else list(paths)
    found: list[Scenario] = []
    faults: list[str] = []
    for path in files:
        for number, entry in enumerate(_entries(path), 1):
            label = f"{path.name}, scenario {number}"
            if isinstance(entry, dict):
                label += f" ({cast('dict[str, Any]', entry).get('name', 'without a name')})"
            try:
                found.append(Scenario.model_validate(entry))
            except ValidationError as error:
                faults += [
                    f"{label}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
                ]
    names = [each.name for each in found]
    faults += [f"two scenarios are named {name}" for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise ScenarioError("\n".join(faults))
    return found


def _entries(path: Path) -> list[object]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path.name}: {error}") from error
    if not isinstance(content, list):
        raise ScenarioError(f"{path.name}: a list of scenarios is expected")
    return cast("list[object]", content)
