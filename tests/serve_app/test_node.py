"""``hero365 node``: what is refused before anything is started, and what the cluster has to share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import actors
from config.settings import Settings, SettingsError
from serve_app.declared import application, check_shared
from serve_app.node import Node, NodeFailed, check

SHARED = {
    "REDIS_URL": "redis://somewhere:6379/0",
    "DATABASE_URL": "postgresql://somewhere/hero365",
    "ticket_secret": "t" * 40,
    "jwt_secret": "j" * 40,
}


@pytest.mark.parametrize(
    ("arguments", "serve", "word"),
    [
        ([], False, "--head"),
        (["--head", "--address=a:1"], False, "--address"),
        (["--address=a:1"], True, "--up"),
    ],
)
def test_arguments_that_start_no_node_are_refused(arguments: list[str], serve: bool, word: str) -> None:
    with pytest.raises(NodeFailed, match=word):
        check(arguments, serve=serve)
    check(["--head"], serve=True)
    check(["--address", "a:1"], serve=False)


@pytest.mark.parametrize(
    ("missing", "variable"),
    [
        ("REDIS_URL", "REDIS_URL"),
        ("DATABASE_URL", "DATABASE_URL"),
        ("ticket_secret", "HERO365_TICKET_SECRET"),
        ("jwt_secret", "HERO365_JWT_SECRET"),
    ],
)
def test_what_all_nodes_share_has_to_be_set(missing: str, variable: str) -> None:
    check_shared(Settings(**SHARED))  # pyright: ignore[reportArgumentType]
    settings = Settings(**{name: each for name, each in SHARED.items() if name != missing})  # pyright: ignore[reportArgumentType]
    with pytest.raises(SettingsError, match=variable):
        check_shared(settings)
    with pytest.raises(SettingsError, match=variable):
        Node(settings, ["--head"], serve=True)


def test_a_declared_application_takes_no_arguments() -> None:
    with pytest.raises(SettingsError, match="none are taken"):
        application({"max_sessions": "4"})


def test_without_a_fork_server_the_shim_runs_the_worker_with_its_own_python(tmp_path: Path) -> None:
    script = tmp_path / "default_worker.py"
    script.write_text("import sys; print(sys.executable, *sys.argv[1:])")
    environment = {name: each for name, each in os.environ.items() if not name.startswith("H365_")}
    run = subprocess.run(
        ["/bin/bash", "-c", f"exec {actors.shim_command()} {script} one two"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert run.stdout.split() == [sys.executable, "one", "two"]
