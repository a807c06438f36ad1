"""The ingress is deployed again in the middle of a conversation: its socket stays, new ones find the new replica."""

from __future__ import annotations

import os
import time

import psutil
import pytest
from ray import serve

from actors.control import make_control
from serve_app.deployment import APPLICATION, build_application
from serve_app.launcher import Server
from tests.e2e.conftest import Caller
from tests.support.polling import eventually

pytestmark = [pytest.mark.server, pytest.mark.soak, pytest.mark.timeout(600)]

#: HAProxy's own hard stop is 120 s: a socket that lives longer has not been spared by chance.
HELD_S = 155.0


def replicas() -> set[int]:
    """Processes of ingress replicas below this one."""
    found = set[int]()
    for process in psutil.Process(os.getpid()).children(recursive=True):
        try:
            if "ray::ServeReplica" in " ".join(process.cmdline()):
                found.add(process.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def replace_the_ingress(server: Server) -> None:
    """Deploy it with other settings, which makes Ray Serve replace every replica; does not wait for the old ones."""
    changed = server.settings.model_copy(update={"log_level": "ERROR"})
    application = build_application(changed, make_control, server.proxy)
    target = serve.RunTarget(application, name=APPLICATION, route_prefix="/")
    serve.run_many([target], wait_for_applications_running=False)


async def test_a_conversation_goes_on_while_the_ingress_is_replaced(server: Server, caller: Caller):
    _session, line = await caller.conversation()
    old = replicas()
    assert old
    replace_the_ingress(server)
    replaced = time.monotonic()
    await eventually(lambda: replicas() - old, "a new replica", 60)

    async def another_can_be_had() -> bool:
        return (await caller.http.get("/api/v1/voice-agent/openai/health")).status_code == 200

    await eventually(another_can_be_had, "the new replica answers", 60)
    _other, newer = await caller.conversation()
    await newer.send("text_message", text="what time is it")
    await newer.answered()
    turns = 0
    while time.monotonic() < replaced + HELD_S:
        turns += 1
        await line.send("text_message", text="what time is it")
        await line.answered(turns)
    assert line.close_code is None, "the same socket all the time"
    assert turns > 5
    assert len(line.of("connection_established")) == 1
    await line.socket.close()
    await newer.socket.close()
    await eventually(lambda: not replicas() & old, "the old replica goes when its last socket has", 60)
