"""docs/data.md names every column and every code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from business.transfer.sheets import SHEETS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("book", list(SHEETS))
def test_every_column_is_documented(book: object):
    part = DOCUMENT.split(f"**{str(book).capitalize()}**")[1].split("\n\n")[0]
    assert {
        column.name for sheet in SHEETS.values() if sheet.book is book for column in sheet.columns
    } <= set(re.findall(r"`(\w+)`", part))


@pytest.mark.parametrize("folder", ["transfer", "backup"])
def test_every_code_is_documented(folder: str):
    source = "\n".join(path.read_text() for path in (ROOT / "business" / folder).glob("*.py"))
    raised = re.findall(r'(?:RecordRefused|FileRefused|BackupRefused)\(\s*f?"(\w+)"', source)
    assert raised
    assert set(raised) <= set(re.findall(r"`(\w+)`", DOCUMENT)) | {"no_database", "file_exists"}
