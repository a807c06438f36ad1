"""Signing keys: made once, private, never the same in two places."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from config.keys import access_key, ticket_key
from config.settings import Settings


def test_a_key_is_made_once_and_kept(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)
    key = access_key(settings)
    assert len(key) >= 32
    assert access_key(settings) == key


def test_keys_differ_by_purpose_and_by_place(tmp_path: Path):
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    assert len({access_key(here), ticket_key(here), access_key(there), ticket_key(there)}) == 4


def test_a_made_key_is_private(tmp_path: Path):
    access_key(Settings(data_dir=tmp_path))
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_processes_that_start_together_agree(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: ticket_key(settings), range(64)))
    assert len(keys) == 1
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["ticket.key"]


def test_a_configured_key_is_taken_and_nothing_is_written(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, jwt_secret="j" * 40, ticket_secret="t" * 40)
    assert (access_key(settings), ticket_key(settings)) == ("j" * 40, "t" * 40)
    assert list(tmp_path.iterdir()) == []
