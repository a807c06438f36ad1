"""The Agents SDK's Realtime model as a conversation needs it: who answers the turn decides when a response begins.

The SDK begins one after every tool output, also when the user has gone on meanwhile; here none begins by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from agents.realtime.model import RealtimePlaybackState, RealtimePlaybackTracker
from agents.realtime.model_inputs import RealtimeModelSendEvent, RealtimeModelSendToolOutput
from agents.realtime.openai_realtime import OpenAIRealtimeWebSocketModel, TransportConfig

from conversation.spoken import SpokenItem

#: Seconds without an answer to a ping after which the provider counts as gone, and those of a handshake.
_TRANSPORT: Final = TransportConfig(ping_interval=10.0, ping_timeout=10.0, handshake_timeout=5.0)


class LineModel(OpenAIRealtimeWebSocketModel):
    """The model of one line.

    Attributes:
        on_output: Called with the call id when a tool's output has gone to the provider.
    """

    def __init__(self) -> None:
        super().__init__(transport_config=_TRANSPORT)
        self.on_output: Callable[[str], None] = lambda _call_id: None

    async def send_event(self, event: RealtimeModelSendEvent) -> None:
        """As the SDK's, but for responses that would begin by themselves."""
        if not isinstance(event, RealtimeModelSendToolOutput):
            await super().send_event(event)
            return
        await super().send_event(replace(event, start_response=False))
        self.on_output(event.tool_call.call_id)


class LedgerPlayback(RealtimePlaybackTracker):
    """Tells the SDK what was heard by the playback ledger, which knows what the client has played.

    Attributes:
        item: What is being said, or was last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.item: SpokenItem | None = None

    def get_state(self) -> RealtimePlaybackState:
        """The item that is being played, and how much of it was heard, ms."""
        if self.item is None:
            return {"current_item_id": None, "current_item_content_index": None, "elapsed_ms": None}
        return {
            "current_item_id": self.item.item_id,
            "current_item_content_index": 0,
            "elapsed_ms": self.item.heard_ms,
        }

    def on_interrupted(self) -> None:
        """What was being said is over."""
        super().on_interrupted()
        self.item = None
