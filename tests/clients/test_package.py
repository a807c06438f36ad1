"""The Python client as others get it: the wheel alone, in an environment of its own, talks to a server."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hero365_fake_server import TOKEN, FakeServer, running

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, sys
import hero365_client
from hero365_client import Hero365Client, ResponseDone

async def main(url):
    async with Hero365Client(url, sys.argv[2]) as client:
        async with await client.connect(await client.start()) as connection:
            await connection.send_text("What is my day?")
            async for event in connection:
                if isinstance(event, ResponseDone):
                    print("ANSWERED")
                    return

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which("uv", path=f"{ROOT / '.uv' / 'bin'}:{Path(sys.executable).parent}") or shutil.which(
        "uv"
    )
    assert found, "the set-up has put uv somewhere"
    return found


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([uv, "build", "--quiet", "--out-dir", folder, ROOT / "clients" / "python"], check=True)
    assert list(folder.glob("hero365_client-*.tar.gz"))
    return next(folder.glob("hero365_client-*-py3-none-any.whl"))


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert "hero365_client/py.typed" in names
    assert all(name.startswith("hero365_client") for name in names)
    for line in ("License-Expression: Apache-2.0", "Requires-Python: >=3.11", "Classifier: Typing :: Typed"):
        assert line in metadata.splitlines()
    assert "## When the network breaks" in metadata


@pytest.fixture(scope="module")
def python(uv: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the wheel, and nothing of this repository."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "v"], check=True)
    python = folder / "v" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, wheel], check=True)
    return python


async def test_it_needs_nothing_else_of_this_repository(python: Path, tmp_path: Path) -> None:
    async with running(FakeServer()) as server:
        program = await asyncio.create_subprocess_exec(
            python, "-c", PROGRAM, server.base_url, TOKEN, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(60):
            said, _ = await program.communicate()
    assert (said.decode().strip(), program.returncode) == ("ANSWERED", 0)
