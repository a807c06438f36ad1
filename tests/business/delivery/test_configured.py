"""The settings become channels that deliver; a database of the release before keeps its messages."""

from __future__ import annotations

from datetime import time
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, text

from business.actor import Actor
from business.clock import FixedClock
from business.delivery.configured import channels_of, rules_of
from business.migrations.runner import alembic_config, upgrade
from business.sql.database import Database, create_engine, writing
from config.settings import Settings
from tests.business.delivery.conftest import SECRET
from tests.business.delivery.letters import letter
from tests.business.world import NOW
from tests.support.mail_server import MailServer
from tests.support.webhook_server import WebhookServer


async def test_what_is_set_delivers(mail: MailServer, hook: WebhookServer) -> None:
    settings = Settings.model_validate(
        {
            "smtp_host": "127.0.0.1", "smtp_port": mail.port, "smtp_tls": "none", "smtp_from": "post@hero.example",
            "webhook_url": hook.url, "webhook_secret": SECRET,
            "sms_gateway_url": hook.url, "sms_gateway_secret": SECRET, "quiet_hours": "22:15-06:00",
        }
    )  # fmt: skip
    channels = channels_of(settings)
    assert channels.email is not None
    assert channels.webhook is not None
    assert channels.sms is not None
    await channels.email.deliver(letter())
    await channels.webhook.deliver(letter())
    await channels.sms.deliver(letter(to="+13035550100"))
    assert (len(mail.box.messages), len(hook.received)) == (1, 2)
    quiet = rules_of(settings).quiet_hours
    assert (quiet.begins, quiet.ends) == (time(22, 15), time(6))


def test_nothing_is_set() -> None:
    settings = Settings.model_validate({"smtp_host": None, "webhook_url": None, "sms_gateway_url": None})
    channels = channels_of(settings)
    assert (channels.email, channels.webhook, channels.sms) == (None, None, None)


async def test_messages_of_the_release_before_are_still_delivered(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = create_engine(url, pool_size=1)

    def old(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")

    async with writing(engine).begin() as connection:
        await connection.run_sync(old)
        columns = (await connection.execute(text("PRAGMA table_info(business)"))).all()
        values = {
            row.name: "America/Denver" if row.name == "timezone" else "2026-05-13 20:00:00" if "_at" in row.name
            else "USD" if row.name == "currency" else "small" if row.name == "company_size" else "{}"
            if row.name == "address" else "[]" if row.name == "business_hours" else "biz"
            for row in columns if row.notnull
        }  # fmt: skip
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        await connection.execute(text(f"INSERT INTO business ({names}) VALUES ({marks})"), values)  # noqa: S608
        await connection.execute(
            text(
                "INSERT INTO outbox (business_id, id, kind, channel, recipient, payload, state, not_before, attempts,"
                " created_at) VALUES ('biz', 'm1', 'reminder', 'email', 'a@b.example', '{}', 'waiting',"
                " '2026-05-13 19:00:00', 1, '2026-05-13 19:00:00')"
            )
        )
    await engine.dispose()
    await upgrade(url)
    database = Database(url, clock=FixedClock(NOW))
    async with database.tenant(Actor.system("biz")) as uow:
        (claimed,) = await uow.outbox.claim("lease", NOW)
        await uow.outbox.delivered("m1", lease="lease", via="email")
    await database.close()
    assert (claimed.id, claimed.attempts, claimed.lease) == ("m1", 1, "lease")
