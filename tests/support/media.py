"""A conversation as the media server sees it, that only remembers."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.media_server import Socket
from conversation.events import ClientEvent, CloseSocket, ServerEvent


@dataclass
class Memory:
    """A conversation that only remembers."""

    session_id: str = "s1"
    received: list[ClientEvent] = field(default_factory=list[ClientEvent])
    sockets: list[Socket] = field(default_factory=list[Socket])
    gone: list[Socket] = field(default_factory=list[Socket])
    rate: int = 16_000

    def receive(self, event: ClientEvent) -> None:
        self.received.append(event)

    def attach(self, sink: Socket) -> None:
        for older in self.sockets:
            older.deliver(0, CloseSocket(4010, "replaced"))
        self.sockets.append(sink)
        sink.deliver(1, ServerEvent("connection_established"))

    def detach(self, sink: Socket) -> None:
        self.gone.append(sink)

    def input_rate(self) -> int:
        return self.rate
