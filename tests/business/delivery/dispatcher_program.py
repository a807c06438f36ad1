"""A dispatcher in a process of its own that stops for ever after it has sent and before it has noted that.

Arguments: database URL, port of the mail server, the time (ISO). Says ``sent`` when it stands there.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from business.clock import FixedClock
from business.delivery.announcer import NobodyThere
from business.delivery.channels import Channels, Letter
from business.delivery.dispatcher import Dispatcher
from business.delivery.smtp import SmtpChannel, SmtpServer
from business.sql.database import Database


class StandsStill(SmtpChannel):
    async def deliver(self, letter: Letter) -> None:
        await super().deliver(letter)
        print("sent", flush=True)
        await asyncio.Event().wait()


async def main(url: str, port: str, now: str) -> None:
    database = Database(url, clock=FixedClock(datetime.fromisoformat(now)))
    mail = StandsStill(SmtpServer("127.0.0.1", int(port), "post@hero.example", tls="none"))
    async with Dispatcher(database, Channels(email=mail), NobodyThere()) as dispatcher:
        await dispatcher.dispatch()
        await dispatcher.settle()


asyncio.run(main(*sys.argv[1:]))
