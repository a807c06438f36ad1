"""Clients that are programs of their own: how they are run, and what they have to have seen."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx

from media.resample import StreamResampler
from serve_app.cli.access import owner_token
from serve_app.launcher import Server
from tests.support.call import sample
from tests.support.tls import behind_tls

RATE = 24_000
DEADLINE_S = 180.0


async def run(*command: str, folder: Path, **variables: str) -> str:
    """Run a program in ``folder``; what it printed. Fails with all of that when it fails."""
    environment = os.environ | variables | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, f"{out.decode()}\n{err.decode()[-4000:]}"
    return out.decode()


async def hold(*command: str, folder: Path, server: Server, scratch: Path) -> dict[str, Any]:
    """Have a program hold its conversation with the server; its report, checked as far as all have to agree."""
    # The JavaScript package of OpenAI's speaks TLS only.
    async with behind_tls(httpx.URL(server.base_url).port or 80, scratch) as behind:
        printed = await run(
            *command,
            folder=folder,
            HERO365_URL=behind.url,
            HERO365_KEY=owner_token(server.settings),
            NODE_EXTRA_CA_CERTS=str(behind.authority),
            SSL_CERT_FILE=str(behind.authority),
            FIRST_PCM=_spoken("slt_upcoming_jobs", scratch),
            SECOND_PCM=_spoken("slt_who_owes", scratch),
        )
    report: dict[str, Any] = json.loads(printed.splitlines()[-1])
    assert report["failure"] is None
    assert report["errors"] == []
    assert "jobs" in report["transcripts"][0].lower()
    assert "get_upcoming_jobs" in report["tools"]
    assert "get_pending_invoices" in report["tools"]
    assert "cancelled" in report["statuses"]
    assert report["statuses"][-1] == "completed"
    return report


def _spoken(name: str, folder: Path) -> str:
    """A sample as raw PCM16 at the rate of the Realtime API."""
    to = StreamResampler(16_000, RATE)
    path = folder / f"{name}.pcm"
    path.write_bytes(to.push(sample(name)) + to.flush())
    return str(path)
