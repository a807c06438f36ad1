"""What the caller of the audio scenarios says beside the script: yes only to what the scenario wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.evals.caller import Caller, Proposal, Situation
from bench.evals.checks import Findings, reply_faults
from bench.evals.player import StepRecord
from bench.evals.rendering import spoken, voices
from bench.evals.report import figures, write_page
from bench.evals.runner import Outcome
from bench.evals.schema import Scenario, Step
from bench.evals.shards import Shard, read_results, write_results
from bench.evals.world import Made

SAY = "Book a leak repair for Sarah Johnson tomorrow at ten"
STEP = Step(say=SAY)
RIGHT = {"title": "Leak repair", "contact": "Sarah Johnson", "scheduled_date": "tomorrow at ten"}


def scenario(**more: Any) -> Scenario:
    body: dict[str, Any] = {
        "name": "some",
        "steps": [SAY],
        "changes": [{"create": "job", "where": {"contact": "Sarah Johnson", "title": "~leak repair"}}],
    }
    return Scenario.model_validate(body | more)


def offer(tool: str = "create_job", *, called: bool = False, **values: str) -> Situation:
    return Situation(offers=(Proposal(tool, RIGHT | values),), called=called)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        (offer(), ("yes",)),
        (offer(contact="2b8a1d9a-70f2-5e35-afe3-f8a30b143d40"), ("yes",)),
        (offer(scheduled_date="tomorrow at 10"), ("yes",)),
        (offer(title="Leek soup"), ("no", SAY)),
        (offer(contact="Sarah Johnston"), ("no", SAY)),
        (offer(scheduled_date="tomorrow at two"), ("no", SAY)),
        (offer("set_reminder"), ("no", SAY)),
        (Situation(offers=(Proposal("create_job", {"title": "Leak repair"}),)), ("no", SAY)),
        (Situation(offers=(Proposal("schedule_follow_up", {}),), called=True), ()),
        (Situation(read_back=Proposal("create_job", RIGHT)), ("yes",)),
        (Situation(read_back=Proposal("create_job", RIGHT | {"contact": "Tom Lee"})), ("no", SAY)),
    ],
)
def test_he_says_yes_to_what_the_scenario_wants_and_no_to_all_else(
    now: Situation, answer: tuple[str, ...]
) -> None:
    assert Caller(scenario()).response(STEP, None, now) == answer


def test_he_never_agrees_to_what_may_never_be_called() -> None:
    caller = Caller(scenario(never=["create_job"]))
    assert caller.response(STEP, None, offer()) == ("no", SAY)


def test_what_is_done_is_not_agreed_to_again() -> None:
    made = [Made("create_job", '{"contact": "Sarah Johnson", "title": "Leak repair"}', True, "", None)]
    assert Caller(scenario(), made).response(STEP, None, offer(called=True)) == ()


def test_the_script_goes_first() -> None:
    caller = Caller(scenario())
    assert caller.response(STEP, Step(say="yes"), offer(title="Leek soup")) == ()
    assert caller.response(STEP, Step(say="No, at four"), Situation(read_back=Proposal("x", {}))) == ()
    assert caller.response(STEP, Step(say="Stop", interrupts_after_ms=100), offer()) == ()
    assert caller.response(Step(say=SAY, silent=True), None, offer()) == ()


def test_a_scripted_yes_is_not_said_to_another_bill() -> None:
    bill = "Bill Sarah Johnson three hundred dollars"
    caller = Caller(
        scenario(changes=[{"create": "invoice", "where": {"contact": "Sarah Johnson", "total": 300}}])
    )
    values = {"contact": "Sarah Johnson", "amount": "300"}
    right = Situation(read_back=Proposal("create_invoice", values))
    wrong = Situation(read_back=Proposal("create_invoice", values | {"amount": "3000"}))
    assert caller.response(Step(say=bill), Step(say="yes"), right) == ()
    assert caller.response(Step(say=bill), Step(say="yes"), wrong) == ("no", bill)


def test_he_repeats_what_was_not_understood() -> None:
    caller = Caller(scenario())
    assert caller.response(STEP, None, Situation(reply="Sorry?")) == (SAY,)
    assert caller.response(STEP, Step(say="Thanks"), Situation(reply="Sorry?")) == (SAY,)
    asked = Situation(asked=Proposal("create_job", {}), asking="contact")
    assert caller.response(STEP, Step(say="Sarah Johnson"), asked) == (SAY,)
    short = Step(say="Book a leak repair")
    assert caller.response(short, Step(say="for Sarah Johnson"), asked) == ()


def test_he_does_not_repeat_what_was_done_or_answered() -> None:
    caller = Caller(scenario())
    assert caller.response(STEP, None, Situation(called=True)) == ()
    assert caller.response(Step(say=SAY, reply=("When",)), None, Situation(reply="When?")) == ()
    assert caller.response(Step(say="yes"), None, Situation()) == ()
    assert Caller(scenario(changes=[])).response(STEP, None, Situation()) == ()


def test_each_answer_of_a_step_has_the_words_it_is_allowed() -> None:
    record = StepRecord(STEP, said=["One two three.", "Four five six."], ends=[1])
    step = Step(say=SAY, max_words=3, reply=("two", "five"))
    assert reply_faults(step, record.reply, "", limit=None, parts=record.replies) == []
    assert reply_faults(step, record.reply, "", limit=None)


def test_parts_make_one_report(tmp_path: Path) -> None:
    assert [Shard.read(f"{each}/2").of([1, 2, 3]) for each in (1, 2)] == [[1, 3], [2]]
    helped = StepRecord(STEP, said=["Done."], extra=["yes"], ends=[0])
    outcomes = [
        Outcome(scenario(), "flite slt, clean", Findings(), [helped]),
        Outcome(scenario(name="other"), "flite slt, clean", Findings(), [StepRecord(STEP)]),
        Outcome(scenario(name="bad"), "flite slt, 15 dB", Findings(wrong_writes=("create job",))),
    ]
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    for number, path in enumerate(paths, 1):
        write_results(path, Shard(number, 2).of(outcomes), {"seed": 365} if number == 1 else {})
    merged, about = read_results(paths)
    assert sorted(each.scenario.name for each in merged) == ["bad", "other", "some"]
    assert about == {"seed": 365}
    found = figures(merged, [])
    assert (found["audio_clean_success"], found["audio_clean_first_try"]) == (1.0, 0.5)
    assert (found["audio_15db_success"], found["wrong_writes"]) == (0.0, 1)
    write_page(tmp_path / "page.html", merged, found)
    assert "beside the script yes" in (tmp_path / "page.html").read_text()


def test_what_is_said_again_is_said_a_little_differently() -> None:
    for voice in voices(None)[:5:4]:
        lengths = {spoken(voice, "tomorrow at ten", take).size for take in (0, 1, 2)}
        assert len(lengths) == 3


def test_less_than_he_said_is_no_title_of_his():
    assert Caller(scenario()).response(STEP, None, offer(title="Leak"))[0] == "no"


def test_a_date_written_otherwise_is_the_date_he_said():
    say = "Move the drain cleaning for Sarah Johnson to December third at nine"
    told = Scenario.model_validate({
        "name": "some",
        "steps": [say],
        "calls": [{"reschedule_job": {}}],
    })  # fmt: skip
    values = {"job": "the drain cleaning for Sarah Johnson", "new_date": "December 3 at nine"}
    now = Situation(offers=(Proposal("reschedule_job", values),))
    assert Caller(told).response(Step(say=say), None, now) == ("yes",)


def test_a_bill_without_the_due_date_that_he_named_is_not_his():
    say = "Bill Sarah Johnson fifty dollars for the visit, due in ten days"
    told = Scenario.model_validate({
        "name": "some",
        "steps": [say],
        "changes": [{"create": "invoice", "where": {"total": 50, "due_date": "2026-12-04"}}],
    })  # fmt: skip
    values = {"contact": "Sarah Johnson", "amount": "50", "description": "Visit"}
    asked = Situation(read_back=Proposal("create_invoice", values))
    assert Caller(told).response(Step(say=say), None, asked) == ("no", say)
    right = Situation(read_back=Proposal("create_invoice", values | {"due_date": "in ten days"}))
    assert Caller(told).response(Step(say=say), None, right) == ("yes",)


@pytest.mark.parametrize(
    ("choice", "answer"),
    [("the leak repair for Sarah Johnson", "yes"), ("the duct cleaning for Al Fox", SAY)],
)
def test_he_agrees_to_the_one_that_he_meant(choice: str, answer: str):
    now = Situation(asked=Proposal("create_job", {}), asking="job", choice=(choice,))
    assert Caller(scenario()).response(STEP, None, now) == (answer,)
