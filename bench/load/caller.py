"""One caller: a session, a socket, an open microphone, and turns that are checked. Everything is timed on one clock.

Written on the socket library itself: a hundred of them must cost little, since they share the machine with the server.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.load.clips import Clip, loudness, mark_in
from bench.load.plan import TALKING, Plan
from hero365_client import Hero365Client, Session

#: A frame of answer counts as audible above this root mean square.
_AUDIBLE = 300.0
#: Seconds after which the server does not say anything any more; with local engines answers are long, and to their end.
_LOST_S = 15.0
_LONG_S = 60.0
_BARGE_AFTER_S = 0.6

Tell = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Turn:
    """What is noted of one turn; times in seconds of the monotonic clock.

    Attributes:
        said_at: The last voiced packet went out.
        texts: What was answered; ``mark``: the stand-in's word in it that no other answer has.
        heard_at: Its first audible frame came.
        audio_at: The first frame of the marked answer came, audible or not.
        asked_at: When the ping of this turn went out, behind the last voiced packet; ``pong_at`` its answer.
    """

    clip: Clip
    said_at: float = 0.0
    item: str = ""
    texts: list[str] = field(default_factory=list[str])
    mark: str | None = None
    heard_at: float | None = None
    audio_at: float | None = None
    asked_at: float = 0.0
    pong_at: float | None = None
    tool_ok: bool = False
    silent_at: float | None = None
    errors: list[str] = field(default_factory=list[str])
    audible: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Ears(WSListener):
    """The socket: sorts what comes into the turn at hand."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.transport: WSTransport | None = None
        self.closed = asyncio.Event()
        self.welcome: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """As ``WSListener``."""
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """As ``WSListener``."""
        self.closed.set()
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError("closed before the welcome"))
            self.welcome.exception()  # nobody may be waiting any more

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """As ``WSListener``."""
        now = time.monotonic()
        if frame.msg_type == WSMsgType.BINARY:
            self._caller.heard(frame.get_payload_as_bytes(), now)
        elif frame.msg_type == WSMsgType.TEXT:
            event = json.loads(frame.get_payload_as_bytes())
            if event["type"] == "connection_established" and not self.welcome.done():
                self.welcome.set_result(event.get("data") or event)
            self._caller.told(event["type"], event.get("data") or {}, event.get("seq"), now)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()


class Caller:
    """Talks for as long as it is let.

    Args:
        number: Which caller; the order of its clips and its breaks follow from it.
        plan: What to do.
        client: HTTP of the server.
        known: What can be said.
        tell: Takes each finding, a JSON object with ``kind``.
    """

    def __init__(self, number: int, plan: Plan, client: Hero365Client, known: list[Clip], tell: Tell) -> None:
        self._number, self._plan, self._client, self._tell = number, plan, client, tell
        self._random = random.Random(number)  # noqa: S311  (repeatable, nothing secret)
        self._known = known
        self._patience_s = _LOST_S if plan.engines == "stand-in" else _LONG_S
        self._packets = {clip.line.name: clip.packets(plan.packet_ms) for clip in known}
        noise = self._random.randbytes(32 * plan.packet_ms)
        self._room = bytes(each % 3 if at % 2 == 0 else 0 for at, each in enumerate(noise))  # steps of 0 to 2
        self._ears: Ears | None = None
        self._turn: Turn | None = None
        self._speaking: list[bytes] = []
        self._spoken = asyncio.Event()
        self._resume = ""
        self._seq = 0
        self._greeted = asyncio.Event()
        self._first_event: float | None = None
        self.late: list[float] = []

    async def run(self, until: float) -> None:
        """Start a session, talk until ``until`` (monotonic seconds), stop it. Tells its own errors."""
        try:
            began = time.monotonic()
            session = await self._client.start()
            await self._connect(session.websocket_url, session)
            self._tell({"kind": "start", "ms": ((self._first_event or began) - began) * 1000, "at": began})
            microphone = asyncio.create_task(self._microphone())
            try:
                await self._converse(session, until)
            finally:
                microphone.cancel()
                await self._client.stop(session.session_id)
        except Exception as error:
            self._tell(
                {
                    "kind": "error",
                    "what": f"caller: {type(error).__name__}: {error}"[:200],
                    "at": time.monotonic(),
                }
            )

    # --- what comes

    def heard(self, pcm: bytes, now: float) -> None:
        """A frame of the answer."""
        turn = self._turn
        if turn is None or not turn.item:
            return
        if turn.audio_at is None and turn.mark is not None:
            turn.audio_at = now
        if loudness(pcm) > _AUDIBLE:
            turn.heard_at = turn.heard_at or now
            turn.silent_at = now
            turn.audible.set()

    def told(self, kind: str, data: dict[str, Any], seq: int | None, now: float) -> None:
        """An event."""
        self._seq = seq or self._seq
        if self._first_event is None:
            self._first_event = now
        turn = self._turn
        if kind == "error":
            if turn is not None:
                turn.errors.append(str(data.get("code")))
            self._tell({"kind": "error", "what": f"event: {data.get('code')}", "at": now})
        elif kind == "response_done":
            self._greeted.set()
            if turn is not None and turn.item and data.get("item_id") == turn.item:
                turn.done.set()
        elif turn is not None:
            self._of_turn(turn, kind, data, now)

    def _of_turn(self, turn: Turn, kind: str, data: dict[str, Any], now: float) -> None:
        if kind == "pong" and turn.pong_at is None:
            turn.pong_at = now
        elif kind == "response_started" and turn.said_at:
            turn.item = str(data.get("item_id"))
        elif kind == "response_text" and data.get("item_id") == turn.item:
            turn.texts.append(str(data.get("text")))
            turn.mark = turn.mark or mark_in(turn.texts[-1])
        elif kind == "tool_result" and data.get("name") == turn.clip.line.tool:
            turn.tool_ok = bool(data.get("ok"))
        elif kind == "response_interrupted" and data.get("item_id") == turn.item:
            turn.done.set()

    # --- what goes

    async def _connect(self, url: str, session: Session, resume: dict[str, Any] | None = None) -> None:
        base = self._client.base_url.replace("http", "ws", 1)
        _transport, listener = await ws_connect(
            lambda: Ears(self), url if url.startswith("ws") else base + url, max_frame_size=4 * 1024 * 1024
        )
        assert isinstance(listener, Ears)
        self._ears = listener
        audio = {"format": "pcm16", "sample_rate": 16_000}
        hello: dict[str, Any] = {"protocol": 1, "binary": True, "audio_in": audio, "audio_out": audio}
        if resume is not None:
            hello["resume"] = resume
        self._send("hello", hello)
        async with asyncio.timeout(_LOST_S):
            welcome = await listener.welcome
        self._resume = str(welcome.get("resume_token", ""))

    def _send(self, kind: str, data: dict[str, Any] | None = None) -> None:
        ears = self._ears
        if ears is not None and ears.transport is not None and not ears.closed.is_set():
            body = {"type": kind, "data": data} if data else {"type": kind}
            ears.transport.send(WSMsgType.TEXT, json.dumps(body).encode())

    async def _microphone(self) -> None:
        """One packet every ``packet_ms``, whatever the others do: what is said, else the room."""
        loop, step = asyncio.get_running_loop(), self._plan.packet_ms / 1000
        due = loop.time() + self._random.random() * step
        while True:
            due += step
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            self.late.append(max(0.0, loop.time() - due))
            packet = self._speaking.pop() if self._speaking else self._room
            ears = self._ears
            if ears is not None and ears.transport is not None and not ears.closed.is_set():
                ears.transport.send(WSMsgType.BINARY, packet)
            if packet is not self._room and not self._speaking:
                self._spoken.set()

    async def _say(self, clip: Clip) -> float:
        """Speak; the moment in which the last voiced packet went out."""
        self._spoken.clear()
        self._speaking = self._packets[clip.line.name][::-1]
        await self._spoken.wait()
        return time.monotonic()

    # --- turns

    async def _converse(self, session: Session, until: float) -> None:
        async with asyncio.timeout(self._patience_s):
            await self._greeted.wait()
        await asyncio.sleep(self._random.random() * 3)  # not all at once
        count = self._number
        while time.monotonic() < until:
            count += 1
            clip = self._known[count % len(self._known)]
            began = time.monotonic()
            breaks = bool(self._plan.drop_every) and count % self._plan.drop_every == 0
            barges = bool(self._plan.barge_every) and count % self._plan.barge_every == 0 and not breaks
            await self._one(clip, session, barges=barges, breaks=breaks)
            rest = began + clip.seconds / TALKING - time.monotonic()
            await asyncio.sleep(max(0.3, rest))

    async def _one(self, clip: Clip, session: Session, *, barges: bool, breaks: bool) -> None:
        self._turn = turn = Turn(clip)
        turn.said_at = await self._say(clip)
        turn.asked_at = turn.said_at
        self._send("ping")
        try:
            async with asyncio.timeout(self._patience_s):
                if barges:
                    await self._barge_in(turn)
                elif breaks:
                    await self._break(session)
                else:
                    await turn.done.wait()
        except TimeoutError:
            turn.errors.append("no answer")
        self._tell(_finding(turn, barges=barges, breaks=breaks))

    async def _barge_in(self, turn: Turn) -> None:
        """Speak over the answer; it has to fall silent."""
        await turn.audible.wait()
        await asyncio.sleep(_BARGE_AFTER_S)
        onset = time.monotonic()
        await self._say(self._known[0])
        await turn.done.wait()
        self._tell({"kind": "barge", "ms": ((turn.silent_at or onset) - onset) * 1000, "at": onset})
        # What was said over the answer (it asks and writes nothing) is answered, too.
        self._turn = over = Turn(self._known[0], said_at=time.monotonic())
        await over.done.wait()

    async def _break(self, session: Session) -> None:
        """Lose the socket in the middle of a turn, and take the session up again."""
        ears = self._ears
        if ears is not None and ears.transport is not None:
            ears.transport.disconnect()
            await ears.closed.wait()
        began = time.monotonic()
        ticket = await self._client.ticket(session.session_id)
        await self._connect(ticket.websocket_url, session, {"token": self._resume, "last_seq": self._seq})
        self._tell({"kind": "resume", "ms": (time.monotonic() - began) * 1000, "at": began})
        turn = self._turn
        assert turn is not None
        await turn.done.wait()


def _finding(turn: Turn, *, barges: bool, breaks: bool) -> dict[str, Any]:
    answered = bool(turn.texts) and turn.clip.line.answered_by(" ".join(turn.texts))
    return {
        "kind": "turn",
        "at": turn.said_at,
        "line": turn.clip.line.name,
        "said_s": turn.clip.seconds,
        "tool": turn.clip.line.tool,
        "plain": not (barges or breaks),
        "verified": answered and turn.tool_ok and not turn.errors,
        "tool_ok": turn.tool_ok,
        "errors": turn.errors,
        "voice_to_voice_ms": None if turn.heard_at is None else (turn.heard_at - turn.said_at) * 1000,
        "in_ms": None if turn.pong_at is None else (turn.pong_at - turn.asked_at) * 1000,
        "mark": turn.mark,
        "audio_at": turn.audio_at,
    }
