"""What a client can say to a session and what a session can say to a client, without any wire format.

Every door's codec turns bytes into these client events and these server events into bytes. The session never
knows which door was used; nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

# --- client → session ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """First words of a client: the audio formats it wants and, after a dropped socket, where it left off.

    Rates are in Hz. ``None`` keeps what the session has. ``greet`` is False where the assistant speaks only when it is
    spoken to; ``flushes`` is False for a client that plays what it was sent to its end when the assistant pauses;
    ``echoes`` is False for one that takes the assistant's voice out of its microphone itself, as far as it can.
    """

    audio_in_rate: int | None = None
    audio_out_rate: int | None = None
    binary: bool | None = None
    resume_token: str | None = None
    last_seq: int | None = None
    greet: bool = True
    flushes: bool = True
    echoes: bool = True


@dataclass(frozen=True, slots=True)
class AudioIn:
    """Microphone audio: mono PCM16 little endian at the rate the client announced, an even number of bytes."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class AudioEnd:
    """The client knows that the utterance is over (push to talk); no silence has to be waited for."""


@dataclass(frozen=True, slots=True)
class TextIn:
    """A typed request. ``message_id`` makes a repeated delivery harmless."""

    text: str
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class InterruptIn:
    """The user pressed stop: the assistant falls silent."""


@dataclass(frozen=True, slots=True)
class PlaybackIn:
    """The client has played ``played_ms`` of the item's audio; ``stopped`` when it was told to play no more of it."""

    item_id: str
    played_ms: float
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmIn:
    """The answer to a read-back, given by touch instead of by voice."""

    confirmation_id: str
    answer: bool


@dataclass(frozen=True, slots=True)
class ConfigIn:
    """Changed session options, unvalidated, as the client wrote them."""

    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MuteIn:
    """The microphone is muted (or open again)."""

    muted: bool


@dataclass(frozen=True, slots=True)
class PingIn:
    """Application-level ping."""


@dataclass(frozen=True, slots=True)
class EndIn:
    """The client hangs up."""


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """How the end of the user's turn is found, and what follows from it.

    Attributes:
        by: ``words`` (what was said decides how long a silence is waited for), ``silence`` (always ``silence_ms``) or
            ``client`` (only ``CommitIn`` ends an utterance; nobody interrupts by speaking).
        silence_ms: Silence that ends a turn, for ``silence``.
        patience: Factor on the silences of ``words``.
        threshold: Probability of speech from which it is speech, 0 to 1; None for the default.
        prefix_ms: Audio before the start of speech that belongs to it.
        answers: Whether the end of a turn is answered; else the turn waits for ``RespondIn``.
        interruptible: Whether the user's voice interrupts the assistant.
        idle_timeout_ms: Silence after an answer until the user is asked whether he is there; None for never.
    """

    by: Literal["words", "silence", "client"] = "words"
    silence_ms: float = 500.0
    patience: float = 1.0
    threshold: float | None = None
    prefix_ms: float = 300.0
    answers: bool = True
    interruptible: bool = True
    idle_timeout_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ListenIn:
    """Turns end otherwise from now on."""

    detection: TurnDetection


@dataclass(frozen=True, slots=True)
class CommitIn:
    """All audio since the last one is an utterance, ``item_id``; it waits for ``RespondIn``."""

    item_id: str


@dataclass(frozen=True, slots=True)
class ClearIn:
    """The audio that is no utterance yet is forgotten."""


@dataclass(frozen=True, slots=True)
class NoteIn:
    """Words for the conversation's history; a user's are what ``RespondIn`` answers."""

    item_id: str
    role: Literal["user", "assistant", "system"]
    text: str


@dataclass(frozen=True, slots=True)
class ForgetIn:
    """The words of the item are no part of the conversation any more."""

    item_id: str


@dataclass(frozen=True, slots=True)
class RespondIn:
    """The client wants an answer now.

    ``instructions`` hold for this answer only; ``aloud`` is False for text alone, None for what is usual here.
    """

    instructions: str | None = None
    aloud: bool | None = None


@dataclass(frozen=True, slots=True)
class SpeakIn:
    """Whether answers are spoken, and how fast (1.0 is normal; None keeps the pace)."""

    aloud: bool = True
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class ClientTool:
    """A tool that the client runs: its JSON schema is ``parameters``."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolsIn:
    """The tools that the client offers from now on, besides the server's."""

    tools: tuple[ClientTool, ...]


@dataclass(frozen=True, slots=True)
class ToolOutputIn:
    """What came of a call of the client's own tool."""

    call_id: str
    output: str


ClientEvent = (
    Hello
    | AudioIn
    | AudioEnd
    | TextIn
    | InterruptIn
    | PlaybackIn
    | ConfirmIn
    | ConfigIn
    | MuteIn
    | PingIn
    | EndIn
    | ListenIn
    | CommitIn
    | ClearIn
    | NoteIn
    | ForgetIn
    | RespondIn
    | SpeakIn
    | ToolsIn
    | ToolOutputIn
)


# --- session → client ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AudioOut:
    """Assistant audio: mono PCM16 little endian at the session's output rate. Never replayed from the log."""

    item_id: str
    pcm: bytes


ServerEventType = Literal[
    "connection_established",
    "user_started_speaking",
    "user_stopped_speaking",
    "transcript",
    "thinking",
    "tool_call",
    "client_tool_call",
    "tool_progress",
    "tool_result",
    "confirmation_request",
    "handoff",
    "response_started",
    "response_text",
    "response_paused",
    "response_resumed",
    "response_interrupted",
    "response_done",
    "idle_timeout",
    "notification",
    "session_status",
    "config_updated",
    "resumed",
    "draining",
    "error",
    "pong",
]


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """A control event: its type of the wire's vocabulary and its fields."""

    type: ServerEventType
    data: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """The session wants the socket closed, with a WebSocket close code and a short reason."""

    code: int
    reason: str


Outgoing = ServerEvent | AudioOut | CloseSocket


class Sink(Protocol):
    """Where a session's events go: one connected client."""

    def deliver(self, seq: int, event: Outgoing) -> None:
        """Send an event; never blocks, never raises."""
        ...


_RATES = [8000, 16000, 24000, 48000]


def error_event(code: str, message: str, *, fatal: bool = False, **details: Any) -> ServerEvent:
    """An ``error`` event with a stable code."""
    return ServerEvent("error", {"code": code, "message": message, "fatal": fatal, "details": details})


def established_event(
    session_id: str, resume_token: str, greeting: str, *, in_rate: int, out_rate: int
) -> ServerEvent:
    """The first event of every connection; rates in Hz."""
    data = {
        "session_id": session_id,
        "resume_token": resume_token,
        "agent_name": "Hero365",
        "greeting": greeting,
        "capabilities": {
            "binary_audio": True,
            "resume": True,
            "barge_in": True,
            "pause": True,
            "sample_rates": _RATES,
        },
        "audio_in": {"format": "pcm16", "sample_rate": in_rate, "channels": 1},
        "audio_out": {"format": "pcm16", "sample_rate": out_rate, "channels": 1},
    }
    return ServerEvent("connection_established", data)
