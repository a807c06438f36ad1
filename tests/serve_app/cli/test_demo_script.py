from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from serve_app.cli.books import Books
from serve_app.cli.demo_script import contact_called, expectations, moment, script_from
from serve_app.cli.failure import CommandFailed
from serve_app.cli.samples import load_samples

ZONE = ZoneInfo("America/Denver")
TODAY = date(2026, 12, 31)
PEOPLE = ("Sarah Johnson", "Tom Johnson", "Mike Brown")


@pytest.mark.parametrize("voice", ["flite slt", "flite rms"])
def test_the_script_is_found_in_the_samples_of_either_voice(voice: str) -> None:
    script = script_from([each for each in load_samples() if each.voice == voice])
    assert script.move.sample.facts["job"] == "it"
    assert script.yes.facts == {"answer": "yes"}
    expected = expectations(script, Books(ZONE, {}, {}, PEOPLE), TODAY)
    assert expected.booked_at == datetime(2027, 1, 1, 14, 0, tzinfo=ZONE)
    assert expected.moved_to == datetime(2027, 1, 1, 15, 30, tzinfo=ZONE)
    assert (expected.booked_for, expected.billed, expected.amount) == (PEOPLE[0], PEOPLE[0], Decimal(300))


def test_a_missing_sentence_is_named() -> None:
    samples = [each for each in load_samples() if each.tool != "create_invoice"]
    with pytest.raises(CommandFailed, match="create_invoice"):
        script_from(samples)


def test_a_name_must_mean_exactly_one_contact() -> None:
    assert contact_called("sarah johnson", PEOPLE) == "Sarah Johnson"
    for name in ("Johnson", "Garcia"):
        with pytest.raises(CommandFailed, match="exactly one"):
            contact_called(name, PEOPLE)


def test_a_day_the_demo_does_not_know_is_refused() -> None:
    with pytest.raises(CommandFailed, match="whitsun"):
        moment({"day": "whitsun", "time": "09:00"}, TODAY, ZONE)


def test_every_sample_can_be_read() -> None:
    samples = load_samples()
    assert len({each.text for each in samples}) >= 12
    assert len({each.voice for each in samples}) >= 2
    for each in samples:
        clip = each.clip()
        assert clip.sample_rate == 16_000
        assert 0 < clip.voiced_start < clip.voiced_end < clip.samples
