"""kill -9 between sending and noting: the message goes out again, under the same Message-ID, and then no more."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from business.delivery.smtp import SmtpChannel, SmtpServer
from business.entities.effects import MessageState
from tests.business.delivery.doubles import posting, put
from tests.business.world import NOW, World
from tests.support.mail_server import MailServer

PROGRAM = Path(__file__).parent / "dispatcher_program.py"
ROOT = Path(__file__).parents[3]


async def test_a_dispatcher_killed_between_sending_and_noting(
    world: World, database_url: str, mail: MailServer
) -> None:
    await put(world, "m1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), database_url, str(mail.port), NOW.isoformat(),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"sent\n"
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    assert len(mail.box.ids) == 1
    out = SmtpChannel(SmtpServer("127.0.0.1", mail.port, "post@hero.example", tls="none"))
    async with posting(world, out) as post:
        assert await post.go() == 0, "the dead one's lease still holds"
        assert await post.after(minutes=4) == 1
        assert await post.after(minutes=9) == 0
        message = await post.message("m1")
    first, second = mail.box.ids
    assert first == second
    assert mail.box.messages[0].as_string() == mail.box.messages[1].as_string()
    assert (message.state, message.attempts) == (MessageState.DELIVERED, 2)
