"""The session object of a Realtime client: what it asks for, checked, and what of it is in force.

``session.updated`` tells what is in force, which can be less than was asked for where this server has its own (the
voice, the model, the recogniser). What it cannot do and a client could not do without is refused.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from openai.types.realtime import RealtimeSessionCreateRequest
from pydantic import TypeAdapter, ValidationError

from conversation.events import ClientEvent, ClientTool, ConfigIn, Hello, ListenIn, SpeakIn, ToolsIn
from media.engines.hibari import SLOWEST
from protocols.openai_realtime.audio import RATES
from protocols.openai_realtime.errors import Refused, unsupported
from protocols.openai_realtime.turn_detection import DEFAULT, detection_of, in_force

#: Voices of OpenAI's that a client may ask for; a server that has not got them speaks with its own.
OPENAI_VOICES: Final = frozenset(
    [
        "alloy",
        "ash",
        "ballad",
        "cedar",
        "coral",
        "echo",
        "fable",
        "marin",
        "nova",
        "onyx",
        "sage",
        "shimmer",
        "verse",
    ]
)
MAX_TOOLS: Final = 64
#: Most tokens that a client may set as a limit; a limit below it would have to cut answers.
MAX_OUTPUT_TOKENS: Final = 4096
_REQUEST: Final = TypeAdapter[RealtimeSessionCreateRequest](RealtimeSessionCreateRequest)
_KNOWN: Final = frozenset(RealtimeSessionCreateRequest.model_fields) | {"id", "object", "expires_at"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a session is and its engines have.

    Attributes:
        session_id: Its id.
        model: The model the client named; the server answers with its own.
        voices: Voices of the voice engine.
        voice: The one that is in force.
        recogniser: Name of what recognises.
        expires_at: When it ends at the latest, seconds since the epoch.
        preset: A session object from before the connection (of a client secret).
    """

    session_id: str
    model: str
    voices: tuple[str, ...]
    voice: str
    recogniser: str
    expires_at: int
    preset: Mapping[str, Any]


class SessionConfig:
    """The session object in force, as ``session.created`` and ``session.updated`` show it."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        pcm = {"type": "audio/pcm", "rate": RATES["audio/pcm"]}
        self.shown: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": facts.session_id,
            "model": facts.model,
            "output_modalities": ["audio"],
            "instructions": "",
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "tracing": None,
            "truncation": "auto",
            "prompt": None,
            "include": None,
            "expires_at": facts.expires_at,
            "audio": {
                "input": {
                    "format": dict(pcm),
                    "transcription": None,
                    "noise_reduction": None,
                    "turn_detection": dict(DEFAULT),
                },
                "output": {"format": dict(pcm), "voice": facts.voice, "speed": 1.0},
            },
        }

    @property
    def input(self) -> dict[str, Any]:
        """``audio.input``."""
        return self.shown["audio"]["input"]

    @property
    def output(self) -> dict[str, Any]:
        """``audio.output``."""
        return self.shown["audio"]["output"]

    @property
    def modality(self) -> str:
        """``audio`` or ``text``."""
        return self.shown["output_modalities"][0]

    @property
    def by_client(self) -> bool:
        """Whether the client itself ends utterances."""
        return self.input["turn_detection"] is None

    def update(self, asked: Any) -> list[ClientEvent]:
        """Take a session object in; the events that make the session so. Raises Refused; then nothing is taken."""
        wish = _checked(asked)
        before, self.shown = self.shown, copy.deepcopy(self.shown)
        try:
            self._take(wish)
            return self._events(before)
        except Refused:
            self.shown = before
            raise

    def begin(self) -> list[ClientEvent]:
        """The events that make a fresh session what is shown."""
        return self._events({})

    # --- what is asked for

    def _take(self, wish: Mapping[str, Any]) -> None:
        refuse_unsupported(wish, "session")
        if wish.get("output_modalities") is not None:
            self.shown["output_modalities"] = [
                one_modality(wish["output_modalities"], "session.output_modalities")
            ]
        if "instructions" in wish:
            self.shown["instructions"] = wish["instructions"] or ""
        if wish.get("tools") is not None:
            self.shown["tools"] = tools_of(wish["tools"], "session.tools")
        audio = wish.get("audio") or {}
        self._take_input(audio.get("input") or {})
        self._take_output(audio.get("output") or {})

    def _take_input(self, wish: Mapping[str, Any]) -> None:
        current = self.input
        if wish.get("format") is not None:
            current["format"] = format_of(wish["format"], "session.audio.input.format")
        if "noise_reduction" in wish:
            asked = wish["noise_reduction"]
            current["noise_reduction"] = (
                None if asked is None else {"type": asked.get("type") or "near_field"}
            )
        if "transcription" in wish:
            current["transcription"] = self._transcription(wish["transcription"])
        if "turn_detection" in wish:
            current["turn_detection"] = in_force(wish["turn_detection"], current["turn_detection"])

    def _transcription(self, asked: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if asked is None:
            return None
        language = asked.get("language") or "en"
        if language.split("-")[0].lower() != "en":
            raise unsupported("session.audio.input.transcription.language", "English is recognised.")
        return {"model": self._facts.recogniser, "language": "en"}

    def _take_output(self, wish: Mapping[str, Any]) -> None:
        current = self.output
        if wish.get("format") is not None:
            current["format"] = format_of(wish["format"], "session.audio.output.format")
        if wish.get("speed") is not None:
            if not 0.25 <= wish["speed"] <= 1.5:
                raise Refused("invalid_value", "The speed is 0.25 to 1.5.", "session.audio.output.speed")
            current["speed"] = max(SLOWEST, float(wish["speed"]))
        voice = wish.get("voice")
        if voice is not None:
            if voice in self._facts.voices:
                current["voice"] = voice
            elif isinstance(voice, str) and voice not in OPENAI_VOICES:
                known = ", ".join(sorted({*self._facts.voices, *OPENAI_VOICES}))
                raise Refused(
                    "invalid_value",
                    f"There is no such voice; known are {known}.",
                    "session.audio.output.voice",
                )

    # --- what it means for the session

    def _events(self, before: Mapping[str, Any]) -> list[ClientEvent]:
        old_audio = before.get("audio") or {"input": {}, "output": {}}
        old_in, old_out = old_audio["input"], old_audio["output"]
        events: list[ClientEvent] = []
        if self.input["format"] != old_in.get("format") or self.output["format"] != old_out.get("format"):
            rates = RATES[self.input["format"]["type"]], RATES[self.output["format"]["type"]]
            events.append(Hello(*rates, greet=False, flushes=False, echoes=False))
        changes: dict[str, Any] = {}
        if self.output["voice"] != old_out.get("voice", self._facts.voice):
            changes["voice"] = self.output["voice"]
        if self.shown["instructions"] != before.get("instructions", ""):
            changes["instructions"] = self.shown["instructions"]
        if self.input["noise_reduction"] != old_in.get("noise_reduction"):
            changes["enable_noise_cancellation"] = self.input["noise_reduction"] is not None
        if changes:
            events.append(ConfigIn(changes))
        if self.shown["tools"] != before.get("tools", []):
            events.append(ToolsIn(tuple(_tool(each) for each in self.shown["tools"])))
        if self.input["turn_detection"] != old_in.get("turn_detection", {}):
            events.append(ListenIn(detection_of(self.input["turn_detection"])))
        speed = self.output["speed"]
        if (
            changes
            or speed != old_out.get("speed", 1.0)
            or self.modality != before.get("output_modalities", ["audio"])[0]
        ):
            events.append(SpeakIn(self.modality == "audio", speed))
        return events


def _checked(asked: Any) -> Mapping[str, Any]:
    """A session object of the right types. Raises Refused naming the first field that is wrong."""
    if not isinstance(asked, dict):
        raise Refused("missing_required_parameter", "session.update carries a session.", "session")
    wish = cast("dict[str, Any]", asked)
    if wish.get("type", "realtime") != "realtime":
        raise unsupported("session.type", "Sessions here are of the type realtime.")
    unknown = [name for name in wish if name not in _KNOWN]
    if unknown:
        raise Refused(
            "unknown_parameter",
            f"Unknown parameter: 'session.{unknown[0][:60]}'.",
            f"session.{unknown[0][:60]}",
        )
    try:
        _REQUEST.validate_python({"type": "realtime", **wish})
    except ValidationError as error:
        first = error.errors()[0]
        raise Refused(
            "invalid_value", f"Invalid value: {first['msg']}", f"session.{path_of(first['loc'])}"
        ) from error
    return wish


def path_of(location: Sequence[Any]) -> str:
    """Where pydantic found something, in the event's words: without the names of its own classes."""
    return ".".join(str(part) for part in location if not str(part)[:1].isupper())


def refuse_unsupported(wish: Mapping[str, Any], where: str) -> None:
    """Refuse what neither a session nor a response can be here. Raises Refused."""
    limit = wish.get("max_output_tokens")
    if isinstance(limit, int) and limit < MAX_OUTPUT_TOKENS:
        raise unsupported(f"{where}.max_output_tokens", "Answers are not cut; the limit is inf.")
    if wish.get("tool_choice") not in (None, "auto"):  # may be an object
        raise unsupported(f"{where}.tool_choice", "Whoever answers chooses the tools: auto.")
    if wish.get("truncation") not in (None, "auto"):  # may be an object
        raise unsupported(f"{where}.truncation", "A long conversation is summarised: auto.")
    for name in ("prompt", "include", "reasoning"):
        if wish.get(name):
            raise unsupported(f"{where}.{name}", f"This server has no {name}.")
    if wish.get("parallel_tool_calls") is False:
        raise unsupported(f"{where}.parallel_tool_calls", "Whoever answers decides how many tools it calls.")


def one_modality(asked: Sequence[str], where: str) -> str:
    """The one modality that is asked for. Raises Refused."""
    if len(asked) != 1:
        raise Refused("invalid_value", "The output is ['audio'] or ['text'].", where)
    return asked[0]


def format_of(asked: Any, where: str) -> dict[str, Any]:
    """An audio format as it is shown. Raises Refused."""
    kind = asked.get("type") if isinstance(asked, dict) else None
    if kind not in RATES:
        raise Refused("invalid_value", f"Formats are {', '.join(RATES)}.", f"{where}.type")
    rate = cast("dict[str, Any]", asked).get("rate")
    if rate not in {None, RATES[kind]}:
        raise Refused("invalid_value", f"The rate of {kind} is {RATES[kind]}.", f"{where}.rate")
    return {"type": kind, "rate": RATES[kind]} if kind == "audio/pcm" else {"type": kind}


def tools_of(asked: Sequence[Any], where: str) -> list[dict[str, Any]]:
    """The client's tools as they are shown. Raises Refused."""
    if len(asked) > MAX_TOOLS:
        raise Refused("array_above_max_length", f"At most {MAX_TOOLS} tools.", where)
    shown: list[dict[str, Any]] = []
    for index, each in enumerate(asked):
        at = f"{where}[{index}]"
        if not isinstance(each, dict) or each.get("type", "function") != "function":
            raise unsupported(f"{at}.type", "Tools of a client are functions.")
        tool = cast("dict[str, Any]", each)
        name = tool.get("name")
        if (
            not isinstance(name, str)
            or not name.replace("_", "").replace("-", "").isalnum()
            or len(name) > 64
        ):
            raise Refused("invalid_value", "A tool's name has letters, digits, _ and -.", f"{at}.name")
        shown.append(
            {
                "type": "function",
                "name": name,
                "description": tool.get("description") or "",
                "parameters": tool.get("parameters") or {"type": "object", "properties": {}},
            }
        )
    return shown


def _tool(shown: Mapping[str, Any]) -> ClientTool:
    return ClientTool(shown["name"], shown["description"], shown["parameters"])
