"""Cells that no spreadsheet takes for a formula, and back. Pure and exact: reading undoes what writing did."""

from __future__ import annotations

import re

# What Excel, LibreOffice or Sheets may evaluate at the beginning of a cell; the wide forms count in East Asian locales.
_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_MADE_SAFE = re.compile(r"''*[=+\-@\t\r\n＝＋－＠]")


def safe(text: str) -> str:
    """``text`` with an apostrophe before it when a spreadsheet would evaluate it (or when it looks made safe)."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def plain(cell: str) -> str:
    """What ``safe`` was given."""
    return cell[1:] if _MADE_SAFE.match(cell) else cell


def joined(texts: tuple[str, ...]) -> str:
    """Several texts in one cell, with semicolons; a semicolon of a text's own gets a backslash."""
    return "; ".join(text.replace("\\", "\\\\").replace(";", "\\;") for text in texts)


def split(cell: str) -> tuple[str, ...]:
    """What ``joined`` was given, without spaces around and without empty texts."""
    parts = re.findall(r"(?:\\.|[^;\\]|\\$)+", cell, re.DOTALL)
    texts = (re.sub(r"\\(.)", r"\1", part.strip(), flags=re.DOTALL).strip() for part in parts)
    return tuple(text for text in texts if text)
