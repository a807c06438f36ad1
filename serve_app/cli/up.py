"""``hero365 up``: the server in the foreground, with progress while it starts. Owns nothing but the signals."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


def up(*, take_over: bool = False) -> int:
    """Start the server with the settings of the environment and run until Ctrl-C or SIGTERM.

    Args:
        take_over: In a cluster that is joined: go on with the actors of a server that died without stopping them, as
            they are (with its settings).
    """
    from config.settings import load_settings
    from serve_app.cli.failure import CommandFailed
    from serve_app.cli.progress import StartProgress
    from serve_app.launcher import Server, StartFailed

    settings = load_settings()
    asked_to_stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if asked_to_stop.is_set():
            signal.default_int_handler(signal.SIGINT, frame)  # the second time: now
        asked_to_stop.set()

    def listen() -> dict[signal.Signals, Any]:
        return {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}

    previous = listen()
    progress = StartProgress()
    server = Server(settings, progress.report, take_over=take_over)
    try:
        with progress:
            server.start()
        listen()  # again: Ray puts a handler of its own there that ends the process at once
        progress.urls(server.base_url, settings)
        asked_to_stop.wait()
    except StartFailed as error:
        raise CommandFailed(str(error)) from error
    finally:
        progress.say("Stopping: conversations end, then the parts.")
        server.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
    return 0
