from __future__ import annotations

from collections.abc import Sequence

import pytest

from conversation.brain.doubts import Hearings, doubtful, writes
from conversation.brain.plan import Step
from conversation.brain.state import DialogueState, Frame
from conversation.providers import Recognition
from tests.conversation.brain.conftest import Reply, Results, Talk


def heard(text: str, confidence: float = 0.9, others: Sequence[str] = ()) -> Recognition:
    return Recognition(text, confidence, 0.0, alternatives=tuple(others))


def job(title: str = "Leak repair", date: str = "Friday at two") -> Frame:
    return Frame("create_job", {"title": title, "contact": "Jane Whitfield", "scheduled_date": date})


def test_what_was_heard_is_found_by_its_words_and_what_was_typed_is_not():
    hearings = Hearings()
    hearings.note(heard("Move it to Friday.", others=["Move it to five."]))
    assert hearings.in_doubt("move it to friday")
    assert not hearings.in_doubt("Move it to Thursday")
    for number in range(20):
        hearings.note(heard(f"Number {number}"))
    assert hearings.of("move it to friday") is None, "bounded"


def test_readings_that_do_the_same_leave_no_doubt():
    meant = job(date="Friday at 2")
    assert doubtful([meant], [[job(date="friday at two")]], 0.9, in_doubt=True) == []
    assert doubtful([meant], [[]], 0.9, in_doubt=True) == [], (
        "a reading that asks for nothing is no likely one"
    )


@pytest.mark.parametrize(
    ("other", "confidence"),
    [
        ([job(date="Thursday at two")], 0.9),
        ([job(title="League repair")], 0.9),
        ([Frame("reschedule_job", {"job": "it", "new_date": "Friday"})], 0.9),
        ([], 0.3),
    ],
)
def test_readings_that_do_something_else_leave_doubt(other: list[Frame], confidence: float):
    meant = job()
    assert doubtful([meant], [other], confidence, in_doubt=bool(other)) == [meant]


def test_words_that_nobody_uses_are_doubted_only_where_the_recogniser_is_not_sure():
    meant = job(title="Colleague repaired")
    assert doubtful([meant], [], 0.7, in_doubt=False) == [meant]
    assert doubtful([meant], [], 0.95, in_doubt=False) == []
    assert doubtful([job()], [], 0.7, in_doubt=False) == []


def test_what_its_tool_reads_back_needs_no_question():
    bill = Frame("create_invoice", {"contact": "Jane", "amount": "300"})
    assert (
        doubtful([bill], [[Frame("create_invoice", {"contact": "Jane", "amount": "13"})]], 0.2, in_doubt=True)
        == []
    )
    cancel = Frame("update_job_status", {"job": "the Lee job", "new_status": "cancelled"})
    assert doubtful([cancel], [], 0.2, in_doubt=False) == []
    hold = Frame("update_job_status", {"job": "the Lee job", "new_status": "on_hold"})
    assert doubtful([hold], [], 0.2, in_doubt=False) == [hold]


def test_reads_are_never_doubted():
    assert writes(Step(call=Frame("get_today_jobs")), DialogueState()) == []


# --- in a conversation


async def hear(talk: Talk, text: str, *others: str, confidence: float = 0.9) -> Reply:
    talk.brain.hearings.note(heard(text, confidence, others))
    return await talk.say(text)


async def test_a_write_that_may_be_another_is_asked_about_and_done_after_a_yes(talk: Talk):
    asked = await hear(
        talk, "Move the Miller job to Thursday at nine", "Move the Miller job to Thursday at night"
    )
    assert asked.calls == ()
    assert asked.text == "Move the Miller job to Thursday at nine. Is that right?"
    done = await hear(talk, "Yes, that's right.", confidence=0.4)
    assert done.call[0] == "reschedule_job"
    assert done.call[1]["new_date"] == "Thursday at nine"


async def test_after_a_no_nothing_is_done_and_it_can_be_said_again(talk: Talk):
    await hear(talk, "Move the Miller job to Thursday at nine", "Move the Miller job to Thursday at night")
    refused = await hear(talk, "No.")
    assert refused.calls == ()
    again = await hear(talk, "Move the Miller job to Friday at nine")
    assert again.call[1]["new_date"] == "Friday at nine"


@pytest.mark.parametrize(
    ("said", "slot", "value"),
    [
        ("No, Friday at nine", "scheduled_date", "Friday at nine"),
        ("No, a leak repair", "title", "Leak repair"),
        ("No, book a leak repair for Jane Whitfield on Friday at two", "title", "Leak repair"),
    ],
)
async def test_what_was_misheard_is_put_right(talk: Talk, said: str, slot: str, value: str):
    asked = await hear(
        talk,
        "Book a colleague repaired for Jane Whitfield on Friday at two",
        "Book a leak repair for Jane Whitfield on Friday at two",
    )
    assert asked.calls == ()
    right = await hear(talk, said)
    assert right.call[0] == "create_job"
    assert right.call[1][slot] == value
    assert right.call[1]["contact"] == "Jane Whitfield"


async def test_what_was_heard_surely_or_typed_is_done_at_once(talk: Talk):
    assert (await hear(talk, "Move the Miller job to Thursday at nine")).call[0] == "reschedule_job"
    assert (await talk.say("Move the Garcia job to Friday at nine")).call[0] == "reschedule_job"


async def test_only_the_doubtful_part_of_a_compound_request_waits(talk: Talk):
    reply = await hear(
        talk,
        "Move the Miller job to Friday and remind me at four to order pipe",
        "Move the Miller job to Friday and remind me at four to border pipe",
    )
    assert [name for name, _ in reply.calls] == ["reschedule_job"]
    assert "order pipe" in reply.text
    assert reply.text.endswith("?")
    assert (await hear(talk, "yes")).call[0] == "set_reminder"


async def test_a_question_to_a_driver_stays_short(talk: Talk):
    talk.brain.is_driving = True
    asked = await hear(
        talk, "Move the Miller job to Thursday at nine", "Move the Miller job to Friday at nine"
    )
    assert asked.calls == ()
    assert len(asked.text.split()) <= 20


async def test_a_yes_names_nobody(talk: Talk, results: Results):
    await talk.say("Create an estimate for six hundred dollars for a new toilet")
    reply = await talk.say("Yes.")
    assert reply.calls == ()
    assert reply.text.endswith("?")


async def test_a_yes_picks_none_of_several(talk: Talk, results: Results):
    talk.will(
        "reschedule_job",
        results.ambiguous("job", "Two heat jobs. Which one?", "heat pump", "radiant heating"),
    )
    await talk.say("Move the heat job to Thursday at nine")
    reply = await talk.say("Yes.")
    assert reply.calls == ()
    assert reply.text.endswith("?")


async def test_a_no_that_is_taken_back_leaves_what_was_asked_as_it_was(talk: Talk):
    talk.needs_yes.add("create_invoice")
    await talk.say("Bill Sarah Johnson three hundred dollars")
    before = talk.brain.state.to_json()
    await talk.decide(approve=False)  # prepared on a first "no"
    talk.brain.withdraw_turn()
    assert talk.brain.state.to_json() == before


@pytest.mark.parametrize(
    ("title", "doubted"),
    [
        ("Order five", True),
        ("order 5", True),
        ("pick up two", True),
        ("Check unit five", False),
        ("order five valves", False),
        ("replace ten feet of pipe", False),
        ("job 1042", False),
    ],
)
def test_a_number_of_nothing_is_doubted_however_well_it_was_heard(title: str, doubted: bool):
    reminder = Frame("set_reminder", {"message": title, "reminder_time": "at four"})
    assert doubtful([reminder], [], 0.98, in_doubt=False) == ([reminder] if doubted else [])
