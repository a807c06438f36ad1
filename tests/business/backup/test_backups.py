"""Backups on both databases: made while writes go on, restored exactly, refused when anything is wrong."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from business.backup.archive import Manifest, read_manifest
from business.backup.backups import back_up, restore
from business.backup.errors import BackupRefused
from business.clock import FixedClock
from business.entities.memberships import Role
from business.errors import Unavailable
from business.sql import tables as all_tables
from business.sql.base import TenantRow
from business.sql.database import Database, create_engine
from business.use_cases.contacts import Contacts, NewContact
from tests.business.world import NOW, World
from tests.support.postgres import PostgresServer

assert all_tables.__all__
CLOCK = FixedClock(NOW)


async def content_of(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = create_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return {
                name: sorted((await connection.execute(select(table))).all(), key=repr)
                for name, table in TenantRow.metadata.tables.items()
            }
    finally:
        await engine.dispose()


async def add(world: World, name: str) -> None:
    async with world.write() as uow:
        await Contacts(uow).create(NewContact(name, email=f"{name}@mail.example"))


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Any:
    """Another database of the same kind, without any table."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/new/other.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.copy_of("template0") as url:
        yield url


async def test_a_restored_backup_equals_the_original(
    world: World, database_url: str, empty_url: str, tmp_path: Path
):
    for name in ("ann", "bob", "zoë"):
        await add(world, name)
    file = tmp_path / "backups" / "one.tar.gz"
    manifest = await back_up(database_url, file, CLOCK)
    assert file.stat().st_mode & 0o077 == 0
    assert read_manifest(file) == manifest
    assert manifest.rows["contact"] == 3
    assert manifest.created_at == NOW.isoformat()
    await restore(empty_url, file)
    assert await content_of(empty_url) == await content_of(database_url)
    assert sorted(path.name for path in file.parent.iterdir()) == ["one.tar.gz"]


async def test_a_backup_is_of_one_moment_while_writes_go_on(
    world: World, database_url: str, empty_url: str, tmp_path: Path
):
    done = asyncio.Event()

    async def write() -> int:
        count = 0
        while not done.is_set():
            await add(world, f"c{count}")
            count += 1
        return count

    writing = asyncio.create_task(write())
    manifests: list[Manifest] = []
    for number in range(3):
        manifests.append(await back_up(database_url, tmp_path / f"{number}.tar.gz", CLOCK))
    done.set()
    written = await writing
    counts = [manifest.rows["contact"] for manifest in manifests]
    assert counts == sorted(counts)
    assert 0 < counts[-1] <= written
    for manifest in manifests:
        # A contact and its line in the audit trail are one transaction: no backup has only one of them.
        others = manifest.rows["audit_entry"] - manifest.rows["contact"]
        assert others == manifests[0].rows["audit_entry"] - manifests[0].rows["contact"]
    await restore(empty_url, tmp_path / "2.tar.gz")
    assert len((await content_of(empty_url))["contact"]) == counts[-1]


async def test_force_replaces_and_the_server_works_on(world: World, database_url: str, tmp_path: Path):
    await add(world, "ann")
    before = await content_of(database_url)
    file = tmp_path / "one.tar.gz"
    await back_up(database_url, file, CLOCK)
    await add(world, "bob")
    with pytest.raises(BackupRefused) as refused:
        await restore(database_url, file, may_replace=True)
    assert refused.value.reason == "in_use"
    await world.database.close()
    with pytest.raises(BackupRefused) as refused:
        await restore(database_url, file)
    assert refused.value.reason == "not_empty"
    await restore(database_url, file, may_replace=True)
    assert await content_of(database_url) == before
    again = World(Database(database_url, clock=CLOCK), CLOCK)
    await add(again, "carl")
    async with again.read(Role.OWNER) as uow:
        assert len(await uow.contacts.names()) == 2
    await again.database.close()


def _repacked(file: Path, change: Callable[[dict[str, Any], bytes], tuple[Any, bytes]]) -> None:
    with tarfile.open(file) as archive:
        members = {name: archive.extractfile(name) for name in archive.getnames()}
        contents = {name: stream.read() for name, stream in members.items() if stream is not None}
    manifest = json.loads(contents.pop("manifest.json"))
    ((name, payload),) = contents.items()
    manifest, payload = change(manifest, payload)
    with tarfile.open(file, "w:gz") as archive:
        for member, content in (("manifest.json", json.dumps(manifest).encode()), (name, payload)):
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _flipped(payload: bytes) -> bytes:
    middle = len(payload) // 2
    return payload[:middle] + bytes([payload[middle] ^ 0xFF]) + payload[middle + 1 :]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda manifest, payload: (manifest, _flipped(payload)), "corrupt"),
        (lambda manifest, payload: (manifest, payload[:-10]), "corrupt"),
        (lambda manifest, payload: (manifest | {"sha256": "0" * 64}, payload), "corrupt"),
        (lambda manifest, payload: (manifest | {"payload": "../../evil"}, payload), "corrupt"),
        (lambda manifest, payload: ({"format": 1}, payload), "corrupt"),
        (lambda manifest, payload: ([], payload), "corrupt"),
        (lambda manifest, payload: (manifest | {"format": 2}, payload), "unknown_format"),
        (lambda manifest, payload: (manifest | {"revision": "9999"}, payload), "newer_schema"),
    ],
)
async def test_a_damaged_backup_is_refused_and_nothing_changes(
    world: World, database_url: str, empty_url: str, tmp_path: Path, change: Any, reason: str
):
    await add(world, "ann")
    file = tmp_path / "one.tar.gz"
    await back_up(database_url, file, CLOCK)
    _repacked(file, change)
    await world.database.close()
    before = await content_of(database_url)
    for url in (empty_url, database_url):
        with pytest.raises(BackupRefused) as refused:
            await restore(url, file, may_replace=True)
        assert refused.value.reason == reason
    assert await content_of(database_url) == before


async def test_a_payload_that_lies_is_refused_in_the_last_step(
    world: World, database_url: str, empty_url: str, tmp_path: Path
):
    file = tmp_path / "one.tar.gz"
    await add(world, "ann")
    await back_up(database_url, file, CLOCK)
    _repacked(
        file, lambda manifest, payload: (manifest | {"rows": manifest["rows"] | {"contact": 2}}, payload)
    )
    await world.database.close()
    before = await content_of(database_url)
    with pytest.raises(BackupRefused) as refused:
        await restore(database_url, file, may_replace=True)
    assert refused.value.reason in ("rows_differ", "tool_failed")
    assert await content_of(database_url) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"no archive"),
        lambda file: file.write_bytes(file.read_bytes()[:200]),
        lambda file: file.write_bytes(gzip.compress(b"no tar")),
    ],
)
async def test_what_is_no_backup_is_refused(
    sqlite_template: Path, tmp_path: Path, damage: Callable[[Path], None]
):
    shutil.copy(sqlite_template, tmp_path / "a.db")
    file = tmp_path / "one.tar.gz"
    await back_up(f"sqlite:///{tmp_path}/a.db", file, CLOCK)
    damage(file)
    with pytest.raises(BackupRefused) as refused:
        await restore(f"sqlite:///{tmp_path}/b.db", file)
    assert refused.value.reason == "corrupt"
    assert not (tmp_path / "b.db").exists()


async def test_a_ruined_database_can_be_replaced(sqlite_template: Path, tmp_path: Path):
    shutil.copy(sqlite_template, tmp_path / "a.db")
    file = tmp_path / "one.tar.gz"
    await back_up(f"sqlite:///{tmp_path}/a.db", file, CLOCK)
    target = tmp_path / "b.db"
    target.write_bytes(b"rubbish" * 1000)
    (tmp_path / "b.db-wal").write_bytes(b"an old log")
    target.chmod(0o640)
    with pytest.raises(BackupRefused) as refused:
        await restore(f"sqlite:///{target}", file)
    assert refused.value.reason == "not_empty"
    await restore(f"sqlite:///{target}", file, may_replace=True)
    assert target.stat().st_mode & 0o777 == 0o640
    with closing(sqlite3.connect(target)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_kinds_do_not_mix(sqlite_template: Path, tmp_path: Path):
    file = tmp_path / "one.tar.gz"
    await back_up(f"sqlite:///{sqlite_template}", file, CLOCK)
    with pytest.raises(BackupRefused) as refused:
        await restore("postgresql://nobody@127.0.0.1:1/none", file)
    assert refused.value.reason == "wrong_kind"


async def test_what_is_not_there_cannot_be_backed_up(tmp_path: Path):
    for name in ("missing.db", "empty.db"):
        (tmp_path / "empty.db").touch()
        with pytest.raises(BackupRefused) as refused:
            await back_up(f"sqlite:///{tmp_path}/{name}", tmp_path / "one.tar.gz", CLOCK)
        assert refused.value.reason == "no_database"
    with pytest.raises(Unavailable):
        await back_up("postgresql://nobody@127.0.0.1:1/none", tmp_path / "one.tar.gz", CLOCK)
    assert not (tmp_path / "one.tar.gz").exists()
    assert not (tmp_path / "missing.db").exists()
