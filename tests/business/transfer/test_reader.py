from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from business.paging.queries import Book
from business.transfer.cells import joined, plain, safe, split
from business.transfer.columns import understood
from business.transfer.errors import FileRefused
from business.transfer.reader import check_form, read_rows
from business.transfer.sheets import sheet_of
from tests.business.transfer.files import bring_in, exported, rows_of
from tests.business.world import World

HEADER = b"first_name,email\n"


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", "empty_file", None),
        (b"\xef\xbb\xbf", "empty_file", None),
        (b"\n\n", "empty_file", None),
        (HEADER + "Zoë,z@mail.example\n".encode("latin-1"), "not_utf8", 2),
        ("first_name,email\nNora,n@mail.example\n".encode("utf-16"), "not_utf8", 1),
        (HEADER + b"No\x00ra,n@mail.example\n", "nul_byte", 2),
        (HEADER + b"Nora," + b"x" * 10_000_000 + b"\n", "cell_too_large", 2),
        (HEADER + b'Nora,"' + b"x" * 200_000 + b'"\n', "cell_too_large", 2),
        (HEADER + b'Nora,"' + b"x\n" * 200_000 + b'"\n', "cell_too_large", None),
        (HEADER + b'Nora,"n@mail.example\nOla,o@mail.example\n', "bad_csv", None),
        (HEADER + b'"No"ra,n@mail.example\n', "bad_csv", 2),
        (b"first_name,company\nNora,Q\n", "missing_columns", 1),
        (b"city,email\nDenver,n@mail.example\n", "missing_columns", 1),
        (b"first_name,Given Name,email\nNora,Nora,n@mail.example\n", "duplicate_column", 1),
    ],
)
async def test_a_broken_file_is_refused_as_a_whole(
    world: World, content: bytes, reason: str, line: int | None
):
    good = b"".join(b"P%d,p%d@mail.example\n" % (number, number) for number in range(80))
    if content.startswith(HEADER):
        content = HEADER + content.removeprefix(HEADER) + good
    with pytest.raises(FileRefused) as refused:
        await bring_in(world, Book.CONTACTS, content)
    assert refused.value.reason == reason
    if line is not None:
        assert refused.value.line == line
    assert rows_of(await exported(world, Book.CONTACTS)) == []


async def test_a_break_at_the_end_stops_the_beginning_too(world: World):
    content = HEADER + b"".join(b"P%d,p%d@mail.example\n" % (n, n) for n in range(80)) + b"\xff,\n"
    with pytest.raises(FileRefused, match="Line 82"):
        await bring_in(world, Book.CONTACTS, content)
    assert rows_of(await exported(world, Book.CONTACTS)) == []


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"sep=,\r\n"])
@pytest.mark.parametrize("separator", [b",", b";", b"\t"])
async def test_forms_that_spreadsheets_write(mark: bytes, separator: bytes):
    if mark.startswith(b"sep"):
        mark = b"sep=" + separator + b"\r\n"
    content = (
        mark + separator.join([b"a", b"b"]) + b"\r\n\r\n" + separator.join([b'"1\r\n2"', b"3"]) + b"\r\n"
    )
    rows = list(read_rows(io.BytesIO(content)))
    assert [row.cells for row in rows] == [("a", "b"), ("1\r\n2", "3")]
    first = 2 if mark.startswith(b"sep") else 1
    assert [row.line for row in rows] == [first, first + 2]


def test_lines_are_counted_where_rows_begin():
    rows = list(read_rows(io.BytesIO(b'a,b\n"1\n2\n3",x\n4,5\n')))
    assert [row.line for row in rows] == [1, 2, 5]
    assert check_form(io.BytesIO(b"a,b\n")) == 0


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_cells_are_safe_and_come_back(text: str):
    cell = safe(text)
    assert plain(cell) == text
    assert not cell or cell[0] not in "=+-@\t\r\n"


@given(st.lists(st.text(min_size=1).filter(lambda text: text == text.strip())))
def test_lists_in_a_cell_come_back(texts: list[str]):
    assert split(joined(tuple(texts))) == tuple(texts)


@given(st.text())
def test_any_cell_can_be_split(cell: str):
    assert all(text == text.strip() and text for text in split(cell))


@pytest.mark.parametrize("book", [Book.CONTACTS, Book.JOBS, Book.INVOICES])
def test_no_title_means_two_columns(book: Book):
    columns = sheet_of(book).columns
    titles = [title for column in columns for title in {column.name, *column.aliases}]
    for title in titles:
        meant = [c.name for c in columns if understood([title], [c], [], 1).columns[0] is not None]
        assert len(meant) == 1, (title, meant)


def test_a_large_file_is_read_in_little_memory(tmp_path: Path):
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.write(HEADER)
        stream.writelines(b'P%d,"p%d@mail.example"\n' % (number, number) for number in range(50_000))
    with path.open("rb") as stream:
        tracemalloc.start()
        try:
            assert check_form(stream) == 50_000
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 1_000_000 < path.stat().st_size
