"""The options as they come over the wire, camelCase or snake_case: types and ranges, before anything else.

Used by ``POST /openai/start``, ``POST /openai/config`` and the ``config_update`` message alike. Never decides
what an engine can honour; that is ``conversation.options.merge_options``.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from conversation.memory.preferences import REMEMBER, to_remember
from conversation.options import AgentType, VoiceSpeed
from tools.envelope import Location

EITHER_SPELLING = ConfigDict(
    alias_generator=AliasGenerator(validation_alias=lambda name: AliasChoices(name, to_camel(name))),
    extra="forbid",
    frozen=True,
)


#: A name as people have them: letters, with blanks, points, hyphens and apostrophes between them.
NAME = r"^[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*\.?$"


class LocationModel(BaseModel):
    """Where the user is; degrees (WGS 84)."""

    model_config = EITHER_SPELLING

    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    address: str | None = Field(None, max_length=300)


class OptionChanges(BaseModel):
    """Any of the session options. What is left out or null stays as it is."""

    model_config = EITHER_SPELLING

    agent_type: AgentType | None = Field(None, description="personal or orchestrated")
    voice: str | None = Field(None, max_length=64, description="Name of a voice of the server's")
    voice_speed: VoiceSpeed | None = Field(None, description="How fast the agent speaks")
    language: str | None = Field(None, max_length=16, description="ISO 639-1 code")
    instructions: str | None = Field(None, max_length=16_000, description="Added to the agent's instructions")
    temperature: float | None = Field(None, ge=0, le=2)
    model: str | None = Field(None, max_length=100, description="Name of the model that answers")
    location: LocationModel | None = None
    is_driving: bool | None = None
    safety_mode: bool | None = None
    enable_noise_cancellation: bool | None = None
    speech_to_speech: bool | None = Field(
        None, description="One model hears, thinks and speaks (OpenAI's Realtime API)"
    )
    max_duration: float | None = Field(None, ge=10, le=86_400, description="Seconds")
    greeting_name: str | None = Field(
        None, max_length=60, pattern=NAME, description="What the user wants to be called"
    )

    def changes(self) -> dict[str, Any]:
        """What was given, as fields of ``SessionOptions`` for ``merge_options``."""
        named = (
            self.model_fields_set & OptionChanges.model_fields.keys()
        )  # a request may have more than options
        given = {name: getattr(self, name) for name in named}
        changes = {name: value for name, value in given.items() if value is not None}
        if "max_duration" in changes:
            changes["max_duration_s"] = changes.pop("max_duration")
        if self.location is not None:
            changes["location"] = Location(**self.location.model_dump())
        return changes


class ConfigChanges(OptionChanges):
    """Options to change in a conversation that is under way, and what of them to remember for the next ones."""

    remember: bool = Field(False, description="Begin later conversations with these options too")
    reminder_channel: Literal["notification", "email", "sms"] | None = Field(
        None, description="How reminders reach the user; only together with remember"
    )

    @model_validator(mode="after")
    def _has_something_to_remember(self) -> Self:
        if self.reminder_channel is not None and not self.remember:
            raise ValueError("reminder_channel is kept for the user: send remember with it")
        if self.remember and not to_remember(self.changes(), self.reminder_channel):
            raise ValueError("there is nothing here that can be remembered")
        return self

    def with_wishes(self) -> dict[str, Any]:
        """As ``changes``; what shall be remembered stands under ``remember``."""
        changes = self.changes()
        wishes = to_remember(changes, self.reminder_channel) if self.remember else {}
        return changes | ({REMEMBER: wishes} if wishes else {})
