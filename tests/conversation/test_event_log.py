from __future__ import annotations

from conversation.event_log import EventLog
from conversation.events import ServerEvent

EVENT = ServerEvent("thinking")


def test_numbers_rise_over_events_and_audio():
    log = EventLog()
    assert [log.add(EVENT), log.number(), log.add(EVENT)] == [1, 2, 3]
    assert log.seq == 3


def test_a_client_gets_exactly_what_it_missed():
    log = EventLog()
    for _ in range(3):
        log.add(EVENT)
        log.number()
    missed, complete = log.since(3)
    assert [seq for seq, _ in missed] == [5]
    assert complete
    assert log.since(6) == ([], True)
    assert log.since(0)[0][0] == (1, EVENT)


def test_a_full_log_says_whether_something_is_missing():
    log = EventLog(capacity=3)
    numbers = [log.add(EVENT) for _ in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    kept, complete = log.since(2)
    assert [seq for seq, _ in kept] == [3, 4, 5]
    assert complete
    kept, complete = log.since(1)
    assert [seq for seq, _ in kept] == [3, 4, 5]
    assert not complete


def test_audio_is_not_missed():
    log = EventLog(capacity=2)
    log.add(EVENT)
    for _ in range(10):
        log.number()
    log.add(EVENT)  # 12
    log.number()
    log.add(EVENT)  # 14, number 1 is forgotten
    assert log.since(11) == ([(12, EVENT), (14, EVENT)], True)
    assert log.since(1)[1]
    assert not log.since(0)[1]


def test_the_log_is_bounded():
    log = EventLog(capacity=10)
    for _ in range(1000):
        log.add(EVENT)
    assert len(log.since(0)[0]) == 10
