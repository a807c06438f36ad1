"""``hero365 talk``: a conversation with a running server, as a phone would hold it. Starts no server."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from rich.console import Console

from config.settings import load_settings
from hero365_client import (
    Clip,
    ConnectionLost,
    Hero365Client,
    Microphone,
    TurnDriver,
    VoiceConnection,
    read_wav,
    write_wav,
)
from serve_app.cli.access import local_url, owner_token
from serve_app.cli.display import ConversationDisplay
from serve_app.cli.failure import CommandFailed
from serve_app.cli.sound import LiveMicrophone, Loudspeaker, unavailable

_RATES = (8000, 16_000, 24_000, 48_000)
_MIC_RATE = 16_000
_MIC_QUEUE = 100


def talk(
    *files: Path,
    mic: bool = False,
    text: list[str] | None = None,
    out: Path | None = None,
    url: str | None = None,
    token: str | None = None,
    quiet: bool = False,
    driving: bool = False,
) -> int:
    """Talk to a running server.

    Args:
        files: Mono 16-bit WAV files, each spoken as one turn at real time.
        mic: Speak by the microphone until Ctrl-C.
        text: Type a turn instead of speaking it; may be given several times.
        out: Save what the assistant said, as heard, as a WAV file.
        url: Base URL; by default the local server's.
        token: Access token; by default the seeded owner's.
        quiet: Show only what was heard and answered.
        driving: Tell the server that the user is driving.
    """
    ways = sum((bool(files), mic, bool(text)))
    if ways != 1:
        raise CommandFailed("Give WAV files, or --mic, or --text.", exit_code=2)
    clips = [read_wav(path) for path in files]
    rates = {clip.sample_rate for clip in clips}
    if len(rates) > 1 or not rates <= set(_RATES):
        raise CommandFailed(
            f"The files need one sample rate of {', '.join(map(str, _RATES))} Hz.", exit_code=2
        )
    if mic and (problem := unavailable("input")):
        raise CommandFailed(f"There is no microphone: {problem}.")
    settings = load_settings()
    conversation = _Conversation(
        url or local_url(settings), token or owner_token(settings), Console(), out=out, quiet=quiet
    )
    rate = rates.pop() if rates else _MIC_RATE
    complete = asyncio.run(conversation.hold(clips, text or [], mic=mic, rate=rate, driving=driving))
    return 0 if complete else 1


class _Conversation:
    def __init__(self, url: str, token: str, console: Console, *, out: Path | None, quiet: bool) -> None:
        self._url = url
        self._token = token
        self._console = console
        self._out = out
        self._display = ConversationDisplay(console, quiet=quiet)

    async def hold(self, clips: list[Clip], texts: list[str], *, mic: bool, rate: int, driving: bool) -> bool:
        """Hold the conversation and end the session; whether every turn was answered."""
        async with Hero365Client(self._url, self._token) as client:
            session = await client.start(**({"is_driving": True} if driving else {}))
            try:
                async with await client.connect(session, audio_in=rate) as connection:
                    connection.listen(self._display.take)
                    with self._loudspeaker(connection):
                        complete = await self._turns(connection, clips, texts, mic=mic)
                    self._save(connection)
            finally:
                with contextlib.suppress(ConnectionLost):
                    await client.stop(session.session_id)
        return complete

    async def _turns(
        self, connection: VoiceConnection, clips: list[Clip], texts: list[str], *, mic: bool
    ) -> bool:
        if mic:
            await self._by_microphone(connection)
            return True
        complete = True
        async with Microphone(connection) as microphone:
            driver = TurnDriver(connection, microphone)
            await driver.quiet()
            for clip in clips:
                record = await driver.turn(clip)
                self._display.measured(record)
                complete = complete and not record.timed_out
            for text in texts:
                record = await driver.type(text)
                complete = complete and not record.timed_out
        return complete

    async def _by_microphone(self, connection: VoiceConnection) -> None:
        captured: asyncio.Queue[bytes] = asyncio.Queue(_MIC_QUEUE)

        def deliver(pcm: bytes) -> None:
            if captured.full():  # the network stands still: the oldest words are of no use any more
                captured.get_nowait()
            captured.put_nowait(pcm)

        self._console.print("Speak; Ctrl-C ends.", style="dim")
        with LiveMicrophone(_MIC_RATE, deliver), contextlib.suppress(asyncio.CancelledError):
            while not connection.finished:
                await connection.send_audio(await captured.get())

    def _loudspeaker(self, connection: VoiceConnection) -> contextlib.AbstractContextManager[object]:
        if unavailable() is not None:
            return contextlib.nullcontext()
        loudspeaker = Loudspeaker(connection.player.sample_rate)
        connection.listen(loudspeaker.take)
        return loudspeaker

    def _save(self, connection: VoiceConnection) -> None:
        if self._out is not None:
            player = connection.player
            player.advance(connection.clock())
            write_wav(self._out, player.render(), player.sample_rate)
            self._console.print(f"Saved what was heard to {self._out}.", style="dim")
