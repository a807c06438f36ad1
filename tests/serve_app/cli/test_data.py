"""``hero365 data`` and ``hero365 db`` as one types them, on a seeded SQLite file."""

from __future__ import annotations

import asyncio
import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID, DEMO_VIEWER_ID
from config.settings import load_settings
from serve_app.cli.app import run
from serve_app.cli.seed import fill

WHO = ["--business", DEMO_BUSINESS_ID, "--user", DEMO_OWNER_ID]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HERO365_DATA_DIR", str(folder))
        asyncio.run(fill(load_settings()))
    return folder / "hero365.db"


@pytest.fixture(autouse=True)
def database(seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the seeded file, configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERO365_DATA_DIR", str(tmp_path / "data"))
    copy = tmp_path / "data" / "hero365.db"
    copy.parent.mkdir()
    with closing(sqlite3.connect(seeded)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


@pytest.mark.parametrize("kind", ["contacts", "jobs", "invoices"])
def test_a_seeded_business_exports_and_knows_its_own_export(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "export", kind, "out.csv", *WHO]) == 0
    assert run(["data", "import", kind, "out.csv", *WHO]) == 0
    said = capsys.readouterr().out
    assert " 0 created" in said
    assert "0 refused" in said


def test_an_import_reports_and_writes_what_it_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").write_text("Name,Email,Mood\nNova Quill,nova@mail.example,ok\nBad,bad,ok\n")
    importing = ["data", "import", "contacts", "in.csv", *WHO, "--refused", "refused.csv"]
    assert run([*importing, "--dry-run"]) == 1
    assert "1 would be created, 0 there already, 1 would be refused" in capsys.readouterr().out
    assert run(importing) == 1
    said = capsys.readouterr()
    assert "2 rows: 1 created, 0 there already, 1 refused." in said.out
    assert "Columns that mean nothing here: Mood." in said.out
    assert "line 3, email: bad is not an email address. [bad] (bad_value)" in said.err
    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["Name"], row["refused_code"]) for row in rows] == [("Bad", "bad_value")]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["data", "import", "contacts", "missing.csv", *WHO], "file_error"),
        (["data", "import", "contacts", "empty.csv", *WHO], "empty_file"),
        (["data", "import", "contacts", "in.csv", "--business", DEMO_BUSINESS_ID, "--user", "nobody"], "forbidden"),
        (["data", "import", "contacts", "in.csv", "--business", DEMO_BUSINESS_ID, "--user", DEMO_VIEWER_ID],
         "forbidden"),
        (["data", "export", "invoices", "out.csv", "--business", DEMO_BUSINESS_ID, "--user", DEMO_VIEWER_ID],
         "forbidden"),
        (["data", "export", "contacts", "no/such/folder.csv", *WHO], "file_error"),
        (["db", "restore", "missing.tar.gz"], "no_such_file"),
        (["db", "restore", "in.csv"], "corrupt"),
        (["db", "backup", "in.csv"], "file_exists"),
    ],
)  # fmt: skip
def test_failures_are_one_line_with_a_code(
    arguments: list[str], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "in.csv").write_text("Name,Email\nNova Quill,nova@mail.example\n")
    assert run(arguments) == 1
    said = capsys.readouterr().err.strip()
    assert said.endswith(f"({code})")
    assert "\n" not in said
    assert not (tmp_path / "out.csv").exists()


def test_backup_and_restore(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = list(_dump(database))
    assert run(["db", "backup", "one.tar.gz"]) == 0
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM interaction")
    assert run(["db", "restore", "one.tar.gz"]) == 1
    assert "(not_empty)" in capsys.readouterr().err
    assert run(["db", "restore", "one.tar.gz", "--force"]) == 0
    assert list(_dump(database)) == before


def test_upgrade_makes_an_empty_database(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for leftover in database.parent.iterdir():
        leftover.unlink()
    assert run(["db", "upgrade"]) == 0
    assert run(["db", "upgrade"]) == 0
    assert capsys.readouterr().out.count("The database is at revision ") == 2


def _dump(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as connection:
        yield from sorted(connection.iterdump())
