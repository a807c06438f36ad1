"""What a scenario may say: the vocabulary of the YAML files, checked when they are read.

It describes and validates; it runs nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tools.catalogue import TOOLS

#: A value to compare with: a number, a word for word text, ``~part of it``, ``/pattern/``, a list (any of), or null.
Matcher = Any

Entity = Literal[
    "activity",
    "business",
    "contact",
    "estimate",
    "interaction",
    "invoice",
    "job",
    "membership",
    "outbox",
    "payment",
    "preference",
    "project",
]
Role = Literal["owner", "admin", "manager", "employee", "contractor", "viewer"]


class Part(BaseModel):
    """Everything of a scenario: a misspelt field is an error, not a wish that nobody hears."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_tool(name: object) -> str:
    if not isinstance(name, str) or name not in TOOLS:
        raise ValueError(f"there is no tool {name!r}")
    return name


ToolName = Annotated[str, BeforeValidator(_known_tool)]


class ExpectedCall(Part):
    """A call that has to be made. ``ok`` None: it does not matter whether the tool refuses."""

    tool: ToolName
    arguments: dict[str, Matcher] = Field(default_factory=dict)
    ok: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """``get_today_jobs`` and ``{create_invoice: {contact: …}}`` are short for the long form."""
        if isinstance(value, str):
            return {"tool": value}
        if isinstance(value, dict) and len(value) == 1 and "tool" not in value:  # pyright: ignore[reportUnknownArgumentType]
            ((tool, arguments),) = value.items()  # pyright: ignore[reportUnknownVariableType]
            return {"tool": tool, "arguments": arguments or {}}
        return value  # pyright: ignore[reportUnknownVariableType]


class ExpectedChange(Part):
    """One row that has to be different afterwards: created or updated, with these values in it."""

    create: Entity | None = None
    update: Entity | None = None
    where: dict[str, Matcher] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.create is None) == (self.update is None):
            raise ValueError("a change is either create or update")
        return self


class Step(Part):
    """One thing the user does, and what has to come of it.

    Attributes:
        say: His words.
        interrupts_after_ms: He says them over the assistant, so long after it began to be heard.
        silence_s: He says nothing for so long.
        noise_s: Something loud without words, for so long (audio only; silence in text).
        minutes: So much time goes by, for the clock of the business too.
        options: Session options that he changes, by their name on the wire.
        reply: Each of these has to be in the answer (matched without case; ``/…/`` is a pattern).
        not_reply: None of these may be.
        max_words: Longest answer; read-backs do not count, as in the product.
        silent: Nothing at all may be answered.
    """

    say: str | None = Field(default=None, min_length=1, max_length=1000)
    interrupts_after_ms: int | None = Field(default=None, ge=0, le=10_000)
    silence_s: float | None = Field(default=None, gt=0, le=300)
    noise_s: float | None = Field(default=None, gt=0, le=10)
    minutes: int | None = Field(default=None, gt=0, le=1440)
    options: dict[str, Any] | None = None
    reply: tuple[str, ...] = ()
    not_reply: tuple[str, ...] = ()
    max_words: int | None = Field(default=None, gt=0)
    silent: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """A plain text is something to say; YAML takes a plain yes or no for a truth value."""
        if isinstance(value, bool):
            return {"say": "yes" if value else "no"}
        return {"say": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_deed(self) -> Self:
        deeds = [self.say, self.silence_s, self.noise_s, self.minutes, self.options]
        if sum(each is not None for each in deeds) != 1:
            raise ValueError("a step is one of: say, silence_s, noise_s, minutes, options")
        if self.interrupts_after_ms is not None and self.say is None:
            raise ValueError("only what is said can interrupt")
        return self


class NewContact(Part):
    """A contact that the business has beside the seeded ones."""

    first: str = ""
    last: str = ""
    company: str = ""
    phone: str | None = None
    notes: str = ""


class Setup(Part):
    """What is different from the seeded demo business. ``notes``: contact's name → the note on him."""

    contacts: tuple[NewContact, ...] = ()
    notes: dict[str, str] = Field(default_factory=dict)


class Scenario(Part):
    """One conversation and what has to come of it.

    Attributes:
        name: Unique, ``snake_case``.
        tags: What it is about, for the report.
        role: Who speaks.
        options: Session options (``is_driving``, ``safety_mode``, ``agent_type``, …).
        now: Local time of the business at the beginning.
        audio: Whether it is measured as audio too.
        steps: What the user does.
        calls: Calls that have to be made, in this order; others may stand between them.
        never: Tools that may not be called.
        changes: Rows that have to be different afterwards. Every other difference is a wrong write.
        max_turns: Most user turns that may be heard (audio may split what was said).
        known_limit: Why it is known to fail; it counts as failed all the same.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    tags: tuple[str, ...] = ()
    role: Role = "owner"
    options: dict[str, Any] = Field(default_factory=dict)
    now: datetime = datetime(2026, 11, 24, 9, 30)  # noqa: DTZ001  (the business's own time)
    audio: bool = True
    setup: Setup = Setup()
    steps: tuple[Step, ...] = Field(min_length=1)
    calls: tuple[ExpectedCall, ...] = ()
    never: tuple[ToolName, ...] = ()
    changes: tuple[ExpectedChange, ...] = ()
    max_turns: int | None = None
    known_limit: str | None = None
