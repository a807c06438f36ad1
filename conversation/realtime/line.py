"""One connection to OpenAI's Realtime API, by a session of the Agents SDK: what goes out in order, what comes bounded.

The SDK's own event queue is unbounded and hands audio out behind everything before it; it is emptied at once, and
events are taken from the model itself. A line that is lost stays lost: whoever has it makes another one. It decides
nothing.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession
from agents.realtime.config import RealtimeSessionModelSettings
from agents.realtime.events import RealtimeSessionEvent
from agents.realtime.model import RealtimeModelConfig, RealtimeModelListener
from agents.realtime.model_events import RealtimeModelEvent
from agents.realtime.model_inputs import RealtimeModelSendInterrupt, RealtimeModelSendRawMessage

from conversation.openai_failures import LINE_FAILURES
from conversation.realtime.access import RealtimeAccess
from conversation.realtime.events import CallAsks, CallDone, HandedOver, NoLine, TurnEvent
from conversation.realtime.model import LedgerPlayback, LineModel
from conversation.realtime.reading import Reading
from conversation.spoken import SPOKEN_RATE, SpokenItem
from media.resample import StreamResampler

log = logging.getLogger(__name__)

_CONNECT_S: Final = 6.0
_SEND_S: Final = 5.0
#: Messages that may wait to be sent; a line that takes no more is lost.
_MOST_WAITING: Final = 512
#: Audio in one message, bytes of 16 kHz PCM16.
_PIECE: Final = 32_000
_OURS: Final = 16_000
#: The API refuses to take less audio as an utterance.
_LEAST_BYTES: Final = _OURS * 2 // 10


class Line(RealtimeModelListener):
    """One connection.

    Attributes:
        told: The turns of the history that the provider knows; whoever has the line keeps it.
        opened_at: When it was made, seconds of the event loop's clock.
        on_lost: Called when it breaks.
    """

    def __init__(self, agent: RealtimeAgent[Any], settings: RealtimeModelConfig) -> None:
        self._model = LineModel()
        self._model.on_output = lambda call_id: self.reading.put(CallDone(call_id))
        self._playback = LedgerPlayback()
        self._runner = RealtimeRunner(agent, model=self._model, config={"tracing_disabled": True})
        self._settings: RealtimeModelConfig = {**settings, "playback_tracker": self._playback}
        self._session: RealtimeSession
        self._outbox: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(_MOST_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self._utterance: tuple[int, int] | None = None  # where it begins, and bytes of it that were sent
        self._resampler = StreamResampler(_OURS, SPOKEN_RATE)
        self._serial = 0
        self.reading = Reading(self._cancel, lambda item_id: self.delete([item_id]), self._lose)
        self.lost: BaseException | None = None
        self.told: dict[Any, None] = {}
        self.opened_at = asyncio.get_running_loop().time()

    async def open(self) -> None:
        """Connect. Raises NoLine."""
        # Before the session listens itself: what a tool call belongs to is known before it runs.
        self._model.add_listener(self)
        try:
            async with asyncio.timeout(_CONNECT_S):
                self._session = await self._runner.run(model_config=self._settings)
                await self._session.enter()
                self._tasks = [asyncio.create_task(self._drain()), asyncio.create_task(self._send())]
                await self.reading.ready.wait()
        except (*LINE_FAILURES, TimeoutError) as error:
            await self.close()
            raise NoLine(f"OpenAI Realtime: {type(error).__name__}") from error
        if self.lost is not None:
            await self.close()
            raise NoLine("OpenAI Realtime: refused") from self.lost

    async def close(self) -> None:
        """Hang up; tools that run go on, but nobody is told here what came of them."""
        self._lose(ConnectionError("hung up"))
        for task in self._tasks:
            task.cancel()
        try:
            async with asyncio.timeout(_SEND_S):
                if hasattr(self, "_session"):
                    await self._session.close()
        except (*LINE_FAILURES, TimeoutError) as error:
            log.info("a line could not be closed: %r", error)

    # --- what comes

    async def on_event(self, event: RealtimeModelEvent) -> None:
        """The SDK's model tells it."""
        self.reading.take(event)

    async def _drain(self) -> None:
        try:
            async for event in self._session:
                self._noticed(event)
        except Exception as error:
            self._lose(error)
        else:
            self._lose(ConnectionError("closed by the provider"))

    def _noticed(self, event: RealtimeSessionEvent) -> None:
        if event.type == "tool_approval_required":
            self.reading.put(CallAsks(event.call_id))
        elif event.type == "handoff":
            self.reading.put(HandedOver(event.from_agent.name, event.to_agent.name))

    async def next(self, within_s: float | None) -> TurnEvent:
        """What the turn hears next. Raises LineLost, also when nothing came ``within_s``."""
        return await self.reading.next(within_s)

    @property
    def queued(self) -> int:
        """Events in the queue of the SDK's session, which has no bound of its own."""
        return self._session._event_queue.qsize()  # pyright: ignore[reportPrivateUsage]

    # --- what goes

    def hear(self, at: int, pcm: bytes) -> None:
        """An utterance from sample ``at`` on (PCM16, 16 kHz), as far as it is known; what is new of it is sent."""
        if self._utterance is None or self._utterance[0] != at:
            self.forget_audio()
            self._utterance, self._resampler = (at, 0), StreamResampler(_OURS, SPOKEN_RATE)
        sent = self._utterance[1]
        for start in range(sent, len(pcm), _PIECE):
            audio = self._resampler.push(pcm[start : start + _PIECE])
            if audio:
                self._raw("input_audio_buffer.append", audio=base64.b64encode(audio).decode())
        self._utterance = (at, max(sent, len(pcm)))

    def forget_audio(self) -> None:
        """What was sent of an utterance is not to be answered."""
        if self._utterance is not None:
            self._raw("input_audio_buffer.clear")
            self._utterance = None

    def commit(self, on_words: Callable[[str], None]) -> None:
        """The utterance is over; ``on_words`` is told what the provider has understood."""
        if self._utterance is not None:
            missing = bytes(max(0, _LEAST_BYTES - self._utterance[1]))
            audio = self._resampler.push(missing) + self._resampler.flush()
            if audio:
                self._raw("input_audio_buffer.append", audio=base64.b64encode(audio).decode())
        self._utterance = None
        self.reading.utterance(on_words)
        self._raw("input_audio_buffer.commit")

    def add(self, items: list[dict[str, Any]]) -> None:
        """Add items to the provider's conversation."""
        for item in items:
            self._raw("conversation.item.create", item=item)

    def delete(self, ids: list[str]) -> None:
        """Take items out of it."""
        for item_id in ids:
            self._raw("conversation.item.delete", item_id=item_id)

    def begin_turn(self) -> None:
        """From now on the turn is another one; what still comes for the one before is dropped."""
        self.reading.begin_turn()

    def respond(self, instructions: str | None = None) -> None:
        """Ask for a response to the turn; with ``instructions`` beside the agent's own."""
        self._serial += 1
        event_id = f"respond_{self._serial}"
        asked: dict[str, Any] = {"metadata": {"asked": event_id}}
        if instructions is not None:
            self.add([{"type": "message", "role": "system",
                       "content": [{"type": "input_text", "text": instructions}]}])  # fmt: skip
        self.reading.asked(event_id)
        self._raw("response.create", event_id=event_id, response=asked)

    def stop(self) -> None:
        """The turn wants nothing more of the model."""
        response_id = self.reading.end_turn()
        if response_id is not None:
            self._cancel(response_id)

    def take_back(self) -> None:
        """The turn is not to have been."""
        self.stop()
        self.delete(self.reading.forget_turn())

    def interrupted(self, items: list[SpokenItem]) -> None:
        """The user has heard only a part of what was said in ``items``: the rest is forgotten, here and there."""
        unheard = [item for item in items if item.heard_ms < item.received_ms or item.is_cut]
        if unheard:
            self._playback.item = unheard[0]
            self._post(lambda: self._model.send_event(RealtimeModelSendInterrupt()))
            self.delete([item.item_id for item in unheard[1:]])

    def decide(self, call_id: str, refusal: str | None) -> None:
        """The user has agreed to a call that waits for his word, or not."""
        if refusal is None:
            self._post(lambda: self._session.approve_tool_call(call_id))
        else:
            self._post(lambda: self._session.reject_tool_call(call_id, rejection_message=refusal))

    def use(self, agent: RealtimeAgent[Any]) -> None:
        """Another agent, or the same with other instructions or tools, goes on."""
        self._post(lambda: self._session.update_agent(agent))

    def _cancel(self, response_id: str) -> None:
        wanted = RealtimeModelSendInterrupt(response_id=response_id, cancel_response_only=True)
        self._post(lambda: self._model.send_event(wanted))

    def _raw(self, kind: str, **data: Any) -> None:
        event = RealtimeModelSendRawMessage(message={"type": kind, "other_data": data})
        self._post(lambda: self._model.send_event(event))

    def _post(self, send: Callable[[], Awaitable[None]]) -> None:
        if self.lost is not None:
            return
        try:
            self._outbox.put_nowait(send)
        except asyncio.QueueFull:
            self._lose(ConnectionError("the provider takes nothing"))

    async def _send(self) -> None:
        while True:
            send = await self._outbox.get()
            try:
                async with asyncio.timeout(_SEND_S):
                    await send()
            except Exception as error:
                self._lose(error)
                return

    def _lose(self, error: BaseException) -> None:
        if self.lost is None:
            self.lost = error
            self.reading.lose(error)


def line_settings(access: RealtimeAccess, *, voice: str, speed: float, language: str) -> RealtimeModelConfig:
    """What a line is opened with. The turns are ours: the provider detects none."""
    pcm: Any = {"type": "audio/pcm", "rate": SPOKEN_RATE}
    heard: Any = {
        "format": pcm,
        "transcription": {"model": access.transcribe_model, "language": language.split("-")[0]},
        "turn_detection": None,
    }
    settings: RealtimeSessionModelSettings = {
        "model_name": access.model,
        "output_modalities": ["audio"],
        "audio": {"input": heard, "output": {"format": pcm, "voice": voice, "speed": speed}},
    }
    return {"api_key": access.key, "url": access.url, "initial_model_settings": settings}
