"""Settings of delivery: whole or refused, by the variable's name."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from config.settings import Settings, SettingsError, load_settings, variable_of


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_of(field), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"HERO365_SMTP_HOST": "mail.example"}, "HERO365_SMTP_FROM"),
        ({"HERO365_SMTP_USERNAME": "me"}, "HERO365_SMTP_PASSWORD"),
        ({"HERO365_SMTP_PASSWORD": "x"}, "HERO365_SMTP_USERNAME"),
        ({"HERO365_SMTP_USERNAME": "me", "HERO365_SMTP_PASSWORD": "x", "HERO365_SMTP_TLS": "none"},
         "HERO365_SMTP_TLS"),
        ({"HERO365_SMTP_FROM": "nobody"}, "HERO365_SMTP_FROM"),
        ({"HERO365_SMTP_PORT": "0"}, "HERO365_SMTP_PORT"),
        ({"HERO365_WEBHOOK_URL": "https://x.example"}, "HERO365_WEBHOOK_SECRET"),
        ({"HERO365_WEBHOOK_URL": "ftp://x.example"}, "HERO365_WEBHOOK_URL"),
        ({"HERO365_WEBHOOK_SECRET": "short"}, "HERO365_WEBHOOK_SECRET"),
        ({"HERO365_WEBHOOK_SECRET": "whsec_this-is-not-base64!"}, "HERO365_WEBHOOK_SECRET"),
        ({"HERO365_SMS_GATEWAY_URL": "https://x.example"}, "HERO365_SMS_GATEWAY_SECRET"),
        ({"HERO365_QUIET_HOURS": "at night"}, "HERO365_QUIET_HOURS"),
        ({"HERO365_QUIET_HOURS": "21:00-24:00"}, "HERO365_QUIET_HOURS"),
        ({"HERO365_QUIET_HOURS": "21:60-07:00"}, "HERO365_QUIET_HOURS"),
    ],
)  # fmt: skip
def test_what_is_set_halfway_or_wrong_ends_the_start_with_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{named}: must ")
    assert all(value not in str(caught.value) for value in ("short", "not-base64"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("21:00-07:00", (time(21), time(7))),
        (" 12:30-13:05 ", (time(12, 30), time(13, 5))),
        ("off", (time(0), time(0))),
        ("OFF", (time(0), time(0))),
    ],
)
def test_quiet_hours_as_written(
    monkeypatch: pytest.MonkeyPatch, written: str, meant: tuple[time, time]
) -> None:
    monkeypatch.setenv("HERO365_QUIET_HOURS", written)
    assert load_settings().quiet_times == meant
