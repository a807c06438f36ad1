"""A PostgreSQL server of the test run's own: found, started on an empty folder, thrown away at the end.

It listens on 127.0.0.1 only, runs as a user without rights (PostgreSQL refuses to run as root) and keeps nothing.
A system's own clusters are never touched. ``python -m tests.support.postgres`` tells where the programs are;
``scripts/install_postgres.sh`` installs them where they are missing.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

PROGRAMS = ("initdb", "pg_ctl", "postgres")
MISSING = (
    "PostgreSQL's server programs (initdb, pg_ctl, postgres) are not installed. "
    "`make postgres` installs them where apt-get and root or passwordless sudo are there; elsewhere install "
    "PostgreSQL 13 or newer by hand."
)
# Nothing has to survive the run, and a test's queries are too small for parallel workers or compilation.
OPTIONS = {
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",  # containers give /dev/shm 64 MB
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "max_parallel_workers_per_gather": "0",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "unix_socket_directories": "",
    "wal_level": "minimal",
}
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder in memory: the server is thrown away)
_NEEDED_BYTES = 2_000_000_000


def programs() -> Path | None:
    """The folder of the server's programs, the newest version's; None when they are not installed."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    installed = [Path(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")]
    folders += sorted(installed, key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    for folder in folders:
        if all((folder / name).is_file() for name in PROGRAMS):
            return folder
    return None


def is_ci() -> bool:
    """Whether a missing dependency is a failure instead of a shorter run."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def database_kinds() -> tuple[str, ...]:
    """The databases that tests run on. Without PostgreSQL SQLite alone, but in CI its tests then fail."""
    return ("sqlite", "postgresql") if is_ci() or programs() is not None else ("sqlite",)


def report() -> str:
    """One line for the head of a test run."""
    found = programs()
    return f"postgresql: {found}" if found else f"postgresql: NOT TESTED. {MISSING}"


@dataclass(slots=True)
class PostgresServer:
    """A running server; ``address`` is its URL without a database."""

    address: str
    _count: Iterator[int] = field(default_factory=itertools.count)

    def create(self, name: str, template: str = "template0") -> str:
        """Make the database ``name`` as a copy of ``template`` and return its URL."""
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return f"{self.address}/{name}"

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """The URL of a database of one's own that begins as ``template`` is."""
        name = f"copy_{next(self._count)}"
        url = self.create(name, template)
        try:
            yield url
        finally:
            self._command(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _command(self, sql: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(f"{self.address}/postgres")
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        asyncio.run(run())


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A fresh server, stopped and deleted afterwards. Raises RuntimeError when it cannot be had."""
    found = programs()
    if found is None:
        raise RuntimeError(MISSING)
    identity = _identity()
    folder = Path(tempfile.mkdtemp(prefix="hero365-pg-", dir=_scratch()))
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    with _cleared_away(found, folder, identity):
        data = folder / "data"
        # Byte order, as SQLite sorts, and the same on every machine.
        options = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
        _run([found / "initdb", "-D", data, *options], folder, identity)
        port = _free_port()
        settings = " ".join(f"-c {name}={value or repr('')}" for name, value in OPTIONS.items())
        control = [found / "pg_ctl", "-D", data, "-l", folder / "log"]
        _run([*control, "-w", "-o", f"-p {port} {settings}", "start"], folder, identity)
        yield PostgresServer(f"postgresql://postgres@127.0.0.1:{port}")


@contextmanager
def _cleared_away(found: Path, folder: Path, identity: dict[str, Any]) -> Iterator[None]:
    """Stop the server and delete its folder at the end, also when this process is killed.

    A shell waits for its input to close, which the end of this process does in any case.
    """
    script = 'read -r _; [ -e "$2/data/postmaster.pid" ] && "$1" -D "$2/data" -m immediate stop; rm -rf "$2"'
    command = ["sh", "-c", script, "sh", found / "pg_ctl", folder]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    with subprocess.Popen(command, cwd="/", stdin=subprocess.PIPE, **quiet, **identity):
        yield


def _identity() -> dict[str, Any]:
    """Whom subprocesses run as: the package's user, or nobody, instead of root; else oneself."""
    if os.geteuid() != 0:
        return {}
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    account = accounts.get("postgres") or accounts.get("nobody")
    if account is None:
        raise RuntimeError("PostgreSQL refuses to run as root, and there is no user postgres or nobody.")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _scratch() -> Path | None:
    """A folder in memory where there is enough of it; None for the usual one."""
    is_roomy = _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _NEEDED_BYTES
    return _SHARED_MEMORY if is_roomy and os.access(_SHARED_MEMORY, os.W_OK) else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[Any], folder: Path, identity: dict[str, Any]) -> None:
    """Run one of the server's programs. Raises RuntimeError with what it and the server said."""
    # A file and no pipe: the server inherits it, and a pipe would stay open as long as the server lives.
    said = folder / "said"
    with said.open("wb") as output:
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False, **identity)
    if done.returncode:
        logged = [
            path.read_text(errors="replace")[-2000:] for path in (said, folder / "log") if path.exists()
        ]
        raise RuntimeError(f"{command[0]} failed with {done.returncode}:\n" + "\n".join(logged))


if __name__ == "__main__":
    sys.stdout.write(f"{report()}\n")
    sys.exit(0 if programs() is not None else 1)
