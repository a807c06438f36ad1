"""Every tool × every type of error: provoked, speakable, with its fields, without an effect; or shown impossible."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from business.sql.database import UNREACHABLE
from tests.tools.books import everything, taken_away
from tests.tools.error_cases import Case, Never
from tests.tools.error_table import TABLE
from tests.tools.world import SAMPLES, World
from tools.catalogue import TOOLS
from tools.envelope import ToolCall, ToolError, ToolErrorType, ToolResult

# What no voice should read: ids, numbers as stored, names of code, markup, and what Python says.
UNSPEAKABLE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}|\b(?:JOB|INV|EST|QUO|PROJ)-\d|\w_\w|[a-z][A-Z]|[{}<>\[\]\\/|=`]|\bNone\b|"
    r"Error|Exception|Traceback|sql|postgres|asyncpg|pydantic|Decimal|  ",
)


def cases_of(cell: Never | Case | tuple[Case, ...]) -> tuple[Case, ...]:
    if isinstance(cell, Never):
        return ()
    return cell if isinstance(cell, tuple) else (cell,)


CASES = [
    pytest.param(name, error, case, id=f"{name}-{error}-{index}")
    for name, cells in TABLE.items()
    for error, cell in cells.items()
    for index, case in enumerate(cases_of(cell))
]
REASONS = [
    pytest.param(name, cell, id=f"{name}-{error}")
    for name, cells in TABLE.items()
    for error, cell in cells.items()
    if isinstance(cell, Never)
]


def test_no_tool_and_no_error_is_left_out() -> None:
    assert set(TABLE) == set(TOOLS)
    for name, cells in TABLE.items():
        assert set(cells) == set(ToolErrorType), name


@pytest.mark.parametrize(("name", "reason"), REASONS)
def test_what_cannot_happen_is_ruled_out_by_the_contract(name: str, reason: Never) -> None:
    assert reason.holds(TOOLS[name]), f"{name}: {reason.why}"


@pytest.mark.parametrize(("name", "error", "case"), CASES)
async def test_every_error(world: World, name: str, error: ToolErrorType, case: Case) -> None:
    if case.prepare is not None:
        await case.prepare(world)
    call = called(world, name, case)
    if case.seen_epoch is not None:
        await world.executor.fence(call.caller, case.seen_epoch)
    await world.database.close()  # so that a file can be read, and moved, from outside
    before = await everything(world.url)
    if case.is_away:
        async with taken_away(world.url):
            result = await world.executor.execute(call)
    else:
        result = await world.executor.execute(call)
    assert result.error is not None, result
    assert result.error.type is error, result
    check_speech(result)
    check_fields(result, result.error, case)
    await world.database.close()
    check_books(before, await everything(world.url), result.error)


def called(world: World, name: str, case: Case) -> ToolCall:
    call = world.make(name, user=case.user, **(SAMPLES[name] if case.arguments is None else case.arguments))
    return replace(call, caller=replace(call.caller, is_driving=case.is_driving))


def check_speech(result: ToolResult) -> None:
    assert result.error is not None
    assert result.summary == result.error.message
    assert result.summary[:1].isupper()
    assert result.summary.endswith((".", "?"))
    assert 8 <= len(result.summary) <= 300
    assert not UNSPEAKABLE.search(result.summary), result.summary
    for label in (*result.error.candidates, result.error.read_back or ""):
        assert not UNSPEAKABLE.search(label), label


def check_fields(result: ToolResult, error: ToolError, case: Case) -> None:
    assert error.field == case.field
    assert set(error.allowed) == set(case.allowed)
    assert result.data == {}
    for word in case.allowed:
        assert word.replace("_", " ") in result.summary
    assert not case.is_away or result.summary == UNREACHABLE
    is_question = error.type is ToolErrorType.NEEDS_CONFIRMATION
    assert (error.confirmation_id is not None) == is_question
    assert error.read_back == (result.summary if is_question else None)
    if error.type is ToolErrorType.AMBIGUOUS:
        assert set(error.candidates) == set(case.candidates)
        assert all(candidate in result.summary for candidate in error.candidates)
        assert result.summary.endswith("?")
    elif error.type is ToolErrorType.NOT_FOUND:
        assert all(candidate in result.summary for candidate in error.candidates[:3])
    else:
        assert error.candidates == ()


def check_books(
    before: dict[str, set[tuple[object, ...]]], after: dict[str, set[tuple[object, ...]]], error: ToolError
) -> None:
    """Nothing has changed; only a question is kept, with the epoch that it was asked in."""
    added = {table: len(rows - before[table]) for table, rows in after.items() if rows != before[table]}
    assert all(before[table] <= rows for table, rows in after.items())
    if error.type is ToolErrorType.NEEDS_CONFIRMATION:
        assert added.pop("confirmation") == 1
        assert added.pop("session_fence", 1) == 1
    assert added == {}
