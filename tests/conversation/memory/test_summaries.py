"""Old turns become notes: what was done outlives what was asked, and nothing grows without end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from agents.testing import ScriptedModel

from conversation.history import History, Turn, call_items
from conversation.memory.keeper import FULL_TURNS, RECENT_TURNS, Keeper
from conversation.memory.summary import LONGEST_SUMMARY, summarise
from tests.support.agent import text
from tools.envelope import ToolResult


def turn(user: str, *calls: tuple[str, bool, str], heard: str = "") -> Turn:
    items: list[dict[str, Any]] = []
    for number, (tool, ok, summary) in enumerate(calls):
        items += call_items(f"{user}{number}", tool, "{}", ToolResult(ok, summary).to_json())
    return Turn(user, items, heard)


def test_writes_are_noted_as_done_and_reads_as_asked():
    notes = summarise("", [
        turn("bill Sarah", ("create_invoice", True, "Invoice 31 to Sarah for 300 dollars.")),
        turn("who owes me", ("get_pending_invoices", True, "Sarah owes you 300 dollars.")),
        turn("bill Bob", ("create_invoice", False, "Not confirmed.")),
        turn(""),
    ])  # fmt: skip
    assert notes.splitlines() == [
        "Done: Invoice 31 to Sarah for 300 dollars.",
        "Asked: who owes me",
        "Asked: bill Bob",
    ]


def test_notes_are_bounded_and_forget_questions_before_deeds():
    notes = summarise("", [turn("book it", ("create_job", True, "Booked the first job."))])
    for number in range(200):
        notes = summarise(notes, [turn(f"question number {number}, which is rather long")])
    assert len(notes) <= LONGEST_SUMMARY
    assert notes.startswith("Done: Booked the first job.")
    assert "question number 199" in notes
    for number in range(200):
        notes = summarise(notes, [turn("go", ("create_job", True, f"Booked job {number}."))])
    assert len(notes) <= LONGEST_SUMMARY
    assert "Booked job 199." in notes
    assert "first job" not in notes


def test_a_long_conversation_keeps_its_deeds_and_its_size():
    history = History(max_turns=5)
    sizes: list[int] = []
    for number in range(60):
        begun = history.begin(f"bill customer {number}")
        result = ToolResult(True, f"Invoice {number} is out.").to_json()
        begun.items += call_items(f"c{number}", "create_invoice", "{}", result)
        sizes.append(len(json.dumps(history.input_items())))
    assert len(history.turns) == 5
    first, *_ = history.input_items()
    assert first["role"] == "developer"
    assert "Invoice 54 is out." in first["content"]
    assert max(sizes) < 4_000


def test_what_was_kept_can_be_loaded_again():
    history = History(max_turns=2)
    for number in range(4):
        history.begin(f"turn {number}").assistant = "yes"
    other = History(max_turns=2)
    other.load(json.loads(json.dumps(history.to_json())))
    assert other.input_items() == history.input_items()


async def filled(model: Any, count: int = FULL_TURNS) -> tuple[History, Keeper]:
    history = History()
    for number in range(count):
        history.begin(f"turn {number}")
    return history, Keeper(history, model)


async def test_a_model_words_the_notes_on_all_but_the_recent_turns():
    model = ScriptedModel([text("Sarah got invoice 31.")])
    history, keeper = await filled(model)
    assert keeper.is_due
    await keeper.keep()
    assert not keeper.is_due
    assert history.summary == "Sarah got invoice 31."
    assert [each.user for each in history.turns] == [
        f"turn {number}" for number in range(FULL_TURNS - RECENT_TURNS, FULL_TURNS)
    ]
    asked = model.last_call
    assert asked is not None
    assert "turn 0" in str(asked.input)
    assert f"turn {FULL_TURNS - 1}" not in str(asked.input)


async def test_without_an_answer_the_turns_stay_for_plain_notes():
    model = ScriptedModel([OSError("no network")])
    history, keeper = await filled(model)
    await keeper.keep()
    assert (history.summary, len(history.turns)) == ("", FULL_TURNS)
    assert keeper.is_due


async def test_notes_on_turns_that_are_gone_meanwhile_are_dropped():
    folds = asyncio.Event()

    class Slow(ScriptedModel):
        async def get_response(self, *args: Any, **options: Any) -> Any:
            await folds.wait()
            return await super().get_response(*args, **options)

    history, keeper = await filled(Slow([text("Notes.")]))
    working = asyncio.create_task(keeper.keep())
    await asyncio.sleep(0)
    assert not keeper.is_due, "nobody begins it twice"
    history.fold(3)
    folds.set()
    await working
    assert "Notes." not in history.summary


async def test_few_turns_need_no_notes():
    _, keeper = await filled(ScriptedModel([]), count=FULL_TURNS - 1)
    assert not keeper.is_due
