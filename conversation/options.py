"""What a conversation can be asked to be, and which of it the engines at hand can honour.

Pure. Nothing is ever accepted and ignored: what cannot be done is refused, what has no effect is a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from config.settings import Settings
from tools.envelope import Location

AgentType = Literal["personal", "orchestrated"]
VoiceSpeed = Literal["slow", "normal", "fast"]

LOCAL_VOICES = ("heart",)
#: What the Realtime API and the speech endpoint both have: a conversation is heard in one voice.
SPEECH_TO_SPEECH_VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
OPENAI_VOICES = (
    *("alloy", "ash", "ballad", "coral", "echo", "fable"),
    *("nova", "onyx", "sage", "shimmer", "verse"),
)


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The options of one conversation.

    Attributes:
        agent_type: Who answers.
        voice: Name of a voice of the voice engine.
        voice_speed: How fast it speaks.
        language: ISO 639-1 code of what is spoken.
        instructions: What the caller adds to the agent's instructions.
        temperature: Sampling temperature of the model, 0 to 2; None for the model's own.
        model: Name of the model that answers; None for the server's.
        location: Where the user is.
        is_driving: Short replies, no lists, limited money actions.
        safety_mode: Short replies.
        enable_noise_cancellation: Suppress noise before it is decided who speaks when.
        max_duration_s: Seconds after which the conversation ends.
        greeting_name: What the user wants to be called; None for the name that colleagues say.
        speech_to_speech: One model hears, thinks and speaks (OpenAI's Realtime API).
    """

    agent_type: AgentType = "personal"
    voice: str = LOCAL_VOICES[0]
    voice_speed: VoiceSpeed = "normal"
    language: str = "en"
    instructions: str | None = None
    temperature: float | None = None
    model: str | None = None
    location: Location | None = None
    is_driving: bool = False
    safety_mode: bool = False
    enable_noise_cancellation: bool = False
    max_duration_s: float = 3600.0
    greeting_name: str | None = None
    speech_to_speech: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the engines at hand can honour.

    ``max_duration_s`` is the longest conversation allowed, ``speech_to_speech`` whether conversations are that unless
    they ask otherwise. ``models`` are those that may be asked for.
    """

    provider: Literal["local", "openai"]
    voices: tuple[str, ...]
    languages: tuple[str, ...]
    max_duration_s: float
    speech_to_speech: bool = False
    models: tuple[str, ...] = ()

    @property
    def defaults(self) -> SessionOptions:
        """The options of a conversation that asks for nothing."""
        return SessionOptions(
            voice=self.voices[0],
            language=self.languages[0],
            max_duration_s=self.max_duration_s,
            speech_to_speech=self.speech_to_speech,
        )


@dataclass(frozen=True, slots=True)
class OptionWarning:
    """An option that was taken but has no effect here. ``code`` is stable."""

    code: str
    option: str
    message: str


class OptionRefused(Exception):  # noqa: N818  (named as the code reads)
    """An option that cannot be honoured.

    ``code`` is ``invalid_option`` or ``unsupported_option``; ``allowed`` what could be asked for.
    """

    def __init__(self, code: str, option: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(code, option, message, allowed)  # all of them, so that it survives pickling
        self.code = code
        self.option = option
        self.message = message
        self.allowed = allowed

    def __str__(self) -> str:
        return self.message


def capabilities_of(settings: Settings) -> Capabilities:
    """What the engines chosen by the settings can honour."""
    if settings.openai_enabled:
        speech_to_speech = settings.openai_realtime == "on"
        models = (settings.openai_model, *settings.openai_models)
        voices = settings.openai_voices or OPENAI_VOICES
        return Capabilities("openai", voices, ("en",), settings.max_duration_s, speech_to_speech, models)
    return Capabilities("local", LOCAL_VOICES, ("en",), settings.max_duration_s)


def merge_options(
    options: SessionOptions, changes: Mapping[str, Any], capabilities: Capabilities
) -> tuple[SessionOptions, tuple[OptionWarning, ...]]:
    """Apply ``changes`` (field name → value of the field's type) to ``options``.

    Types and ranges are the edge's to check (``conversation.option_changes``); what depends on the engines
    is checked here.

    Raises:
        OptionRefused: Some option cannot be honoured; nothing is applied.
    """
    merged = replace(options, **changes)
    if merged.speech_to_speech and capabilities.provider != "openai":
        message = "Speech to speech needs OpenAI, which this server does not use."
        raise OptionRefused("unsupported_option", "speech_to_speech", message, ("false",))
    _require("voice", merged.voice, _voices(merged, capabilities))
    if merged.model is not None:
        _require("model", merged.model, capabilities.models)
    _require("language", merged.language, capabilities.languages)
    if merged.max_duration_s > capabilities.max_duration_s:
        message = f"A conversation may last {capabilities.max_duration_s:g} seconds at most."
        raise OptionRefused("invalid_option", "max_duration", message)
    return merged, _warnings(changes, merged, capabilities)


_NOT_SPOKEN: Final = {
    "temperature": "Speech to speech takes no temperature; what is only written has it.",
    "model": "Speech to speech has a model of its own; what is only written is answered by this one.",
}


def _voices(merged: SessionOptions, capabilities: Capabilities) -> tuple[str, ...]:
    """Those that can be had; a compatible server's own are believed to be the Realtime API's too."""
    if not merged.speech_to_speech:
        return capabilities.voices
    both = tuple(voice for voice in capabilities.voices if voice in SPEECH_TO_SPEECH_VOICES)
    return both or capabilities.voices


def _require(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if not allowed:
        raise OptionRefused("unsupported_option", option, f"There is no choice of a {option} here.")
    if value not in allowed:
        message = f"This server's engines know as {option}: {', '.join(allowed)}."
        raise OptionRefused("invalid_option", option, message, allowed)


def _warnings(
    changes: Mapping[str, Any], merged: SessionOptions, capabilities: Capabilities
) -> tuple[OptionWarning, ...]:
    if merged.speech_to_speech:
        return tuple(
            OptionWarning("no_effect", option, message)
            for option, message in _NOT_SPOKEN.items()
            if changes.get(option) is not None
        )
    if capabilities.provider != "local":
        return ()
    return tuple(
        OptionWarning("no_effect", option, f"The local brain does not use {option}.")
        for option in ("instructions", "temperature")
        if changes.get(option) is not None
    )
