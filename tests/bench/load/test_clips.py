"""The callers' words can be told apart by their length, which is all that the stand-in goes by."""

from __future__ import annotations

import pytest

from bench.load.__main__ import main
from bench.load.clips import RATE, clips, line_of, mark_in, mark_of, voiced_seconds
from bench.load.plan import BadPlan, Plan


def test_each_clip_is_known_by_its_length_with_silence_around_it():
    known = clips()
    for clip in known:
        padded = bytes(RATE) + clip.pcm + bytes(RATE)
        assert line_of(voiced_seconds(padded, RATE), known) is clip.line


@pytest.mark.parametrize("packet_ms", [20, 64])
def test_packets_are_of_one_length_and_the_last_is_voiced(packet_ms: int):
    for clip in clips():
        packets = clip.packets(packet_ms)
        assert {len(packet) for packet in packets} == {32 * packet_ms}
        assert any(packets[-1][-320:])


def test_bad_use_is_an_exit_status_of_its_own(capsys: pytest.CaptureFixture[str]):
    assert main(["--url", "http://127.0.0.1:1"]) == 2
    assert main(["compare", "nothing.json", "nothing.json"]) == 2
    assert "belong together" in capsys.readouterr().err


def test_an_answer_is_checked_for_what_it_is_about():
    line = clips()[0].line
    assert line.answered_by("You have three jobs today.")
    assert not line.answered_by("It's 4:35 PM on Monday.")
    with pytest.raises(BadPlan):
        Plan(sessions=100_000)


def test_marks_are_found_again_and_differ():
    marks = {mark_of(serial) for serial in range(2000)}
    assert len(marks) == 2000
    assert {mark_in(f"For {mark} it's ten.") for mark in marks} == marks
    assert mark_in("It's ten.") is None
