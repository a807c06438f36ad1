"""``hero365 outbox``: what the operator sees and can do, on a real database file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from business.actor import Actor
from business.clock import SystemClock
from business.entities.effects import MessageState, OutboxMessage
from business.seed import DEMO_BUSINESS_ID, SECOND_BUSINESS_ID
from business.sql.database import Database
from config.settings import Settings
from serve_app.cli.failure import CommandFailed
from serve_app.cli.outbox import begin_again, masked, next_try, outbox, undelivered
from serve_app.cli.seed import fill

NOW = datetime(2026, 5, 13, 20, 0, tzinfo=UTC)


@pytest.fixture
async def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings.model_validate({"data_dir": tmp_path, "DATABASE_URL": ""})
    await fill(settings)
    monkeypatch.setattr("serve_app.cli.outbox.load_settings", lambda: settings)
    database = Database(settings.database_url, clock=SystemClock())
    async with database.tenant(Actor.system(DEMO_BUSINESS_ID)) as uow:
        await uow.outbox.queue(OutboxMessage("invoice:1", "invoice", "email", "nora@client.example"))
        await uow.outbox.failed("invoice:1", "no_channel", retry_at=None)
        await uow.outbox.queue(OutboxMessage("both", "invoice", "sms", "+13035550100"))
        await uow.outbox.queue(OutboxMessage("gone", "invoice", "sms", "+13035550100"))
        await uow.outbox.delivered("gone")
    async with database.tenant(Actor.system(SECOND_BUSINESS_ID)) as uow:
        await uow.outbox.queue(OutboxMessage("both", "reminder", "notification", "user-x"))
    await database.close()
    return settings


async def state(settings: Settings, message_id: str) -> tuple[MessageState, int]:
    database = Database(settings.database_url, clock=SystemClock())
    async with database.reading(Actor.system(DEMO_BUSINESS_ID)) as uow:
        message = await uow.outbox.get(message_id)
    await database.close()
    return message.state, message.attempts


def test_the_list_shows_everything_an_operator_needs_and_no_whole_address(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings
    assert outbox() == 0
    shown = capsys.readouterr().out
    failed = next(line for line in shown.splitlines() if "invoice:1" in line)
    for part in (DEMO_BUSINESS_ID, "email", "no…@client.example", "given up", "1", "never", "no_channel"):
        assert part in failed
    assert SECOND_BUSINESS_ID in shown
    assert "gone" not in shown
    assert "nora@" not in shown
    assert "3035550100" not in shown
    assert outbox(business=SECOND_BUSINESS_ID) == 0
    assert "invoice:1" not in capsys.readouterr().out


def test_a_message_begins_again(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert outbox(retry="invoice:1") == 0
    assert "invoice:1 is tried again" in capsys.readouterr().out


async def test_what_beginning_again_means(settings: Settings) -> None:
    await begin_again(settings, "invoice:1", None)
    assert await state(settings, "invoice:1") == (MessageState.WAITING, 0)
    with pytest.raises(CommandFailed, match="No undelivered"):
        await begin_again(settings, "gone", None)
    with pytest.raises(CommandFailed, match="--business"):
        await begin_again(settings, "both", None)
    await begin_again(settings, "both", DEMO_BUSINESS_ID)
    assert len(await undelivered(settings, None)) == 3


def test_nothing_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = Settings.model_validate({"data_dir": tmp_path / "no", "DATABASE_URL": ""})
    monkeypatch.setattr("serve_app.cli.outbox.load_settings", lambda: missing)
    with pytest.raises(CommandFailed, match="books"):
        outbox()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ({"not_before": NOW}, "now"),
        ({"not_before": NOW + timedelta(hours=1)}, "2026-05-13 21:00 UTC"),
        ({"lease": "x", "held_until": NOW + timedelta(hours=1)}, "in progress"),
        ({"lease": "x", "held_until": NOW - timedelta(hours=1)}, "now"),
        ({"held_until": NOW + timedelta(hours=1)}, "when the user is back, or 2026-05-13 21:00 UTC"),
        ({"state": MessageState.GIVEN_UP}, "never"),
    ],
)
def test_when_it_is_tried_next(message: dict[str, object], shown: str) -> None:
    assert next_try(OutboxMessage("m", "invoice", "email", "a@b.example", **message), NOW) == shown  # type: ignore[arg-type]


def test_addresses_in_part() -> None:
    assert [masked(each) for each in ("nora@x.example", "+13035550100", "user-dana")] == [
        "no…@x.example", "…0100", "user-dana",
    ]  # fmt: skip
