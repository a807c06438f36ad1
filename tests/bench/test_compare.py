from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bench.compare import Called, Expected, as_object, judge, judge_facts

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 25, 10, tzinfo=ZONE)


def verdict(expected: dict, name: str, said: str = "", **arguments: object) -> bool:
    return judge(Expected.from_json(expected), [Called(name, arguments, said)], NOW, ZONE).understood


def test_the_tool_must_be_right() -> None:
    assert verdict({"tool": "get_today_jobs"}, "get_today_jobs")
    assert not verdict({"tool": "get_today_jobs"}, "get_upcoming_jobs")
    assert verdict({"tool": ["get_today_jobs", "get_upcoming_jobs"]}, "get_upcoming_jobs")
    assert not verdict({"tool": None}, "get_today_jobs")
    assert judge(Expected.from_json({"tool": None}), [], NOW, ZONE).understood
    assert not judge(Expected.from_json({"tool": "get_today_jobs"}), [], NOW, ZONE).understood


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ({"contact": "Sarah Johnson"}, {"contact": "sarah johnson"}, True),
        ({"contact": "Patel"}, {"contact": "Padel"}, True),
        ({"contact": "Patel"}, {"contact": "Baker"}, False),
        ({"amount": 1500}, {"amount": "fifteen hundred"}, True),
        ({"amount": 1500}, {"amount": 150}, False),
        ({"amount": "8,500"}, {"amount": 8500.0}, True),
        ({"scheduled_date": "tomorrow at nine"}, {"scheduled_date": "tomorrow at 9 am"}, True),
        ({"scheduled_date": "tomorrow at nine"}, {"scheduled_date": "tomorrow at 10 am"}, False),
        ({"scheduled_date": "Friday at two"}, {"scheduled_date": "Friday at 2 pm"}, True),
        ({"new_status": "completed"}, {"new_status": "completed"}, True),
        ({"new_status": "completed"}, {"new_status": "cancelled"}, False),
        ({"new_status": ["completed", "done"]}, {"new_status": "done"}, True),
        ({"job": "1042"}, {"job": "job 1042"}, True),
        ({"job": "1042"}, {"job": "job 1043"}, False),
        ({"location": None}, {}, True),
        ({"contact": "Smith"}, {}, False),
    ],
)
def test_arguments(expected: dict, got: dict, same: bool) -> None:
    assert verdict({"tool": "t", "arguments": expected}, "t", **got) is same


def test_a_reference_that_resolved_to_the_right_name_counts() -> None:
    expected = {"tool": "t", "args": {"contact": "Nguyen"}}
    assert verdict(expected, "t", "Booked for Linh Nguyen.", contact="win")
    assert not verdict(expected, "t", "Booked for Joe Baker.", contact="win")


def test_arguments_come_as_text_or_object() -> None:
    assert as_object('{"a": 1}') == {"a": 1}
    assert as_object({"a": 1}) == {"a": 1}
    assert as_object("[]") == {}


BOOK = {"contact": "Sarah Johnson", "title": "water heater inspection", "day": "tomorrow", "time": "14:00"}


HEATER = "water heater inspection"


@pytest.mark.parametrize(
    ("contact", "title", "when", "said", "right"),
    [
        ("sarah johnson", "Water heater inspection", "tomorrow at 2 pm", "", True),
        ("sara jonson", "heater inspection", "2026-11-26T14:00:00", "", True),
        ("her", HEATER, "tomorrow at two in the afternoon", "Booked for Sarah Johnson", True),
        ("Tom Johnson", HEATER, "tomorrow at 2 pm", "", False),
        ("sarah johnson", HEATER, "tomorrow at 3 pm", "", False),
        ("sarah johnson", HEATER, "today at 2 pm", "", False),
        ("sarah johnson", HEATER, "", "", False),
    ],
)
def test_facts_of_a_booking(contact: str, title: str, when: str, said: str, right: bool) -> None:
    arguments = {"contact": contact, "title": title, "scheduled_date": when}
    assert (
        judge_facts("create_job", BOOK, [Called("create_job", arguments, said)], NOW, ZONE).understood
        is right
    )


def test_facts_of_amounts_statuses_and_it() -> None:
    def right(tool: str, facts: dict, **arguments: object) -> bool:
        return judge_facts(tool, facts, [Called(tool, arguments, "")], NOW, ZONE).understood

    assert right("create_invoice", {"amount": "300.00"}, amount=300, contact="x")
    assert not right("create_invoice", {"amount": "300.00"}, amount=30, contact="x")
    assert right("update_job_status", {"status": "in_progress"}, job="x", new_status="in progress")
    assert not right("update_job_status", {"status": "in_progress"}, job="x", new_status="completed")
    assert right("reschedule_job", {"job": "it", "time": "15:30"}, job="it", new_date="3:30")
    assert not right("reschedule_job", {"job": "it", "time": "15:30"}, new_date="3:30")
    assert not judge_facts("create_job", {}, [Called("create_invoice", {}, "")], NOW, ZONE).understood
    assert not judge_facts("create_job", {}, [], NOW, ZONE).understood
