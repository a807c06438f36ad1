"""Pipecat's and LiveKit's Realtime clients against the running server, in an environment of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from serve_app.launcher import Server
from tests.clients.programs import hold

pytestmark = [pytest.mark.server, pytest.mark.peers]

HERE = Path(__file__).parent / "peers"
#: `make test-clients` makes it.
PYTHON = Path(__file__).parents[2] / ".venv-clients" / "bin" / "python"


@pytest.mark.parametrize("client", ["pipecat_service.py", "livekit_plugin.py"])
async def test_a_spoken_conversation_with_a_tool_call_and_an_interruption(
    client: str, server: Server, tmp_path: Path
) -> None:
    await hold(str(PYTHON), client, folder=HERE, server=server, scratch=tmp_path)
