from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conversation.durable_calls import NOT_DONE, STILL_TRYING, TOO_MANY, DurableCalls, JournalUnavailable
from conversation.providers import EngineUnavailable
from tests.support.virtual_time import advance, settle, virtual
from tools.catalogue import TOOLS
from tools.envelope import Caller, Location, ToolCall, ToolError, ToolErrorType, ToolResult

CALLER = Caller("business", "user", "session", True, Location(41.5, -81.7, "Cleveland"))
WRITE = ToolCall("create_job", '{"title": "Leak"}', CALLER, turn=1, ordinal=0, focus={"contact": "c1"})
READ = ToolCall("get_today_jobs", "{}", CALLER, turn=1, ordinal=0)
DONE = ToolResult(True, "Booked.")
LOST = EngineUnavailable("nobody there")
UNSETTLED = ToolResult(False, "Busy.", error=ToolError(ToolErrorType.UNAVAILABLE, "Busy.", unsettled=True))


class Pool:
    """Answers as told, the last answer again and again; None is no answer at all."""

    def __init__(self, *answers: ToolResult | EngineUnavailable | None) -> None:
        self.answers = list(answers)
        self.calls: list[ToolCall] = []
        self.rejected: list[str] = []

    async def execute(self, call: ToolCall, timeout_s: float) -> ToolResult:
        self.calls.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            await advance(timeout_s)
            raise LOST
        if isinstance(answer, EngineUnavailable):
            raise answer
        return answer

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        if isinstance(self.answers[0], EngineUnavailable):
            raise self.answers[0]
        self.rejected.append(confirmation_id)


class Journal:
    """Remembers the order of things; ``broken`` as often as told."""

    def __init__(self, broken: int = 0) -> None:
        self.open_calls: list[ToolCall] = []
        self.opened = 0
        self.broken = broken

    async def open(self, call: ToolCall) -> None:
        self._maybe_break()
        self.opened += 1
        self.open_calls.append(call)

    async def close(self, call: ToolCall) -> None:
        self._maybe_break()
        self.open_calls = [each for each in self.open_calls if each != call]

    def _maybe_break(self) -> None:
        if self.broken:
            self.broken -= 1
            raise JournalUnavailable


def client(pool: Pool, journal: Journal, calls_per_minute: int = 60) -> DurableCalls:
    return DurableCalls(pool, journal, TOOLS, calls_per_minute=calls_per_minute)


@virtual
async def test_a_write_is_in_the_journal_before_it_leaves_and_crossed_out_when_it_is_done():
    journal = Journal()

    class Looking(Pool):
        async def execute(self, call: ToolCall, timeout_s: float) -> ToolResult:
            assert journal.open_calls == [call]
            return await super().execute(call, timeout_s)

    assert await client(Looking(DONE), journal).call(WRITE) == DONE
    await settle()
    assert (journal.opened, journal.open_calls) == (1, [])


@virtual
async def test_a_read_needs_no_journal_and_is_not_repeated():
    pool, journal = Pool(LOST), Journal(broken=10)
    result = await client(pool, journal).call(READ)
    assert (result.ok, result.summary) == (False, NOT_DONE)
    assert result.error is not None
    assert not result.error.unsettled
    assert len(pool.calls) == 1


@virtual
async def test_what_cannot_be_written_down_is_not_done():
    pool, journal = Pool(DONE), Journal(broken=3)
    tools = client(pool, journal)
    result = await tools.call(WRITE)
    assert (result.ok, result.summary, pool.calls) == (False, NOT_DONE, [])
    await tools.settle(60)
    assert journal.broken == 0, "it is crossed out, however long that takes"


@pytest.mark.parametrize("lost", [LOST, UNSETTLED])
@virtual
async def test_a_call_without_an_answer_is_repeated_under_its_key(lost: ToolResult | EngineUnavailable):
    pool, journal = Pool(lost, lost, DONE), Journal()
    assert await client(pool, journal).call(WRITE) == DONE
    assert pool.calls == [WRITE] * 3
    await settle()
    assert journal.open_calls == []


@virtual
async def test_a_late_result_is_told_once_and_until_then_the_call_stays_in_the_journal():
    pool, journal, told = Pool(None, None, DONE), Journal(), list[tuple[ToolCall, ToolResult]]()
    tools = client(pool, journal)
    tools.on_late = lambda call, result: told.append((call, result))
    result = await tools.call(WRITE)
    assert (result.ok, result.summary) == (False, STILL_TRYING)
    assert result.error is not None
    assert result.error.unsettled
    assert journal.open_calls == [WRITE]
    await tools.settle(600)
    assert told == [(WRITE, DONE)]
    assert journal.open_calls == []


@virtual
async def test_asking_again_for_what_is_under_way_does_not_do_it_twice():
    pool, journal, told = Pool(None, None, DONE), Journal(), list[ToolCall]()
    tools = client(pool, journal)
    tools.on_late = lambda call, _result: told.append(call)
    assert not (await tools.call(WRITE)).ok
    again = replace(WRITE, turn=2)
    assert (await tools.call(again)).summary == STILL_TRYING
    assert (await tools.call(replace(WRITE, turn=3))) == DONE
    await settle()
    assert {call.key for call in pool.calls} == {WRITE.key}
    assert (journal.opened, told) == (1, [])
    assert (await tools.call(replace(WRITE, turn=4))) == DONE
    assert pool.calls[-1].turn == 4, "done is done: the same wish later is a new one"


@virtual
async def test_two_equal_calls_at_once_are_two():
    pool = Pool(DONE)
    await asyncio.gather(*(client(pool, Journal()).call(replace(WRITE, ordinal=n)) for n in (0, 1)))
    assert len({call.key for call in pool.calls}) == 2


@virtual
async def test_a_caller_that_goes_away_does_not_stop_a_write():
    pool, journal, told = Pool(LOST, DONE), Journal(), list[ToolResult]()
    tools = client(pool, journal)
    tools.on_late = lambda _call, result: told.append(result)
    task = asyncio.create_task(tools.call(WRITE))
    await settle()
    task.cancel()
    await tools.settle(60)
    assert (told, journal.open_calls) == ([DONE], [])


@virtual
async def test_too_many_calls_are_refused():
    pool = Pool(DONE)
    tools = client(pool, Journal(), calls_per_minute=2)
    results = [await tools.call(replace(WRITE, ordinal=n)) for n in range(3)]
    assert [result.summary for result in results] == ["Booked.", "Booked.", TOO_MANY]


@virtual
async def test_a_no_goes_to_the_executor_and_never_raises():
    pool = Pool(DONE)
    await client(pool, Journal()).reject(CALLER, "q1")
    assert pool.rejected == ["q1"]
    await client(Pool(LOST), Journal()).reject(CALLER, "q1")


def test_a_call_can_be_written_down_whole():
    for call in (WRITE, replace(READ, caller=Caller("b", "u", "s"), epoch=3, confirmation_id="q")):
        assert ToolCall.from_json(call.to_json()) == call


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"caller": {}}', '{"caller": {"location": null}}', "null"])
def test_what_is_no_call_is_refused(text: str):
    with pytest.raises(ValueError):  # noqa: PT011  (JSON's own is one too)
        ToolCall.from_json(text)
