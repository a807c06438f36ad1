"""What comes over a line, sorted: what belongs to the turn that is being answered goes to it, the rest is dropped.

A response belongs to a turn by what was asked for, so that words of one that was cancelled are never taken for the next
one's. All of it is bounded. It sends nothing itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from agents.realtime.model_events import RealtimeModelEvent

from conversation.realtime.events import CallSeen, LineLost, ResponseDone, TurnEvent
from conversation.spoken import SpokenItem, SpokenWords

log = logging.getLogger(__name__)

#: Events of a turn that nobody has read; more come only from a provider that has lost its head.
_MOST_UNREAD: Final = 4096
_HARMLESS: Final = ("response_cancel_not_active",)


class Reading:
    """The receiving half of a line.

    Args:
        cancel: Stops a response.
        delete: Takes an item out of the provider's conversation.
        lose: Gives the line up.

    Attributes:
        ready: Set when the session is as it was asked to be.
        on_usage: Told the usage of every response, as the API gives it.
        on_heard_usage: The same of the words of every utterance.
        allowed: Tool calls that a turn has asked for while it was running.
    """

    def __init__(
        self,
        cancel: Callable[[str], None],
        delete: Callable[[str], None],
        lose: Callable[[BaseException], None],
    ) -> None:
        self._cancel = cancel
        self._delete = delete
        self._lose = lose
        self.ready = asyncio.Event()
        self.on_usage: Callable[[dict[str, Any]], None] = lambda _usage: None
        self.on_heard_usage: Callable[[dict[str, Any]], None] = lambda _usage: None
        self.allowed: set[str] = set()
        self._lost: BaseException | None = None
        self._unread: deque[TurnEvent] = deque()
        self._news = asyncio.Event()
        self._came_at = 0.0
        self._asked: str | None = None  # the response that the turn waits for
        self._response: str | None = None  # the one that is coming
        self._items: dict[str, SpokenItem] = {}
        self._ids: list[str] = []  # items of the turn
        self._utterances: deque[Callable[[str], None]] = deque(maxlen=64)
        self._words_of: dict[str, Callable[[str], None]] = {}
        self._unwanted_utterances = 0

    # --- the turn

    def begin_turn(self) -> None:
        """Everything from now on is another turn's."""
        self.end_turn()
        self._ids = []

    def end_turn(self) -> str | None:
        """Nobody reads any more; the response that is still coming, if there is one."""
        response, self._response, self._asked = self._response, None, None
        for item in self._items.values():
            item.end()
        self._items = {}
        self._unread.clear()
        return response

    def forget_turn(self) -> list[str]:
        """The turn is taken back: its items, as far as they are known; the others are deleted as they come."""
        self._unwanted_utterances += len(self._utterances)
        ids, self._ids = self._ids, []
        return ids

    def asked(self, event_id: str) -> None:
        """A response is asked for."""
        self._asked, self._response = event_id, None

    def utterance(self, on_words: Callable[[str], None]) -> None:
        """Audio is committed; its words are told to ``on_words``."""
        self._utterances.append(on_words)

    async def next(self, within_s: float | None) -> TurnEvent:
        """The next event of the turn; nothing at all may come for ``within_s``. Raises LineLost."""
        self._came_at = asyncio.get_running_loop().time()
        while not self._unread:
            if self._lost is not None:
                raise LineLost(f"OpenAI Realtime: {type(self._lost).__name__}") from self._lost
            self._news.clear()
            try:
                async with asyncio.timeout_at(None if within_s is None else self._came_at + within_s):
                    await self._news.wait()
            except TimeoutError as error:
                if within_s is not None and asyncio.get_running_loop().time() - self._came_at >= within_s:
                    self._lose(error)
                    raise LineLost("OpenAI Realtime: no answer") from error
        return self._unread.popleft()

    def put(self, event: TurnEvent) -> None:
        """Something the turn is to know."""
        if len(self._unread) >= _MOST_UNREAD:
            self._lose(OverflowError("too many events"))
            return
        self._unread.append(event)
        self._news.set()

    def lose(self, error: BaseException) -> None:
        """No more will come."""
        self._lost = error
        for item in self._items.values():
            item.broke()
            self._unread.append(SpokenWords(item, "", last=True))
        self.ready.set()
        self._news.set()

    # --- what comes

    def take(self, event: RealtimeModelEvent) -> None:
        """One event of the SDK's model. After a gap nothing is believed: what came between is not known."""
        if self._lost is not None:
            return
        self._came_at = asyncio.get_running_loop().time()
        match event.type:
            case "raw_server_event":
                self._raw(event.data)
            case "audio" if event.response_id == self._response:
                self._item(event.item_id).add(event.data)
            case "transcript_delta" if event.response_id == self._response:
                self.put(SpokenWords(self._item(event.item_id), event.delta))
            case "audio_done" if event.item_id in self._items:
                self._items[event.item_id].end()
            case "exception":
                self._lose(event.exception)
            case "end_of_stream":
                self._lose(ConnectionError("closed by the provider"))
            case _:
                pass

    def _raw(self, data: dict[str, Any]) -> None:
        match data.get("type"):
            case "session.updated":
                self.ready.set()
            case "response.created":
                self._created(data["response"])
            case "response.done":
                self._done(data["response"])
            case "response.output_item.added" if data["response_id"] != self._response:
                self._delete(data["item"]["id"])
            case "response.output_item.added":
                self._ids.append(data["item"]["id"])
            case "response.output_item.done" if data["response_id"] == self._response:
                self._item_done(data["item"])
            case "response.output_audio_transcript.done" if data["response_id"] == self._response:
                self.put(SpokenWords(self._item(data["item_id"]), "", last=True))
            case "input_audio_buffer.committed":
                self._committed(data["item_id"])
            case "conversation.item.input_audio_transcription.completed":
                self._words_of.pop(data["item_id"], _nobody)(data["transcript"].strip())
                self.on_heard_usage(data.get("usage") or {})
            case "error":
                self._error(data["error"])
            case _:
                pass

    def _created(self, response: dict[str, Any]) -> None:
        asked = (response.get("metadata") or {}).get("asked")
        if asked is None or asked != self._asked:
            self._cancel(response["id"])  # the turn that wanted it is over
        else:
            self._response = response["id"]

    def _done(self, response: dict[str, Any]) -> None:
        if response.get("usage"):
            self.on_usage(response["usage"])
        if response["id"] != self._response:
            return
        self._response = self._asked = None
        for item in self._items.values():
            item.end()
        failure = ""
        if response.get("status") == "failed":
            error = (response.get("status_details") or {}).get("error") or {}
            failure = str(error.get("code") or error.get("type") or "failed")
        self.put(ResponseDone(failure))

    def _item(self, item_id: str) -> SpokenItem:
        item = self._items.get(item_id)
        if item is None:
            response = self._response
            item = self._items[item_id] = SpokenItem(item_id, lambda: self._stop(response))
            self.put(item)
        return item

    def _stop(self, response: str | None) -> None:
        if response is not None and response == self._response:
            self._cancel(response)

    def _item_done(self, item: dict[str, Any]) -> None:
        if item["type"] == "function_call":
            self.allowed.add(item["call_id"])
            self.put(CallSeen(item["call_id"]))

    def _committed(self, item_id: str) -> None:
        on_words = self._utterances.popleft() if self._utterances else _nobody
        if self._unwanted_utterances:
            self._unwanted_utterances -= 1
            self._delete(item_id)
            return
        self._ids.append(item_id)
        self._words_of[item_id] = on_words

    def _error(self, error: dict[str, Any]) -> None:
        code, message = error.get("code"), error.get("message")
        if code == "session_expired":
            self._lose(ConnectionError(str(message)))
        elif error.get("event_id") is not None and error.get("event_id") == self._asked:
            self._asked = None
            self.put(ResponseDone(str(code or error.get("type") or "refused")))
        elif code not in _HARMLESS:
            log.info("the provider refused something: %s %s", code, message)


def _nobody(_words: str) -> None:
    return None
