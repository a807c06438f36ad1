"""How what happened is compared with what is expected; a check that can't fail would make every figure worthless."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bench.evals.books import Change, differences
from bench.evals.checks import call_faults, change_faults, matches, reply_faults
from bench.evals.schema import ExpectedCall, ExpectedChange, Step
from bench.evals.words import NameErrors, WordErrors, words_of
from bench.evals.world import Made


@pytest.mark.parametrize(
    ("expected", "actual", "fits"),
    [
        (300, Decimal("300.00"), True),
        (300, "$300", True),
        (300, Decimal("300.50"), False),
        ("Sarah Johnson", "sarah johnson.", True),
        ("Sarah Johnson", "Sarah", False),
        ("~leak repair", "Kitchen leak repair", True),
        ("~leak", "drain", False),
        ("/^2026-11-2[67]/", "2026-11-27 09:00", True),
        (["call", "email"], "email", True),
        (["call", "email"], "note", False),
        (None, None, True),
        (None, "x", False),
        (True, 1, True),
        (True, 0, False),
    ],
)
def test_values_match_or_do_not(expected: object, actual: object, fits: bool) -> None:
    assert matches(expected, actual) is fits


def made(tool: str, arguments: str = "{}", *, ok: bool = True) -> Made:
    return Made(tool, arguments, ok, "", None)


def test_calls_are_expected_in_their_order() -> None:
    expected = [
        ExpectedCall(tool="get_today_jobs"),
        ExpectedCall(tool="get_job_details", arguments={"job": "2"}),
    ]
    done = [made("get_today_jobs"), made("get_current_time"), made("get_job_details", '{"job": "2"}')]
    assert call_faults(expected, [], done) == []
    assert call_faults(expected, [], list(reversed(done)))
    assert call_faults(expected, ["get_current_time"], done) == ["get_current_time was called"]
    assert call_faults([ExpectedCall(tool="get_today_jobs", ok=False)], [], done)


BILL = {"contact": "Sarah Johnson", "total": Decimal(300), "number": "INV-1"}


def test_every_change_that_nobody_expects_is_a_wrong_write() -> None:
    bill = Change("create", "invoice", BILL, {})
    expected = ExpectedChange(create="invoice", where={"contact": "Sarah Johnson", "total": 300})
    assert change_faults([expected], [bill]) == ([], [])
    missing, wrong = change_faults([expected], [bill, bill])
    assert not missing
    assert len(wrong) == 1
    other = ExpectedChange(create="invoice", where={"total": 400})
    missing, wrong = change_faults([other], [bill])
    assert missing
    assert wrong


def test_rows_are_compared() -> None:
    key = ("invoice", "b", "1")
    assert differences({key: BILL}, {key: dict(BILL)}) == []
    (change,) = differences({key: BILL}, {key: BILL | {"total": Decimal(310)}})
    assert (change.kind, change.changed) == ("update", {"total": (Decimal(300), Decimal(310))})
    assert [each.kind for each in differences({key: BILL}, {})] == ["delete"]
    assert [each.kind for each in differences({}, {key: BILL})] == ["create"]


def test_answers_have_to_say_and_not_to_say() -> None:
    step = Step(say="x", reply=("three", "/fo+ur/"), not_reply=("five",), max_words=3)
    assert reply_faults(step, "three foour", "", limit=None) == []
    assert len(reply_faults(step, "one five", "", limit=None)) == 3
    assert reply_faults(step, "three four six seven", "", limit=None)
    assert reply_faults(Step(silence_s=1, silent=True), "hello", "", limit=None)
    assert reply_faults(Step(say="x"), "a b c", "", limit=2)


def test_words_are_compared_as_they_are_read() -> None:
    said = "bill her one thousand three hundred dollars at three thirty pm"
    assert words_of("Bill her $1,300, at 3:30 p.m.") == words_of(said)
    errors = WordErrors()
    assert errors.rate is None
    errors.add("move it to friday", "move to a friday")
    assert errors.rate == 0.5
    names = NameErrors()
    names.add("call Sarah Johnson", "call Sara Johnson", ["Sarah Johnson", "Tom Miller"])
    assert (names.wrong, names.names) == (1, 1)
