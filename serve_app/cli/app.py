"""The commands by name. Each command's module is imported only when it runs; none is imported here.

Turns the errors that are meant for people into one line and an exit code; never prints a traceback for those.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App

EXIT_FAILED = 1
EXIT_SETTINGS = 2
EXIT_INTERRUPTED = 130

app = App(
    name="hero365",
    help="Hero365 Voice: speak to your business.",
    version="0.1.0",
)
app.command("serve_app.cli.up:up", name="up", help="Start the server and stay in the foreground.")
app.command("serve_app.cli.node:node", name="node", help="Start one node of a Ray cluster for the server.")
app.command("serve_app.cli.talk:talk", name="talk", help="Talk to a server: WAV files, microphone, text.")
app.command("serve_app.cli.demo:demo", name="demo", help="Hold a conversation and check the database.")
app.command("serve_app.cli.token:token", name="token", help="Print an access token for a seeded user.")
app.command("serve_app.cli.seed:seed", name="seed", help="Fill the database with a believable business.")
app.command("serve_app.cli.outbox:outbox", name="outbox", help="List what has not been delivered, and why.")
app.command("serve_app.cli.status:status", name="status", help="Say how a running server is.")
db = App(name="db", help="Look after the database: its schema, backups, restoring one.")
db.command("serve_app.cli.db:upgrade", name="upgrade", help="Create the tables, or bring them up to date.")
db.command("serve_app.cli.db:backup", name="backup", help="Write a backup; the server may run.")
db.command("serve_app.cli.db:restore", name="restore", help="Put a backup back; the server must not run.")
app.command(db)
data = App(name="data", help="CSV in and out: contacts, jobs, invoices.")
data.command("serve_app.cli.data:export_file", name="export", help="Write a CSV file.")
data.command("serve_app.cli.data:import_file", name="import", help="Read a CSV file.")
app.command(data)
app.command(
    "serve_app.cli.load:load", name="load", help="Hold many conversations at once and say what it cost."
)
app.command("serve_app.cli.doctor:doctor", name="doctor", help="Check whether this machine can run it.")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Without the program's name; None takes those of the process.

    Returns:
        Exit code: 0 when all went well, 1 when it failed, 2 for wrong settings or arguments, 130 on Ctrl-C.
    """
    from config.settings import SettingsError
    from hero365_client.errors import Hero365Error
    from serve_app.cli.failure import CommandFailed

    try:
        result = app(arguments, result_action="return_value")
    except SettingsError as error:
        print(error, file=sys.stderr)  # names each variable
        return EXIT_SETTINGS
    except CommandFailed as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except Hero365Error as error:
        print(f"{error.message} ({error.code})", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return result if isinstance(result, int) else 0
